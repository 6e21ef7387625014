"""The table of stages: one row for each, indented as in the tree, and rows for the time no stage covers."""

from collections.abc import Iterator
from typing import Final

from telemetry.analyzer.readable import readable
from telemetry.analyzer.render.units import short_duration
from telemetry.analyzer.report import Report
from telemetry.analyzer.stage_times import NotCovered, StageTimes
from telemetry.analyzer.statistics import SESSIONS_FOR_BOUND, Summary
from telemetry.stages import PARENTS, ROOTS, Stage

WIDTHS: Final = (-28, 7, 8, 10, 10, 11, 11, 8)
"""Of the columns; the first is aligned to the left. Together they fit 100 columns."""

NOT_COVERED_NAME: Final = "(no stage)"

_CHILDREN_OF_ANALYSIS: Final = frozenset(stage for stage, parent in PARENTS.items() if parent is Stage.ANALYZE_VIDEO)


def stage_table(report: Report) -> Iterator[str]:
    """Give the lines of the table."""
    yield _line("Stage", "Count", "Traces", "Mean", "Median", "P95", "P99", "Share")
    analysis_rest = report.not_covered.get(Stage.ANALYZE_VIDEO)
    inside = [name for name in report.stages if name in _CHILDREN_OF_ANALYSIS]
    for name, times in report.stages.items():
        yield _stage_line(name, times)
        if inside and analysis_rest is not None and name == inside[-1]:
            yield _rest_line(analysis_rest, depth=2)
    request_rest = report.not_covered.get("request")
    if request_rest is not None:
        yield _rest_line(request_rest, depth=1)


def _stage_line(name: str, times: StageTimes) -> str:
    depth = 0 if name in ROOTS else 2 if name in _CHILDREN_OF_ANALYSIS else 1
    cells = _times(times, times.traces, times.share)
    return _line(_indented(readable(name), depth), str(times.count), str(times.traces), *cells)


def _rest_line(rest: NotCovered, depth: int) -> str:
    return _line(_indented(NOT_COVERED_NAME, depth), "", str(rest.count), *_times(rest, rest.count, rest.share))


def _times(times: Summary, traces: int, share: float) -> list[str]:
    p95 = _mark(95, traces) + short_duration(times.p95)
    p99 = _mark(99, traces) + short_duration(times.p99)
    return [short_duration(times.mean), short_duration(times.median), p95, p99, f"{share:.1%}"]


def _mark(percent: int, traces: int) -> str:
    return "~" if traces < SESSIONS_FOR_BOUND[percent] else ""


def _indented(name: str, depth: int) -> str:
    text = "  " * depth + name
    return text if len(text) <= -WIDTHS[0] else text[: -WIDTHS[0] - 3] + "..."


def _line(*cells: str) -> str:
    padded = (cell.ljust(-width) if width < 0 else cell.rjust(width) for cell, width in zip(cells, WIDTHS, strict=True))
    return "".join(padded).rstrip()
