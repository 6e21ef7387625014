"""What to do about it: one sentence for each metric beyond its threshold."""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from telemetry.analyzer.metrics import Metrics, SessionCounts
from telemetry.analyzer.thresholds import Thresholds


class Severity(StrEnum):
    """How bad it is: beyond good, or beyond what is acceptable at all."""

    WARNING = "warning"
    CRITICAL = "critical"


class Recommendation(msgspec.Struct, frozen=True):
    """One finding with its advice."""

    severity: Severity
    message: str


def recommend(counts: SessionCounts, metrics: Metrics, thresholds: Thresholds) -> list[Recommendation]:
    """Return what is beyond its threshold, in the original's order; sessions without an end come last."""
    return [
        *_total_time(metrics.avg_total_time, thresholds),
        *_processing_time(metrics.avg_processing_time, thresholds),
        *_success_rate(counts.success_rate, thresholds),
        *_throughput(metrics.throughput, thresholds),
        *_incomplete(counts, thresholds),
    ]


def _total_time(value: float | None, thresholds: Thresholds) -> Iterator[Recommendation]:
    limits = thresholds.total_time
    if value is None or value <= limits.good:
        return
    critical = value > limits.needs_attention
    limit = limits.needs_attention if critical else limits.good
    message = f"Average total time is over {limit:g} seconds - consider optimization"
    yield Recommendation(_severity(critical=critical), message)


def _processing_time(value: float | None, thresholds: Thresholds) -> Iterator[Recommendation]:
    limit = thresholds.processing_time.good
    if value is not None and value > limit:
        message = f"Average processing time is over {limit:g} seconds - analyze fewer frames or add CPU"
        yield Recommendation(Severity.WARNING, message)


def _success_rate(value: float | None, thresholds: Thresholds) -> Iterator[Recommendation]:
    limits = thresholds.success_rate
    if value is None or value >= limits.excellent:
        return
    critical = value < limits.needs_attention
    limit = limits.needs_attention if critical else limits.excellent
    message = f"Success rate is below {limit * 100:g}% - look into the failed sessions"
    yield Recommendation(_severity(critical=critical), message)


def _throughput(value: float | None, thresholds: Thresholds) -> Iterator[Recommendation]:
    limits = thresholds.throughput
    if value is None or value >= limits.good:
        return
    critical = value < limits.needs_attention
    limit = limits.needs_attention if critical else limits.good
    message = f"Throughput is below {limit:g} requests per second - shorten the slowest stage"
    yield Recommendation(_severity(critical=critical), message)


def _incomplete(counts: SessionCounts, thresholds: Thresholds) -> Iterator[Recommendation]:
    """A few sessions are always under way; more of them than may fail are a sign of crashes."""
    tolerated = 1 - thresholds.success_rate.excellent
    if counts.incomplete > tolerated * (counts.total + counts.incomplete):
        message = f"Sessions without a known end: {counts.incomplete} - look for a service that stopped in the middle"
        yield Recommendation(Severity.WARNING, message)


def _severity(*, critical: bool) -> Severity:
    return Severity.CRITICAL if critical else Severity.WARNING
