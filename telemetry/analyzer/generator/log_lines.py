"""Generated sessions as lines of performance.log: the eight timing points, interleaved as they happened."""

from collections.abc import Iterator, Sequence

from telemetry.analyzer.generator.model import Session, Step
from telemetry.analyzer.sources.log_spans import VERDICTS
from telemetry.analyzer.timing_lines import Point, format_line, format_seconds
from telemetry.stages import Stage

RESULTS = {verdict: result for result, verdict in VERDICTS.items()}

_Entry = tuple[int, Point, dict[str, str]]


def log_lines(sessions: Sequence[Session]) -> Iterator[bytes]:
    """Give the lines of all sessions, by time."""
    entries = [entry for session in sessions for entry in _entries(session)]
    for at_ns, point, fields in sorted(entries, key=lambda entry: entry[0]):
        yield format_line(point, at_ns, fields).encode()


def _entries(session: Session) -> Iterator[_Entry]:
    asked = {"session_id": session.identifier, "challenge_type": session.challenge}
    yield session.start_ns, Point.REQUEST_START, {**asked, "file_size": str(session.file_size)}
    yield from _upload(session)
    if wait := session.find(Stage.WAIT_FOR_WORKER):
        yield wait.end_ns, Point.PROCESSING_START, asked
    if analysis := session.find(Stage.ANALYZE_VIDEO):
        success = str(analysis.error is None)
        yield analysis.end_ns, Point.PROCESSING_COMPLETE, {**_done(session, analysis), "success": success}
    if session.verdict or session.error:
        yield _end(session)


def _upload(session: Session) -> Iterator[_Entry]:
    receive, write = session.first(Stage.RECEIVE_UPLOAD), session.first(Stage.WRITE_VIDEO)
    yield receive.start_ns, Point.RECEIVE_START, {"session_id": session.identifier}
    if receive.error is None:
        size = f"{session.file_size} bytes"
        yield receive.end_ns, Point.RECEIVE_COMPLETE, {**_done(session, receive), "size": size}
        yield write.end_ns, Point.SAVE_COMPLETE, _done(session, write)


def _done(session: Session, step: Step) -> dict[str, str]:
    return {"session_id": session.identifier, "duration": format_seconds(step.duration_ns)}


def _end(session: Session) -> _Entry:
    root, own = session.first(Stage.REQUEST), {"session_id": session.identifier}
    total = {"total_time": format_seconds(root.duration_ns)}
    if session.error:
        return root.end_ns, Point.FAILED, {**own, "error": session.error, **total}
    times = {
        "processing_time": Stage.ANALYZE_VIDEO,
        "video_receive_time": Stage.RECEIVE_UPLOAD,
        "file_save_time": Stage.WRITE_VIDEO,
    }
    parts = {name: format_seconds(session.first(stage).duration_ns) for name, stage in times.items()}
    return root.end_ns, Point.COMPLETE, {**own, "result": RESULTS[session.verdict or ""], **total, **parts}
