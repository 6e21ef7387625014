"""Memory of a worker over many checks."""

from functools import partial
from typing import Final

import psutil

from bench.clips import make_tiny_clip
from bench.figure import Figure, Quantity, Row, ours_at_most
from bench.plan import Plan, say
from bench.tasks import WORKER_ENVIRONMENT, CheckTask
from bench.warm import WarmProcess

MIB: Final = 1 << 20
SETTLED: Final = 50
"""Checks after which a worker has seen everything once and its heap has found its size."""
EVERY: Final = 10
"""Every so often a check is of a whole clip, the others of half a second."""
GOAL = ours_at_most(16, "MiB")


def measure(plan: Plan) -> list[Row]:
    """Let one worker do all the checks, and compare its resident memory early on with the end."""
    whole = plan.clip("d12.mp4")
    tiny, checks = make_tiny_clip(plan.folder / "tiny.mp4", whole), plan.runs(1000, 100)
    say(f"  {checks} checks by one worker")
    with WarmProcess(partial(CheckTask, plan.config(), plan.folder), whole, environment=WORKER_ENVIRONMENT) as worker:
        resident = []
        for number in range(1, checks + 1):
            worker.run(tiny if number % EVERY else whole)
            resident.append(psutil.Process(worker.pid).memory_info().rss)
    growth = (resident[-1] - resident[SETTLED - 1]) / MIB
    return [
        Figure(
            f"memory of a worker, check {SETTLED} to {checks}",
            Quantity(growth, "MiB"),
            1,
            f"{resident[SETTLED - 1] / MIB:.0f} MiB at check {SETTLED}",
            goals=(GOAL,),
        )
    ]
