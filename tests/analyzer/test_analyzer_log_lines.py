"""The lines of performance.log, read back."""

import time
from collections.abc import Callable

import pytest

from telemetry import timing_lines
from telemetry.analyzer.sources.log_lines import MalformedLine, parse_line
from telemetry.analyzer.table import UNFINISHED
from telemetry.timing_lines import TimingPoint

SECOND = 10**9
AT = 1_768_473_015 * SECOND + 123_999_999

ORIGINAL_LINES = [
    "2024-01-15 10:30:15,123 - INFO - VIDEO_LIVENESS_REQUEST_START - session_id: abc123, "
    "challenge_type: head_movement, file_size: 2048576",
    "2024-01-15 10:30:15,456 - INFO - VIDEO_FILE_RECEIVE_COMPLETE - session_id: abc123, duration: 0.333s, "
    "size: 2048576 bytes",
    "2024-01-15 10:30:15,789 - INFO - VIDEO_PROCESSING_START - session_id: abc123, challenge_type: head_movement",
    "2024-01-15 10:30:18,234 - INFO - VIDEO_PROCESSING_COMPLETE - session_id: abc123, duration: 2.445s, success: True",
    "2024-01-15 10:30:18,456 - INFO - VIDEO_LIVENESS_COMPLETE - session_id: abc123, result: pass, total_time: 3.333s, "
    "processing_time: 2.445s, video_receive_time: 0.333s, file_save_time: 0.012s",
]


def test_every_original_line_is_read() -> None:
    """The lines that the original system is known by."""
    lines = [parse_line(text) for text in ORIGINAL_LINES]

    assert [line.session for line in lines if line] == ["abc123"] * 5
    last = lines[-1]
    assert last is not None
    assert (last.point, last.outcome) == (TimingPoint.COMPLETE, "pass")
    assert last.durations_ns == {
        "total_time": 3_333_000_000,
        "processing_time": 2_445_000_000,
        "video_receive_time": 333_000_000,
        "file_save_time": 12_000_000,
    }


def test_what_is_written_is_read_back() -> None:
    """Times come back cut to the millisecond, durations rounded to it."""
    written = timing_lines.line(TimingPoint.SAVE_COMPLETE, {"session_id": "a b:c", "duration": 0.0123}, AT)

    line = parse_line(written.rstrip("\n"))

    assert line is not None
    assert (line.session, line.at_ns, line.durations_ns) == ("a b:c", AT // 10**6 * 10**6, {"duration": 12_000_000})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("VIDEO_LIVENESS_COMPLETE", "form"),
        ("2024-01-15 10:30:15 - INFO - VIDEO_LIVENESS_REQUEST_START - session_id: a", "form"),
        ("2024-13-15 10:30:15,123 - INFO - VIDEO_FILE_RECEIVE_START - session_id: a", "no such time"),
        ("9999-01-15 10:30:15,123 - INFO - VIDEO_FILE_RECEIVE_START - session_id: a", "no time of a log"),
        ("1969-01-15 10:30:15,123 - INFO - VIDEO_FILE_RECEIVE_START - session_id: a", "no time of a log"),
        ("2024-01-15 10:30:15,123 - INFO - VIDEO_FILE_RECEIVE_START - challenge_type: a", "no session_id"),
        ("2024-01-15 10:30:15,123 - INFO - VIDEO_FILE_SAVE_COMPLETE - session_id: a", "no duration"),
        ("2024-01-15 10:30:15,123 - INFO - VIDEO_FILE_SAVE_COMPLETE - session_id: a, duration: nans", "seconds"),
        ("2024-01-15 10:30:15,123 - INFO - VIDEO_FILE_SAVE_COMPLETE - session_id: a, duration: 1e9s", "seconds"),
        ("2024-01-15 10:30:15,123 - INFO - VIDEO_LIVENESS_FAILED - session_id: a, error: x", "no total_time"),
        ("2024-01-15 10:30:15,123 - INFO - VIDEO_LIVENESS_COMPLETE - session_id: a, result: pass", "no total_time"),
    ],
)
def test_timing_points_that_cannot_be_read_say_why(text: str, reason: str) -> None:
    """A line that names a point is never silently taken for a foreign one."""
    with pytest.raises(MalformedLine, match=reason):
        parse_line(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Traceback (most recent call last):",
        "2024-01-15 10:30:15,123 - INFO - SERVER_STARTED - port: 8080",
        "2024-01-15 10:30:15,123 - WARNING - disk is slow",
    ],
)
def test_foreign_lines_are_no_timing_points(text: str) -> None:
    """Other lines of a log are none of ours."""
    assert parse_line(text) is None


def test_failure_with_commas_in_its_error_is_read_whole() -> None:
    """Others wrote whole sentences there."""
    line = parse_line(
        "2024-01-15 10:30:15,123 - ERROR - VIDEO_LIVENESS_FAILED - session_id: a, error: bad file, not a video: x, "
        "total_time: 0.500s"
    )

    assert line is not None
    assert (line.outcome, line.durations_ns) == ("bad file, not a video: x", {"total_time": 500_000_000})


def test_negative_duration_has_no_value() -> None:
    """The original measured with the wall clock, which can be set back."""
    line = parse_line("2024-01-15 10:30:15,123 - INFO - VIDEO_FILE_SAVE_COMPLETE - session_id: a, duration: -3.2s")

    assert line is not None
    assert line.durations_ns == {"duration": UNFINISHED}


def test_line_that_may_be_cut_off_must_be_complete() -> None:
    """A last line without its newline counts only when nothing of it is missing."""
    whole = ORIGINAL_LINES[-1]

    assert parse_line(whole, ended=False) == parse_line(whole)
    with pytest.raises(MalformedLine):
        parse_line(whole[: whole.index(", file_save_time")], ended=False)


def test_times_are_local(local_time: Callable[[str], None]) -> None:
    """Summer and winter time differ by an hour."""
    local_time("Europe/Berlin")
    read_afresh = "2024-{}-15 12:34:00,000 - INFO - VIDEO_FILE_RECEIVE_START - session_id: a"

    lines = [parse_line(read_afresh.format(month)) for month in ("01", "07")]

    assert [time.gmtime(line.at_ns // SECOND).tm_hour for line in lines if line] == [11, 10]
