"""The start of ``liveness serve``, and whether the first check after it is as fast as a later one."""

import time
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.figure import Figure, Quantity, Row, compared, ours_at_most, ratio_at_most
from bench.plan import Plan, say
from bench.programs import serving
from bench.wire import Body, post

READY_GOAL = ours_at_most(5, "s")
FIRST_GOAL = ratio_at_most(1.1)
LATER: Final = 10
"""The first check is compared with this one."""


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds of one start: until it was ready, of its first check, and of a later one."""

    ready: float
    first: float
    later: float


def measure(plan: Plan) -> list[Row]:
    """Start the service several times, and each time let it check a clip ten times."""
    body, rounds = Body.of_file(plan.clip("d12.mp4")), plan.runs(9, 2)
    say(f"  {rounds} starts, {LATER} checks after each")
    starts = [_start(plan, body) for _ in range(rounds)]
    ready, first, later = (median(getattr(start, name) for start in starts) for name in ("ready", "first", "later"))
    return [
        Figure("start of the service until ready", Quantity(ready, "s"), rounds, goals=(READY_GOAL,)),
        compared("first check after a start", first, f"check number {LATER}", later, FIRST_GOAL, unit="s", runs=rounds),
    ]


def _start(plan: Plan, body: Body) -> Start:
    begin = time.perf_counter()
    with serving(plan.folder, plan.config()) as service:
        service.wait_until_ready()
        ready = time.perf_counter() - begin
        seconds = [post(service.port, body).seconds for _ in range(LATER)]
    return Start(ready, seconds[0], seconds[-1])
