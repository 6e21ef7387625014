"""CPU of a check with its trace written to files, against one with the OpenTelemetry SDK disabled."""

from dataclasses import replace
from functools import partial
from typing import Final

from bench.figure import Row, compared, ratio_at_most
from bench.plan import Plan, say
from bench.stopwatch import in_turns, median_cpu, ratio_interval
from bench.tasks import WORKER_ENVIRONMENT, CheckTask
from bench.warm import WarmProcess

GOAL = ratio_at_most(1.01)
DISABLED: Final = {"OTEL_SDK_DISABLED": "true"}


def measure(plan: Plan) -> list[Row]:
    """Measure both in turns, so often that the noise of one run does not decide."""
    clip, config, rounds = plan.clip("d13.mp4"), plan.config(), plan.runs(150, 10)
    traced = WarmProcess(partial(CheckTask, config, plan.folder), clip, environment=WORKER_ENVIRONMENT)
    silent = WarmProcess(partial(CheckTask, config, plan.folder), clip, environment={**WORKER_ENVIRONMENT, **DISABLED})
    with traced, silent:
        say(f"  {rounds} checks of d13.mp4 with and without tracing")
        with_trace, without = in_turns(rounds, lambda: traced.run(clip), lambda: silent.run(clip))
    ours, other = median_cpu(with_trace), median_cpu(without)
    figure = compared(
        "check of d13.mp4 with its trace, CPU", ours, "the SDK disabled", other, GOAL, unit="s", runs=rounds
    )
    interval = ratio_interval([one.cpu for one in with_trace], [one.cpu for one in without])
    return [replace(figure, interval=interval)]
