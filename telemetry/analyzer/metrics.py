"""The original's performance metrics, computed over completed sessions."""

import msgspec

from telemetry.analyzer.sessions import Sessions
from telemetry.analyzer.stage_times import request_durations, times_in
from telemetry.analyzer.statistics import seconds
from telemetry.analyzer.table import Ints
from telemetry.stages import Stage


class SessionCounts(msgspec.Struct, frozen=True):
    """How many sessions there are: ``total`` is those that ended; incomplete ones are counted beside it."""

    total: int
    completed: int
    failed: int
    incomplete: int
    success_rate: float | None


class Metrics(msgspec.Struct, frozen=True):
    """Times in seconds, rates per second; None where no completed session tells.

    ``throughput`` is 1 / ``avg_total_time``, as in the original: what one caller gets who sends the next video
    when the answer to the last has come. ``observed_rate`` is completed sessions over the time they came in.
    """

    avg_total_time: float | None
    avg_processing_time: float | None
    processing_efficiency: float | None
    throughput: float | None
    observed_rate: float | None


def count_sessions(sessions: Sessions) -> SessionCounts:
    """Count the sessions by how they ended."""
    total, failed = len(sessions.roots), int(sessions.failed.sum())
    rate = (total - failed) / total if total else None
    return SessionCounts(total, total - failed, failed, len(sessions.incomplete), rate)


def measure(sessions: Sessions, window: float | None) -> Metrics:
    """Compute the metrics; ``window`` is the seconds from the first start to the last end."""
    total = _mean(request_durations(sessions))
    processing = _mean(times_in(sessions, Stage.ANALYZE_VIDEO))
    completed = int(sessions.completed.sum())
    return Metrics(
        avg_total_time=total,
        avg_processing_time=processing,
        processing_efficiency=_ratio(processing, total),
        throughput=_ratio(1.0, total),
        observed_rate=_ratio(float(completed), window) if completed else None,
    )


def _mean(durations_ns: Ints) -> float | None:
    return seconds(durations_ns.mean()) if len(durations_ns) else None


def _ratio(numerator: float | None, denominator: float | None) -> float | None:
    return numerator / denominator if numerator is not None and denominator else None
