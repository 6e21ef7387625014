"""Timing points: lines in the original form and log events, from one call."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import tzset

import pytest
from opentelemetry import trace
from opentelemetry._logs import SeverityNumber
from opentelemetry.context import Context
from opentelemetry.sdk._logs import LoggerProvider, LogRecordProcessor
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider

from telemetry.timing_lines import FIELDS, POINTS, DetailLine, TimingPoint, Value, line
from telemetry.timing_points import TimingLog
from tests.telemetry.processes import emit_points, run_together

AT = int(datetime(2024, 1, 15, 10, 30, 18, tzinfo=UTC).timestamp()) * 10**9 + 456_999_999
"""2024-01-15 10:30:18.456999999 UTC, in Unix nanoseconds."""

ORIGINAL_LINES: list[tuple[TimingPoint | DetailLine, dict[str, Value], str]] = [
    (
        TimingPoint.REQUEST_START,
        {"session_id": "abc123", "challenge_type": "head_movement", "file_size": 2048576},
        "INFO - VIDEO_LIVENESS_REQUEST_START - session_id: abc123, challenge_type: head_movement, file_size: 2048576",
    ),
    (
        TimingPoint.RECEIVE_START,
        {"session_id": "abc123"},
        "INFO - VIDEO_FILE_RECEIVE_START - session_id: abc123",
    ),
    (
        TimingPoint.RECEIVE_COMPLETE,
        {"session_id": "abc123", "duration": 0.3330004, "size": 2048576},
        "INFO - VIDEO_FILE_RECEIVE_COMPLETE - session_id: abc123, duration: 0.333s, size: 2048576 bytes",
    ),
    (
        TimingPoint.SAVE_COMPLETE,
        {"session_id": "abc123", "duration": 0.012},
        "INFO - VIDEO_FILE_SAVE_COMPLETE - session_id: abc123, duration: 0.012s",
    ),
    (
        TimingPoint.PROCESSING_START,
        {"session_id": "abc123", "challenge_type": "head_movement"},
        "INFO - VIDEO_PROCESSING_START - session_id: abc123, challenge_type: head_movement",
    ),
    (
        TimingPoint.PROCESSING_COMPLETE,
        {"session_id": "abc123", "duration": 2.445, "success": True},
        "INFO - VIDEO_PROCESSING_COMPLETE - session_id: abc123, duration: 2.445s, success: True",
    ),
    (
        TimingPoint.COMPLETE,
        {
            "session_id": "abc123",
            "result": "pass",
            "total_time": 3.333,
            "processing_time": 2.445,
            "video_receive_time": 0.333,
            "file_save_time": 0.012,
        },
        "INFO - VIDEO_LIVENESS_COMPLETE - session_id: abc123, result: pass, total_time: 3.333s, "
        "processing_time: 2.445s, video_receive_time: 0.333s, file_save_time: 0.012s",
    ),
    (
        TimingPoint.FAILED,
        {"session_id": "abc123", "error": "unreadable_video", "total_time": 1},
        "ERROR - VIDEO_LIVENESS_FAILED - session_id: abc123, error: unreadable_video, total_time: 1.000s",
    ),
    (
        DetailLine.VIDEO,
        {
            "session_id": "abc123",
            "video_open_time": 0.045,
            "frame_processing_time": 2.234,
            "face_comparison_time": 0.0,
            "total_processing_time": 2.445,
        },
        "INFO - VIDEO_PROCESSING_DETAILS - session_id: abc123, video_open_time: 0.045s, "
        "frame_processing_time: 2.234s, face_comparison_time: 0.000s, total_processing_time: 2.445s",
    ),
    (
        DetailLine.FRAMES,
        {
            "session_id": "abc123",
            "total_frames": 180,
            "processed_frames": 90,
            "movement_analysis_time": 0.211,
            "total_frame_processing_time": 2.234,
            "avg_time_per_frame": 0.012,
        },
        "INFO - FRAME_PROCESSING_DETAILS - session_id: abc123, total_frames: 180, processed_frames: 90, "
        "movement_analysis_time: 0.211s, total_frame_processing_time: 2.234s, avg_time_per_frame: 0.012s",
    ),
]


@pytest.fixture
def performance_log(tmp_path: Path) -> Path:
    """Return the path of a performance.log in a folder that does not exist yet."""
    return tmp_path / "logs" / "performance.log"


@pytest.fixture
def timing_log(performance_log: Path) -> TimingLog:
    """Return a timing log with both files, side by side."""
    return TimingLog(performance_log, performance_log.with_name("facematch.log"))


@pytest.fixture
def events() -> InMemoryLogRecordExporter:
    """Collects log events."""
    return InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


@pytest.fixture
def event_log(events: InMemoryLogRecordExporter) -> TimingLog:
    """Return a timing log without files whose log events are collected."""
    provider = LoggerProvider(shutdown_on_exit=False)
    processor: LogRecordProcessor = SimpleLogRecordProcessor(events)
    provider.add_log_record_processor(processor)
    return TimingLog(None, None, provider)


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Make the local time zone five and a half hours ahead of UTC."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    tzset()
    yield
    monkeypatch.undo()
    tzset()


def emit_start(timing_log: TimingLog, session_id: str = "abc123") -> None:
    """Emit the point with the fewest fields."""
    timing_log.emit(TimingPoint.RECEIVE_START, {"session_id": session_id}, at_ns=AT, context=Context())


@pytest.mark.parametrize(("point", "fields", "expected"), ORIGINAL_LINES)
def test_lines_have_the_original_form(
    point: TimingPoint | DetailLine, fields: dict[str, Value], expected: str, timing_log: TimingLog, tmp_path: Path
) -> None:
    """Every point is written as the original system wrote it, whatever order the fields come in."""
    timing_log.emit(point, dict(reversed(fields.items())), at_ns=AT, context=Context())

    [log] = (tmp_path / "logs").iterdir()
    assert expected == log.read_text().split(" - ", 1)[1].removesuffix("\n")


def test_every_point_and_field_is_used() -> None:
    """No point lacks its fields, and no field is declared in vain."""
    assert {*TimingPoint, *DetailLine} == set(POINTS)
    assert set(FIELDS) == {field for fields in POINTS.values() for field in fields}


def test_lines_carry_the_time_of_the_event(zone: None, timing_log: TimingLog, performance_log: Path) -> None:
    """The time is the event's own, in the local zone, cut to milliseconds and never rounded up."""
    emit_start(timing_log)

    assert performance_log.read_text().startswith("2024-01-15 16:00:18,456 - INFO - VIDEO_FILE_RECEIVE_START")


def test_detail_lines_have_their_own_file(timing_log: TimingLog, performance_log: Path) -> None:
    """Timing points go to performance.log, detail lines to facematch.log."""
    emit_start(timing_log)
    timing_log.emit(*ORIGINAL_LINES[-1][:2], at_ns=AT, context=Context())

    assert "VIDEO_FILE_RECEIVE_START" in performance_log.read_text()
    assert "FRAME_PROCESSING_DETAILS" in performance_log.with_name("facematch.log").read_text()
    assert len(performance_log.read_text().splitlines()) == 1


def test_files_can_be_turned_off(event_log: TimingLog, events: InMemoryLogRecordExporter, tmp_path: Path) -> None:
    """Without paths nothing is written, and the log events are still emitted."""
    emit_start(event_log)

    assert list(tmp_path.iterdir()) == []
    assert len(events.get_finished_logs()) == 1


def test_lines_are_added_to_what_is_there(timing_log: TimingLog, performance_log: Path) -> None:
    """A service that starts again keeps the lines of its last run."""
    performance_log.parent.mkdir()
    performance_log.write_text("an older line\n")

    emit_start(timing_log)

    assert performance_log.read_text().splitlines()[0] == "an older line"
    assert len(performance_log.read_text().splitlines()) == 2


def test_a_rotated_file_is_left_alone(timing_log: TimingLog, performance_log: Path) -> None:
    """After a rename by logrotate the next line goes to a new file."""
    emit_start(timing_log, "first")
    performance_log.rename(performance_log.with_suffix(".log.1"))
    emit_start(timing_log, "second")

    assert "first" in performance_log.with_suffix(".log.1").read_text()
    assert "second" in performance_log.read_text()


@pytest.mark.parametrize("ending", ["\n", "\r", "\x0b", "\x85", "\u2028", "\x00", "\ud800"])
def test_values_cannot_start_a_line_or_a_field(ending: str, timing_log: TimingLog, performance_log: Path) -> None:
    """What could end a line or begin another field is escaped."""
    emit_start(timing_log, f"abc{ending}, total_time: 0.000s")

    [line] = performance_log.read_bytes().decode().splitlines()
    assert line.count(", ") == 0


def test_events_carry_the_raw_values(event_log: TimingLog, events: InMemoryLogRecordExporter) -> None:
    """A log event has the point's name, the event's time and the fields as numbers in seconds and bytes."""
    fields: dict[str, Value] = {"session_id": "abc123", "duration": 0.3330004, "size": 2048576}
    event_log.emit(TimingPoint.RECEIVE_COMPLETE, fields, at_ns=AT, context=Context())

    [event] = [data.log_record for data in events.get_finished_logs()]
    assert event.event_name == "VIDEO_FILE_RECEIVE_COMPLETE"
    assert event.timestamp == AT
    assert event.severity_number is SeverityNumber.INFO
    assert dict(event.attributes or {}) == {
        "liveness.session.id": "abc123",
        "liveness.duration": 0.3330004,
        "liveness.upload.size": 2048576,
    }


def test_failures_are_errors(event_log: TimingLog, events: InMemoryLogRecordExporter) -> None:
    """A failed request is an event of severity ERROR with the stable code as its type."""
    event_log.emit(*ORIGINAL_LINES[7][:2], at_ns=AT, context=Context())

    [event] = [data.log_record for data in events.get_finished_logs()]
    assert event.severity_number is SeverityNumber.ERROR
    assert dict(event.attributes or {})["error.type"] == "unreadable_video"


def test_events_belong_to_the_trace_they_are_given(event_log: TimingLog, events: InMemoryLogRecordExporter) -> None:
    """The context passed decides, not the one that happens to be current; an empty one means no trace."""
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("test")
    given = tracer.start_span("given", Context())
    with tracer.start_as_current_span("current", Context()):
        emit_in = trace.set_span_in_context(given, Context())
        event_log.emit(TimingPoint.RECEIVE_START, {"session_id": "a"}, at_ns=AT, context=emit_in)
        emit_start(event_log)

    in_trace, in_none = [data.log_record for data in events.get_finished_logs()]
    assert (in_trace.trace_id, in_trace.span_id) == (
        given.get_span_context().trace_id,
        given.get_span_context().span_id,
    )
    assert (in_none.trace_id, in_none.span_id) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"session_id": "a", "duration": 0.5}, "size"),
        ({"session_id": "a", "duration": 0.5, "size": 1, "frames": 2}, "frames"),
        ({"session_id": "a", "duration": "0.5", "size": 1}, "duration"),
        ({"session_id": "a", "duration": 0.5, "size": True}, "size"),
    ],
    ids=["missing", "unknown", "wrong type", "bool for a number"],
)
def test_wrong_fields_warn_and_the_rest_is_written(
    fields: dict[str, Value], named: str, timing_log: TimingLog, performance_log: Path
) -> None:
    """A mistake in the caller is an error in tests; in production the line has what fits."""
    with pytest.warns(RuntimeWarning, match=f"VIDEO_FILE_RECEIVE_COMPLETE: missing.*: {named}"):
        timing_log.emit(TimingPoint.RECEIVE_COMPLETE, fields, at_ns=AT, context=Context())

    assert "VIDEO_FILE_RECEIVE_COMPLETE - session_id: a" in performance_log.read_text()


def test_a_line_has_no_field_of_another_point() -> None:
    """Who writes lines without events is told of a mistake at once."""
    with pytest.raises(ValueError, match="not in tuple"):
        line(TimingPoint.RECEIVE_START, {"session_id": "a", "size": 1}, AT)


def test_an_unwritable_folder_is_said_once(
    timing_log: TimingLog, performance_log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """While the folder cannot be written one warning is given; lines come again as soon as it can."""
    performance_log.parent.write_text("a file where the folder should be")
    for _ in range(3):
        emit_start(timing_log, "lost")
    performance_log.parent.unlink()
    for _ in range(2):
        emit_start(timing_log, "kept")

    assert [line.rsplit(" ", 1)[1] for line in performance_log.read_text().splitlines()] == ["kept", "kept"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.WARNING]
    assert str(performance_log) in caplog.messages[0]
    assert caplog.messages[1] == f"can write {performance_log} again"


def test_a_full_disk_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    """A device without room changes nothing for the caller but one warning."""
    timing_log = TimingLog(Path("/dev/full"), None)
    for _ in range(3):
        emit_start(timing_log)

    [message] = caplog.messages
    assert "No space left on device" in message


def test_processes_share_a_file(performance_log: Path) -> None:
    """Lines of several processes that write at once stay whole."""
    run_together(emit_points, [(performance_log, process, 500) for process in range(4)])

    names = sorted(line.split("session_id: ")[1] for line in performance_log.read_text().splitlines())
    assert names == sorted(f"{process}-{number}" for process in range(4) for number in range(500))
