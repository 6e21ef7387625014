"""What spans tell beyond the original report: stages, uncovered time, verdicts, failures, problems of the data."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from telemetry.analyzer.readable import readable
from telemetry.analyzer.render.stage_table import stage_table
from telemetry.analyzer.render.units import long_duration, number_of, percent, rate
from telemetry.analyzer.report import Report
from telemetry.analyzer.sources.files import STANDARD_INPUT
from telemetry.analyzer.statistics import SESSIONS_FOR_BOUND

DOUBLE_RULE: Final = "=" * 80
RULE: Final = "-" * 40


def detail_lines(report: Report) -> Iterator[str]:
    """Give the lines that follow the original report."""
    yield from ("TRACE DETAILS", DOUBLE_RULE, *_facts(report))
    yield from ("", "STAGES:", RULE, *_stages(report))
    yield from ("", "VERDICTS:", RULE, *_shares(report.verdicts, "No completed sessions."))
    yield from ("", "FAILURES:", RULE, *_shares(report.failures, "No failed sessions."))
    yield from ("", "DATA PROBLEMS:", RULE, *_problems(report), DOUBLE_RULE)


def _facts(report: Report) -> Iterator[str]:
    source = report.source
    size = f"{number_of(source.files, 'file')}, {number_of(source.spans, 'span')}"
    yield f"Source: {'standard input' if source.name == STANDARD_INPUT else source.name} ({size})"
    if limits := _limits(report):
        yield f"Only sessions: {limits}"
    window = report.window
    if window.start is None or window.end is None or window.seconds is None:
        yield "Window: no sessions ended"
    else:
        yield f"Window: {_local(window.start)} to {_local(window.end)} ({long_duration(window.seconds)})"
    completed = number_of(report.sessions.completed, "completed session")
    yield f"Observed Rate: {rate(report.metrics.observed_rate)} ({completed} over the window)"
    yield f"Incomplete Sessions: {report.sessions.incomplete}"


def _limits(report: Report) -> str:
    filters = report.filters
    limits = (
        f"since {_local(filters.since)}" if filters.since else "",
        f"until {_local(filters.until)}" if filters.until else "",
        f"of service {filters.service}" if filters.service else "",
    )
    return ", ".join(filter(None, limits))


def _stages(report: Report) -> Iterator[str]:
    if not report.stages:
        yield "No completed sessions."
        return
    yield from stage_table(report)
    yield ""
    yield "Rests on completed sessions only. Share is of the time of all requests; stages may overlap."
    yield (
        f"~ from fewer traces than a 95% upper bound needs: {SESSIONS_FOR_BOUND[95]} for P95, "
        f"{SESSIONS_FOR_BOUND[99]} for P99."
    )


def _shares(counts: Mapping[str, int], nothing: str) -> Iterator[str]:
    total = sum(counts.values())
    if not total:
        yield nothing
    for name, count in counts.items():
        yield f"{readable(name)}: {count} ({percent(count / total)})"


def _problems(report: Report) -> Iterator[str]:
    if not report.problems:
        yield "None."
    for number, problem in enumerate(report.problems, 1):
        yield f"{number}. {readable(problem.message)}"


def _local(moment: str) -> str:
    """Write an ISO time as local time, which the lines of performance.log are in too."""
    return datetime.fromisoformat(moment).astimezone().isoformat(sep=" ", timespec="seconds")
