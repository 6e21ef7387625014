"""``liveness check`` as its user sees it: a report or JSON, an exit code, and the same trace as over HTTP."""

import asyncio
import json
import signal
from pathlib import Path

import pytest

from telemetry.stages import Stage
from tests.service.process import LIVENESS, LivenessProcess, environment, spans_below, timing_points_below
from tests.service.recorded import ERROR_STATUS
from tests.service.videos import write_video

TESTDATA = Path(__file__).parents[3] / "shared" / "testdata"


async def test_reports_for_people(tmp_path: Path) -> None:
    """Verdict first, then what it rests on; nothing but that on standard output, and no colour in a pipe."""
    code, out, err = await _check(tmp_path, str(write_video(tmp_path / "clip.mp4")))
    lines = out.splitlines()
    assert (code, lines[0], err) == (3, "inconclusive", "")
    assert [line.split()[0] for line in lines if line and not line.startswith(" ")] == [
        "inconclusive",
        "challenge",
        "reasons",
        "video",
        "engines",
        "timings",
        "session",
        "trace",
    ]
    assert "uncovered. (0 share of frames, score threshold 0.7)" in out
    assert "\x1b" not in out
    assert all(line == line.rstrip() for line in lines)


async def test_prints_the_answer_of_the_service_as_json(tmp_path: Path) -> None:
    """The document has the fields of the HTTP interface, and its trace holds the same numbers."""
    code, out, err = await _check(tmp_path, str(write_video(tmp_path / "clip.mp4")), "--json")
    document = json.loads(out)
    assert (code, document["verdict"], err) == (3, "inconclusive", "")
    assert document.keys() >= {"session_id", "reasons", "challenge", "comparison", "video", "engines", "trace_url"}
    spans = {span.name: span for span in spans_below(tmp_path)}
    root = spans[Stage.COMMAND]
    assert {span.trace_id for span in spans.values()} == {document["trace_id"]}
    assert (root.parent_id, spans[Stage.ANALYZE_VIDEO].parent_id) == ("", root.span_id)
    assert root.attributes["liveness.session.id"] == document["session_id"]
    points = timing_points_below(tmp_path)
    assert [point.split(" - ")[0] for point in points] == [
        "VIDEO_LIVENESS_REQUEST_START",
        "VIDEO_PROCESSING_START",
        "VIDEO_PROCESSING_COMPLETE",
        "VIDEO_LIVENESS_COMPLETE",
    ]
    assert points[-1].endswith(
        f"result: inconclusive, total_time: {root.seconds:.3f}s, "
        f"processing_time: {spans[Stage.ANALYZE_VIDEO].seconds:.3f}s, "
        "video_receive_time: 0.000s, file_save_time: 0.000s"
    )


@pytest.mark.parametrize("as_json", [False, True])
async def test_says_why_there_is_no_result(tmp_path: Path, as_json: bool) -> None:
    """A file that is no video is one line and exit code 4; asked for JSON, it is a problem document."""
    (tmp_path / "note.mp4").write_text("not a video at all")
    code, out, err = await _check(tmp_path, "note.mp4", *(["--json"] if as_json else []))
    root = next(span for span in spans_below(tmp_path) if span.name == Stage.COMMAND)
    assert (code, root.status, root.attributes["error.type"]) == (4, ERROR_STATUS, "unsupported_video")
    assert timing_points_below(tmp_path)[-1].split(", ")[1] == "error: unsupported_video"
    if as_json:
        document = json.loads(out)
        assert (document["code"], document["trace_id"], err) == ("unsupported_video", root.trace_id, "")
    else:
        assert out == ""
        assert err.startswith("liveness: unsupported_video: ")
        assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "settings", "code", "message"),
    [
        (["nobody.mp4"], {}, 2, "liveness: nobody.mp4: no such file"),
        (["here.mp4", "--reference", "nobody.jpg"], {}, 2, "liveness: nobody.jpg: no such file"),
        (["here.mp4", "--challenge", "stand_on_head"], {}, 2, "--challenge: choose from head_movement"),
        ([], {}, 2, "arguments are required: VIDEO"),
        (["here.mp4"], {"LIVENESS_TIME_LIMIT": "soon"}, 2, "liveness: LIVENESS_TIME_LIMIT: "),
        (["here.mp4"], {"LIVENESS_DETECTOR": "yunet"}, 5, "liveness: "),
    ],
)
async def test_usage_and_settings(
    tmp_path: Path, arguments: list[str], settings: dict[str, str], code: int, message: str
) -> None:
    """What cannot be done is said before anything is done."""
    (tmp_path / "here.mp4").touch()
    exit_code, out, err = await _check(tmp_path, *arguments, **settings)
    assert (exit_code, out) == (code, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.skipif(not TESTDATA.is_dir(), reason="testdata (real clips and photos) is not here")
async def test_a_person_who_turns_the_head(tmp_path: Path) -> None:
    """Exit code 0 is bona fide; the comparison stands beside the verdict."""
    clip, photo = TESTDATA / "videos" / "d3.mp4", TESTDATA / "images" / "obama.jpg"
    code, out, _ = await _check(tmp_path, str(clip), "--reference", str(photo))
    assert (code, out.splitlines()[0]) == (0, "bona fide")
    assert [line for line in out.splitlines() if line.startswith("comparison")]


def test_ctrl_c_stops_the_worker_and_is_recorded(tmp_path: Path) -> None:
    """Whoever does not want to wait need not: exit code 130 at once, and the check counts as failed."""
    clip = write_video(tmp_path / "long.mp4", seconds=50, size=(640, 480))
    process = LivenessProcess(tmp_path, ["check", str(clip)])
    try:
        process.wait_for_timing_point("VIDEO_PROCESSING_START")
        process.send(signal.SIGINT)
        assert process.exit_code() == 130
    finally:
        process.kill()
    assert "Traceback" not in "".join(process.output)
    root = next(span for span in process.spans() if span.name == Stage.COMMAND)
    assert (root.status, root.attributes["error.type"]) == (ERROR_STATUS, "cancelled")


async def test_no_command_is_a_usage_error(tmp_path: Path) -> None:
    """Without a command the usage is shown, with every command there is in the help."""
    process = await asyncio.create_subprocess_exec(
        LIVENESS, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    _, err = await process.communicate()
    assert process.returncode == 2
    assert b"COMMAND" in err


async def _check(folder: Path, *arguments: str, **settings: str) -> tuple[int, str, str]:
    """Run ``liveness check`` in a folder; return exit code, standard output and standard error."""
    process = await asyncio.create_subprocess_exec(
        LIVENESS,
        "check",
        *arguments,
        cwd=folder,
        env=environment(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()
