"""Sessions out of performance.log: interleaved, out of order, repeated, cut off, or with a clock that was set."""

from pathlib import Path

import pytest

from telemetry.stages import Stage
from tests.analyzer.by_hand import (
    failed_line,
    log,
    log_line,
    logged_check,
    problems_of,
    report_on_log,
)

START = "VIDEO_LIVENESS_REQUEST_START"


def start_line(session: str, at: float) -> str:
    """Return the first line of a session."""
    return log_line(START, at, f"session_id: {session}, challenge_type: head_movement, file_size: 1")


def test_session_of_the_original_is_rebuilt(tmp_path: Path) -> None:
    """The original's own lines of one session, of which it left some out."""
    path = tmp_path / "performance.log"
    path.write_text(
        "2024-01-15 10:30:15,123 - INFO - VIDEO_LIVENESS_REQUEST_START - session_id: abc123, "
        "challenge_type: head_movement, file_size: 2048576\n"
        "2024-01-15 10:30:15,456 - INFO - VIDEO_FILE_RECEIVE_COMPLETE - session_id: abc123, duration: 0.333s, "
        "size: 2048576 bytes\n"
        "2024-01-15 10:30:15,789 - INFO - VIDEO_PROCESSING_START - session_id: abc123, challenge_type: head_movement\n"
        "2024-01-15 10:30:15,789 - INFO - VIDEO_PROCESSING_DETAILS - session_id: abc123, video_open_time: 0.045s\n"
        "2024-01-15 10:30:18,234 - INFO - VIDEO_PROCESSING_COMPLETE - session_id: abc123, duration: 2.445s, "
        "success: True\n"
        "2024-01-15 10:30:18,456 - INFO - VIDEO_LIVENESS_COMPLETE - session_id: abc123, result: pass, "
        "total_time: 3.333s, processing_time: 2.445s, video_receive_time: 0.333s, file_save_time: 0.012s\n"
    )

    report = report_on_log(path)

    assert {name: times.mean for name, times in report.stages.items()} == {
        Stage.REQUEST: 3.333,
        Stage.RECEIVE_UPLOAD: 0.333,
        Stage.WRITE_VIDEO: 0.012,
        Stage.ANALYZE_VIDEO: 2.445,
    }
    # 3.333 less the upload (from 0 to 0.333, the write within it) and the analysis (from 0.666 to 3.111)
    assert report.not_covered["request"].mean == pytest.approx(0.555)
    assert (report.verdicts, report.problems) == ({"bona_fide": 1}, [])


def test_interleaved_sessions_are_told_apart(tmp_path: Path) -> None:
    """Lines of sessions that run at the same time belong to the session they name."""
    lines = sorted(logged_check("a") + logged_check("b", start=0.2, total=3) + logged_check("c", start=0.4, total=4))

    report = report_on_log(log(tmp_path / "p.log", *lines))

    assert (report.sessions.completed, report.problems) == (3, [])
    times = report.timings.total_time
    assert times is not None
    assert (times.min, times.median, times.max) == (2.0, 3.0, 4.0)


def test_order_of_lines_does_not_matter_within_a_session(tmp_path: Path) -> None:
    """Threads that log at the same moment may swap lines."""
    report = report_on_log(log(tmp_path / "p.log", *reversed(logged_check("a"))))

    assert (report.sessions.completed, report.problems) == (1, [])


@pytest.mark.parametrize("starts", [(0, 10, 20), (0, 0.5, 10), (0, 5, 5.001)])
def test_session_id_may_be_used_again(tmp_path: Path, starts: tuple[float, ...]) -> None:
    """One after the other, or even at the same time: the total time finds the start."""
    lines = [
        text for number, start in enumerate(starts) for text in logged_check("same", start=start, total=2 + number)
    ]

    report = report_on_log(log(tmp_path / "p.log", *sorted(lines)))

    assert (report.sessions.completed, report.sessions.incomplete, report.problems) == (3, 0, [])
    times = report.timings.total_time
    assert times is not None
    assert (times.min, times.max, times.count) == (2.0, 4.0, 3)


def test_session_without_an_end_is_incomplete(tmp_path: Path) -> None:
    """Also when its id was used again and that session did end."""
    report = report_on_log(log(tmp_path / "p.log", start_line("a", 0), *logged_check("a", start=60)))

    assert (report.sessions.total, report.sessions.completed, report.sessions.incomplete) == (1, 1, 1)
    assert problems_of(report) == {"incomplete_session": (1, "a")}


def test_session_whose_start_was_rotated_away_still_counts(tmp_path: Path) -> None:
    """The last line says all that is needed."""
    report = report_on_log(log(tmp_path / "p.log", logged_check("a", total=2.5)[-1]))

    assert report.sessions.completed == 1
    assert report.window.seconds == 2.5
    assert problems_of(report) == {"lost_start": (1, "a")}


def test_lines_in_the_middle_of_nothing_are_stray(tmp_path: Path) -> None:
    """Without a start and an end there is no session to count."""
    report = report_on_log(log(tmp_path / "p.log", *logged_check("a")[1:-1]))

    assert report.sessions.total == 0
    assert problems_of(report) == {"stray_line": (5, None)}


def test_failure_counts_with_its_reason(tmp_path: Path) -> None:
    """A failed session has a total time but takes no part in the times."""
    lines = [start_line("a", 0), failed_line("a", at=0.5, total=0.5), *logged_check("b")]

    report = report_on_log(log(tmp_path / "p.log", *lines))

    assert (report.sessions.completed, report.sessions.failed, report.failures) == (1, 1, {"unreadable_video": 1})
    times = report.timings.total_time
    assert times is not None
    assert times.count == 1


@pytest.mark.parametrize(("result", "verdict"), [("fail", "presentation_attack"), ("odd", "odd")])
def test_results_are_verdicts(tmp_path: Path, result: str, verdict: str) -> None:
    """Whatever the verdict, the session is completed; a word that is not known is kept."""
    lines = [text.replace("result: pass", f"result: {result}") for text in logged_check("a")]

    report = report_on_log(log(tmp_path / "p.log", *lines))

    assert (report.sessions.success_rate, report.verdicts) == (1.0, {verdict: 1})


def test_stage_that_did_not_take_place_is_no_stage(tmp_path: Path) -> None:
    """``liveness check`` uploads nothing: 0.000s without a line of its own is not a time of zero seconds."""
    fields = "session_id: a, result: pass, total_time: 1.000s, processing_time: 0.900s, video_receive_time: 0.000s"
    lines = [start_line("a", 0), log_line("VIDEO_LIVENESS_COMPLETE", 1, f"{fields}, file_save_time: 0.000s")]

    report = report_on_log(log(tmp_path / "p.log", *lines))

    assert list(report.stages) == [Stage.REQUEST, Stage.ANALYZE_VIDEO]


def test_other_lines_are_counted(tmp_path: Path) -> None:
    """Lines of other levels and foreign lines are skipped; lines of facematch.log are known and not needed."""
    others = [
        "Traceback (most recent call last):\n",
        log_line("FRAME_PROCESSING_DETAILS", 0, "session_id: a, total_frames: 180"),
        "2024-01-15 10:30:15,123 - WARNING - disk is slow\n",
    ]
    path = log(tmp_path / "p.log", *others, *logged_check("a"))

    report = report_on_log(path)

    assert report.sessions.completed == 1
    assert problems_of(report) == {"foreign_line": (2, f"{path}:1")}


def test_malformed_and_truncated_lines_are_counted(tmp_path: Path) -> None:
    """Each kind with its first place; the session they are of is complete without them."""
    lines = logged_check("a")
    bad = lines[2].replace("0.300s", "soon")
    path = log(tmp_path / "p.log", lines[0], bad, bad, lines[-1], logged_check("b")[-1][:-30])

    report = report_on_log(path)

    assert report.sessions.completed == 1
    assert problems_of(report) == {"malformed_line": (2, f"{path}:2"), "truncated_line": (1, f"{path}:5")}


@pytest.mark.parametrize("length", [10, 40, 60, 75])
def test_truncation_is_seen_wherever_it_happens(tmp_path: Path, length: int) -> None:
    """The beginning of a line may name no timing point yet."""
    path = log(tmp_path / "p.log", *logged_check("a"), logged_check("b")[-1][:length])

    assert problems_of(report_on_log(path)) == {"truncated_line": (1, f"{path}:8")}


def test_clock_that_is_set_back_is_reported_and_durations_stay(tmp_path: Path) -> None:
    """The end is logged an hour before the start; how long it took was not measured with that clock."""
    lines = [*logged_check("a")[:-1], *logged_check("a", start=-3600)[-1:], *logged_check("b", start=-3590)]

    report = report_on_log(log(tmp_path / "p.log", *lines))

    assert (report.sessions.completed, report.sessions.incomplete) == (2, 0)
    times = report.timings.total_time
    assert times is not None
    assert (times.min, times.max) == (2.0, 2.0)
    assert problems_of(report) == {"clock_step": (1, "a")}


def test_time_that_runs_backwards_in_the_log_is_reported(tmp_path: Path) -> None:
    """Sessions end in the order of their last lines, unless a clock was set or files were joined."""
    path = log(tmp_path / "p.log", *logged_check("a", start=100), *logged_check("b"))

    report = report_on_log(path)

    assert report.sessions.completed == 2
    assert problems_of(report) == {"time_runs_backwards": (1, f"{path}:14")}


def test_lines_of_a_long_upload_written_late_are_in_order(tmp_path: Path) -> None:
    """A session writes its first lines when it is identified, which may be after others have ended."""
    slow, quick = logged_check("slow", total=9), logged_check("quick", start=3)

    report = report_on_log(log(tmp_path / "p.log", *quick, *slow))

    assert (report.sessions.completed, report.problems) == (2, [])


def test_negative_duration_is_reported(tmp_path: Path) -> None:
    """A stage with a negative time has none; its session still has."""
    lines = [text.replace("video_receive_time: 0.300s", "video_receive_time: -0.300s") for text in logged_check("a")]

    report = report_on_log(log(tmp_path / "p.log", *lines))

    assert list(report.stages) == [Stage.REQUEST, Stage.WRITE_VIDEO, Stage.ANALYZE_VIDEO]
    assert problems_of(report) == {"negative_duration": (1, "a")}


def test_negative_total_time_leaves_a_session_incomplete(tmp_path: Path) -> None:
    """How long it took is not known."""
    lines = [text.replace("total_time: 2", "total_time: -2") for text in logged_check("a")]

    report = report_on_log(log(tmp_path / "p.log", *lines))

    assert (report.sessions.total, report.sessions.incomplete) == (0, 1)
    assert set(problems_of(report)) == {"negative_duration", "incomplete_session", "clock_step"}


def test_rotated_logs_are_read_together(tmp_path: Path) -> None:
    """A session may begin in one file and end in the next; the newer file comes first by name."""
    lines = logged_check("a")
    log(tmp_path / "performance.log.1", *lines[:4])
    log(tmp_path / "performance.log", *lines[4:])

    report = report_on_log(tmp_path / "performance.log*")

    assert (report.source.files, report.sessions.completed, report.problems) == (2, 1, [])
