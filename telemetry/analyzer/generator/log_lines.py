"""Generated sessions as lines of performance.log: the eight timing points, interleaved as they happened."""

from collections.abc import Iterator, Sequence

from telemetry.analyzer.generator.model import Session, Step
from telemetry.analyzer.sources.log_spans import VERDICTS
from telemetry.stages import Stage
from telemetry.timing_lines import TimingPoint, Value, line

RESULTS = {verdict: result for result, verdict in VERDICTS.items()}

_Entry = tuple[int, TimingPoint, dict[str, Value]]


def log_lines(sessions: Sequence[Session]) -> Iterator[bytes]:
    """Give the lines of all sessions, by time."""
    entries = [entry for session in sessions for entry in _entries(session)]
    for at_ns, point, fields in sorted(entries, key=lambda entry: entry[0]):
        yield line(point, fields, at_ns).encode()


def _entries(session: Session) -> Iterator[_Entry]:
    asked: dict[str, Value] = {"session_id": session.identifier, "challenge_type": session.challenge}
    yield session.start_ns, TimingPoint.REQUEST_START, {**asked, "file_size": session.file_size}
    yield from _upload(session)
    if wait := session.find(Stage.WAIT_FOR_WORKER):
        yield wait.end_ns, TimingPoint.PROCESSING_START, asked
    if analysis := session.find(Stage.ANALYZE_VIDEO):
        success = analysis.error is None
        yield analysis.end_ns, TimingPoint.PROCESSING_COMPLETE, {**_done(session, analysis), "success": success}
    if session.verdict or session.error:
        yield _end(session)


def _upload(session: Session) -> Iterator[_Entry]:
    receive, write = session.first(Stage.RECEIVE_UPLOAD), session.first(Stage.WRITE_VIDEO)
    yield receive.start_ns, TimingPoint.RECEIVE_START, {"session_id": session.identifier}
    if receive.error is None:
        yield receive.end_ns, TimingPoint.RECEIVE_COMPLETE, {**_done(session, receive), "size": session.file_size}
        yield write.end_ns, TimingPoint.SAVE_COMPLETE, _done(session, write)


def _done(session: Session, step: Step) -> dict[str, Value]:
    return {"session_id": session.identifier, "duration": _seconds(step)}


def _end(session: Session) -> _Entry:
    root = session.first(Stage.REQUEST)
    own: dict[str, Value] = {"session_id": session.identifier, "total_time": _seconds(root)}
    if session.error:
        return root.end_ns, TimingPoint.FAILED, {**own, "error": session.error}
    times = {
        "processing_time": Stage.ANALYZE_VIDEO,
        "video_receive_time": Stage.RECEIVE_UPLOAD,
        "file_save_time": Stage.WRITE_VIDEO,
    }
    parts = {name: _seconds(session.first(stage)) for name, stage in times.items()}
    return root.end_ns, TimingPoint.COMPLETE, {**own, "result": RESULTS[session.verdict or ""], **parts}


def _seconds(step: Step) -> float:
    return step.duration_ns / 1e9
