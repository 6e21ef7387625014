"""A session of performance.log as the spans it would have left: one code path analyses both.

Durations are what the lines say. Where a stage lies is known from the line that starts or ends it; when there is
neither, it is put where its neighbours leave room for it.
"""

from collections.abc import Iterator
from typing import Final

from telemetry.analyzer.sources.log_sessions import LogSession
from telemetry.analyzer.table import NO_FACTS, Facts, Kind, SpanRow, Status
from telemetry.stages import Stage
from telemetry.timing_lines import TimingPoint

VERDICTS: Final = {"pass": "bona_fide", "fail": "presentation_attack", "inconclusive": "inconclusive"}
"""What ``result`` says, as a verdict; another result is kept as it is."""

_STAGES: Final = (
    (Stage.RECEIVE_UPLOAD, TimingPoint.RECEIVE_START, TimingPoint.RECEIVE_COMPLETE, "video_receive_time"),
    (Stage.WRITE_VIDEO, None, TimingPoint.SAVE_COMPLETE, "file_save_time"),
    (Stage.ANALYZE_VIDEO, TimingPoint.PROCESSING_START, TimingPoint.PROCESSING_COMPLETE, "processing_time"),
)


def spans_of(session: LogSession, number: int) -> Iterator[SpanRow]:
    """Give the spans of a session, its root first; ``number`` (from 1) makes their ids."""
    trace, ids = f"{number:032x}", [f"{number:012x}{place:04x}" for place in range(1, 2 + len(_STAGES))]
    yield _root(session, trace, ids[0])
    for identifier, (stage, start, end, total) in zip(ids[1:], _STAGES, strict=True):
        duration_ns = _stage_duration(session, end, total)
        if duration_ns is not None:
            start_ns = _stage_start(session, start, end, duration_ns)
            times = (start_ns, duration_ns)
            yield SpanRow(trace, identifier, ids[0], stage, Kind.INTERNAL, *times, Status.UNSET, None, NO_FACTS)


def _root(session: LogSession, trace: str, identifier: str) -> SpanRow:
    failed = session.end is not None and session.end.point is TimingPoint.FAILED
    status = Status.ERROR if failed else Status.UNSET
    times = (session.start_ns, session.duration_ns)
    return SpanRow(trace, identifier, "", Stage.REQUEST, Kind.SERVER, *times, status, None, _facts(session))


def _facts(session: LogSession) -> Facts:
    if session.end is None or session.end.outcome is None:
        return Facts(session.identifier)
    if session.end.point is TimingPoint.FAILED:
        return Facts(session.identifier, error_type=session.end.outcome)
    return Facts(session.identifier, verdict=VERDICTS.get(session.end.outcome, session.end.outcome))


def _stage_duration(session: LogSession, point: TimingPoint, total: str) -> int | None:
    """Return a stage's duration: what the last line says, else its own line, None when it did not take place.

    The last line says 0.000s of a stage that did not take place, which then has no line of its own.
    """
    line = session.lines.get(point)
    in_end = session.end.durations_ns.get(total) if session.end else None
    if in_end is not None:
        return in_end if in_end or line else None
    return line.durations_ns["duration"] if line else None


def _stage_start(session: LogSession, start: TimingPoint | None, end: TimingPoint, duration_ns: int) -> int:
    if start is not None and start in session.lines:
        return session.lines[start].at_ns
    if end in session.lines:
        return session.lines[end].at_ns - max(duration_ns, 0)
    if end is TimingPoint.PROCESSING_COMPLETE:
        return session.start_ns + max(session.duration_ns - duration_ns, 0)
    return session.start_ns
