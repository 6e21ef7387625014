"""A whole check against only reading every frame of the same video with OpenCV."""

from functools import partial

from bench.figure import Row, compared, ratio_at_most
from bench.plan import Plan, say
from bench.stopwatch import in_turns, median_cpu, median_wall
from bench.tasks import WORKER_ENVIRONMENT, CheckTask, ReadFrames
from bench.warm import WarmProcess

GOALS = (ratio_at_most(1.0), ratio_at_most(0.75))


def measure(plan: Plan) -> list[Row]:
    """Measure wall and CPU of both, each in a process of its own, in turns."""
    clip, config, rounds = plan.clip("d13.mp4"), plan.config(), plan.runs(25, 5)
    ours = WarmProcess(partial(CheckTask, config, plan.folder), clip, environment=WORKER_ENVIRONMENT)
    with ours, WarmProcess(ReadFrames, clip) as reader:
        say(f"  {rounds} checks of d13.mp4, and as many times reading it")
        checks, readings = in_turns(rounds, lambda: ours.run(clip), lambda: reader.run(clip))
    wall, read_wall = median_wall(checks), median_wall(readings)
    cpu, read_cpu = median_cpu(checks), median_cpu(readings)
    return [
        compared("check of d13.mp4, wall", wall, "reading it with cv2", read_wall, *GOALS, unit="s", runs=rounds),
        compared("check of d13.mp4, CPU", cpu, "reading it with cv2", read_cpu, *GOALS, unit="s", runs=rounds),
    ]
