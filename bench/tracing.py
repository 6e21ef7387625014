"""CPU of a check with its trace written to files, against one with the OpenTelemetry SDK disabled."""

from dataclasses import replace
from functools import partial
from statistics import median
from typing import Final

from bench.figure import Row, compared, ratio_at_most
from bench.plan import Plan, say
from bench.stopwatch import in_turns, ratio_interval
from bench.tasks import WORKER_ENVIRONMENT, CheckTask
from bench.warm import WarmProcess

GOAL = ratio_at_most(1.01)
DISABLED: Final = {"OTEL_SDK_DISABLED": "true"}


def measure(plan: Plan) -> list[Row]:
    """Measure both in turns, so often that the noise of one run does not decide."""
    starts, rounds = plan.runs(6, 1), plan.runs(25, 10)
    say(f"  {starts * rounds} checks of d13.mp4 with and without tracing")
    pairs = [pair for _ in range(starts) for pair in _pairs(plan, rounds)]
    ours, other = zip(*pairs, strict=True)
    name = "check of d13.mp4 with its trace, CPU"
    figure = compared(name, median(ours), "the SDK disabled", median(other), GOAL, unit="s", runs=len(pairs))
    return [replace(figure, interval=ratio_interval(ours, other))]


def _pairs(plan: Plan, rounds: int) -> list[tuple[float, float]]:
    """Return CPU seconds with and without tracing, round by round, in two new processes.

    Where its memory happens to lie makes a process faster or slower for all its life, by half of what is measured here.
    """
    clip, task = plan.clip("d13.mp4"), partial(CheckTask, plan.config(), plan.folder)
    silence = {**WORKER_ENVIRONMENT, **DISABLED}
    with WarmProcess(task, clip, WORKER_ENVIRONMENT) as traced, WarmProcess(task, clip, silence) as silent:
        ours, other = in_turns(rounds, lambda: traced.run(clip).cpu, lambda: silent.run(clip).cpu)
    return list(zip(ours, other, strict=True))
