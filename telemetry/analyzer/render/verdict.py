"""One screen for ``check``: the grade, what it was taken from, and where to look."""

from collections.abc import Iterator
from typing import Final

from telemetry.analyzer.assessment import Grade
from telemetry.analyzer.readable import readable
from telemetry.analyzer.render.units import NO_DATA, fixed_seconds, percent
from telemetry.analyzer.report import Report
from telemetry.stages import PARENTS, Stage

COLOURS: Final = {
    Grade.EXCELLENT: "32",
    Grade.GOOD: "32",
    Grade.NEEDS_ATTENTION: "33",
    Grade.UNACCEPTABLE: "31",
    Grade.INSUFFICIENT_DATA: "35",
}
"""ANSI colours of the grades: green, yellow, red, magenta."""


def render_verdict(report: Report, *, colour: bool) -> str:
    """Write the screen, newline included."""
    grade = report.assessment.grade
    words = _words(grade).upper()
    headline = f"\x1b[1;{COLOURS[grade]}m{words}\x1b[0m" if colour else words
    lines = [f"{headline}  {report.assessment.message}", "", *_metrics(report), "", *_where_to_look(report)]
    return "\n".join(lines) + "\n"


def _metrics(report: Report) -> Iterator[str]:
    metrics, levels, limits = report.metrics, report.assessment.levels, report.thresholds
    throughput = NO_DATA if metrics.throughput is None else f"{metrics.throughput:.3f} req/s"
    rows = (
        ("Average total time", fixed_seconds(metrics.avg_total_time), levels.avg_total_time),
        ("Success rate", percent(report.sessions.success_rate), levels.success_rate),
        ("Throughput", throughput, levels.throughput),
    )
    wanted = (
        f"good below {limits.total_time.good:g}s",
        f"good above {limits.success_rate.good:.0%}",
        f"good above {limits.throughput.good:g} req/s",
    )
    for (name, value, level), good in zip(rows, wanted, strict=True):
        yield f"  {name:<20}{value:>12}  {_words(level) if level else '-':<18}({good})"


def _where_to_look(report: Report) -> Iterator[str]:
    counts = report.sessions
    yield f"  Rests on {counts.total} ended sessions, {counts.completed} completed and {counts.failed} failed."
    if longest := _longest(report, Stage.REQUEST):
        inside = _longest(report, Stage(longest[0]))
        detail = f", in it {inside[0]} ({inside[1]:.1%})" if inside else ""
        yield f"  Most time: {longest[0]} ({longest[1]:.1%} of all requests){detail}."
    if report.failures:
        code, count = next(iter(report.failures.items()))
        yield f"  Most frequent failure: {readable(code)} ({count} of {counts.failed})."


def _longest(report: Report, parent: Stage) -> tuple[str, float] | None:
    """Return the stage below another that has the largest share, None when there are none."""
    shares = {
        stage: report.stages[stage].share
        for stage, above in PARENTS.items()
        if above is parent and stage in report.stages
    }
    return max(shares.items(), key=lambda item: item[1]) if shares else None


def _words(grade: Grade) -> str:
    return grade.replace("_", " ")
