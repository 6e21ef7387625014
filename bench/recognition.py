"""A whole check with a reference photo against face_recognition on every frame."""

import importlib.util
from functools import partial
from pathlib import Path
from typing import Final

from bench.clips import make_tiny_clip
from bench.figure import CannotMeasure, Figure, Quantity, Row, ratio_at_least
from bench.plan import Plan, say
from bench.stopwatch import median_wall
from bench.tasks import WORKER_ENVIRONMENT, CheckTask, ReadFrames, RecognizeFaces
from bench.warm import WarmProcess

GOAL = ratio_at_least(50)
PACKAGE: Final = "face_recognition"

EVERY: Final = 8
"""With --quick, the script looks at one frame of so many, and its time is scaled."""


def measure(plan: Plan) -> list[Row]:
    """Measure the script once, for it takes minutes, with checks before and after it."""
    if importlib.util.find_spec(PACKAGE) is None:
        raise CannotMeasure(f"{PACKAGE} is not installed; `make bench` installs it")
    clip, reference, config = plan.clip("d13.mp4"), plan.image("s0.jpg"), plan.config()
    tiny = make_tiny_clip(plan.folder / "tiny.mp4", clip)
    task, half = partial(CheckTask, config, plan.folder, reference), plan.runs(10, 2)
    with WarmProcess(task, clip, environment=WORKER_ENVIRONMENT) as ours:
        checks = [ours.run(clip) for _ in range(half)]
        say("  face_recognition on d13.mp4, " + (f"one frame in {EVERY}" if plan.quick else "takes minutes"))
        script = _script(clip, tiny, plan.runs(1, EVERY))
        checks += [ours.run(clip) for _ in range(half)]
    wall = median_wall(checks)
    return [
        Figure(
            "check of d13.mp4 with a reference, wall",
            Quantity(wall, "s"),
            len(checks),
            f"face_recognition on every frame{f' (scaled from every {EVERY}th)' if plan.quick else ''}",
            Quantity(script, "s"),
            other_runs=1,
            ratio=script / wall,
            goals=(GOAL,),
        )
    ]


def _script(clip: Path, tiny: Path, every: int) -> float:
    """Return the seconds the script takes, extrapolated from one frame in ``every``."""
    with WarmProcess(partial(RecognizeFaces, every), tiny) as script, WarmProcess(ReadFrames, tiny) as reader:
        reading, running = reader.run(clip).wall, script.run(clip).wall
    return reading + every * (running - reading)
