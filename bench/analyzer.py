"""The start of ``trace-analyzer``, and a report on 50,000 spans."""

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Final

from bench.figure import Row, compared, ours_at_most
from bench.plan import Plan, say
from bench.programs import clean_environment, installed
from bench.stopwatch import Sample, in_turns, median_cpu, median_wall, timed_child

HELP_GOAL = ours_at_most(0.4, "s")
SESSIONS: Final = 1000
"""About fifty spans each."""
DECODE: Final = "import json, sys\nfor line in open(sys.argv[1]): json.loads(line)"
"""What a reader written with nothing but Python's own library has to do first."""


def measure(plan: Plan) -> list[Row]:
    """Measure the command beside the least that Python could do in its place."""
    analyzer, rounds = installed("trace-analyzer"), plan.runs(15, 3)
    traces = plan.folder / "generated.jsonl"
    _run(analyzer, "generate", "--traces", traces, "--sessions", str(SESSIONS))
    spans = traces.read_bytes().count(b'"spanId"')
    say(f"  {rounds} times --help, and reports on {spans} spans")
    helps, starts = in_turns(rounds, lambda: _run(analyzer, "--help"), lambda: _run(sys.executable, "-c", ""))
    reports, decodings = in_turns(
        rounds, lambda: _run(analyzer, "report", traces), lambda: _run(sys.executable, "-c", DECODE, traces)
    )
    report, decode = f"report on {spans:,} spans", "json.loads of each line"
    made = partial(compared, unit="s", runs=rounds)
    return [
        made("trace-analyzer --help", median_wall(helps), "starting Python", median_wall(starts), HELP_GOAL),
        made(f"{report}, wall", median_wall(reports), decode, median_wall(decodings)),
        made(f"{report}, CPU", median_cpu(reports), decode, median_cpu(decodings)),
    ]


def _run(*command: str | Path) -> Sample:
    """Run a command to its end, and say what it took.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    environment = clean_environment()
    return timed_child(lambda: subprocess.run(command, env=environment, capture_output=True, check=True))
