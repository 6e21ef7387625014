"""The text report: first the original's, in its form to the character, then what spans tell beyond it."""

from collections.abc import Iterator
from typing import Final

from telemetry.analyzer.assessment import Grade
from telemetry.analyzer.render.details import DOUBLE_RULE, RULE, detail_lines
from telemetry.analyzer.render.units import NO_DATA, fixed_seconds, percent
from telemetry.analyzer.report import Report

HEADLINES: Final = {
    Grade.EXCELLENT: "SYSTEM PERFORMANCE IS EXCELLENT",
    Grade.GOOD: "SYSTEM PERFORMANCE IS GOOD",
    Grade.NEEDS_ATTENTION: "SYSTEM PERFORMANCE NEEDS ATTENTION",
    Grade.UNACCEPTABLE: "SYSTEM PERFORMANCE IS UNACCEPTABLE",
    Grade.INSUFFICIENT_DATA: "INSUFFICIENT DATA",
}


def render_text(report: Report) -> str:
    """Write the report as text, newline included."""
    return "\n".join([*_original(report), *detail_lines(report)]) + "\n"


def _original(report: Report) -> Iterator[str]:
    yield from (DOUBLE_RULE, "VIDEO LIVENESS PERFORMANCE ANALYSIS", DOUBLE_RULE)
    yield from _sessions(report)
    yield from ("", "TIMING ANALYSIS:", RULE, *_timing(report))
    yield from ("", "PERFORMANCE METRICS:", RULE, *_metrics(report))
    yield from ("", "RECOMMENDATIONS:", RULE, *_recommendations(report))
    yield from ("", "OVERALL ASSESSMENT:", RULE)
    yield from (HEADLINES[report.assessment.grade], f"   {report.assessment.message}", DOUBLE_RULE)


def _sessions(report: Report) -> Iterator[str]:
    counts = report.sessions
    yield f"Total Sessions: {counts.total}"
    yield f"Completed Sessions: {counts.completed}"
    yield f"Failed Sessions: {counts.failed}"
    yield f"Success Rate: {percent(counts.success_rate)}"


def _timing(report: Report) -> Iterator[str]:
    times = report.timings.total_time
    if times is None:
        yield "No completed sessions, so there are no times."
        return
    yield "Total Time:"
    for name in ("mean", "median", "min", "max", "p95", "p99"):
        yield f"  {name.upper()}: {fixed_seconds(getattr(times, name))}"


def _metrics(report: Report) -> Iterator[str]:
    metrics = report.metrics
    yield f"Avg Total Time: {fixed_seconds(metrics.avg_total_time)}"
    yield f"Avg Processing Time: {fixed_seconds(metrics.avg_processing_time)}"
    yield f"Processing Efficiency: {percent(metrics.processing_efficiency)}"
    throughput = metrics.throughput
    yield f"Throughput: {NO_DATA if throughput is None else f'{throughput:.3f} req/s'}"


def _recommendations(report: Report) -> Iterator[str]:
    if not report.recommendations:
        nothing_known = report.sessions.total == 0
        yield "None: there are no sessions." if nothing_known else "None: every metric is within its threshold."
    for number, recommendation in enumerate(report.recommendations, 1):
        yield f"{number}. {recommendation.severity.upper()}: {recommendation.message}"
