"""``liveness demo`` as its user sees it: real programs, real HTTP, everything in one folder, nothing left running."""

import os
import pty
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from pipeline.samples.camera import Camera
from pipeline.samples.encoding import write_video
from pipeline.samples.head import Head
from pipeline.samples.species import HEAD_STILL, frames
from tests.service.process import LIVENESS, LivenessProcess, environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short video of the user's, of a face that keeps still."""
    path = tmp_path_factory.mktemp("own") / "me [front].mp4"
    camera = Camera(width=240, height=320, frame_rate=10)
    write_video(path, frames(HEAD_STILL, Head.shipped(), camera, seed=1, seconds=1.5), camera)
    return path


@contextmanager
def demo(folder: Path, *arguments: str | Path, **settings: str) -> Iterator[LivenessProcess]:
    """Run the demo in a folder, and kill it in the end if it still runs."""
    process = LivenessProcess(folder, ["demo", *map(str, arguments)], **settings)
    try:
        yield process
    finally:
        process.kill()


def finished(folder: Path, *arguments: str | Path, **settings: str) -> tuple[int, str]:
    """Run the demo to its end; return the exit code and all it printed."""
    with demo(folder, *arguments, **settings) as process:
        exit_code = process.exit_code()
    return exit_code, "".join(process.output)


def test_shows_every_verdict_a_trace_and_the_report(tmp_path: Path) -> None:
    """From sample videos to the report, in this order and without a human."""
    exit_code, output = finished(tmp_path)

    assert exit_code == 0
    told = [
        "var/demo/samples/broken.mp4",
        "is ready",
        "a person turning the head\n  bona fide",
        "Reference photo: match.",
        "the same person's photograph, waved\n  presentation attack",
        "the person keeping still\n  inconclusive",
        "an upload that broke off\n  refused  422 truncated_video",
        "exit code 0",
        "POST /v1/liveness-checks",
        "analyze frame \N{MULTIPLICATION SIGN} ",
        "VIDEO LIVENESS PERFORMANCE ANALYSIS",
        "Total Sessions: 4",
        "bona_fide: 1",
    ]
    places = [output.find(text) for text in told]
    assert -1 not in places, told[places.index(-1)] + "\n" + output
    assert places == sorted(places)
    assert [path.name for path in tmp_path.iterdir()] == ["var"]
    assert [path.name for path in (tmp_path / "var").iterdir()] == ["demo"]


def test_checks_the_users_own_video_and_nothing_else(tmp_path: Path, own_video: Path) -> None:
    """With a video no samples are made, and a second demo reports on its own check alone."""
    finished(tmp_path, "--video", own_video)
    exit_code, output = finished(tmp_path, "--video", own_video)

    assert exit_code == 0
    assert "me [front].mp4  your own video\n  inconclusive" in output
    assert "Total Sessions: 1\n" in output
    assert not (tmp_path / "var" / "demo" / "samples").exists()


def test_a_missing_video_is_a_usage_error(tmp_path: Path) -> None:
    """Nothing is started for a path that leads nowhere."""
    exit_code, output = finished(tmp_path, "--video", "nowhere.mp4")

    assert exit_code == 2
    assert output == "liveness: nowhere.mp4: no such file\n"
    assert list(tmp_path.iterdir()) == []


def test_a_service_that_does_not_start_is_one_clear_line(tmp_path: Path, own_video: Path) -> None:
    """A setting that cannot be met is passed on in the service's own words."""
    exit_code, output = finished(tmp_path, "--video", own_video, LIVENESS_DETECTOR="yunet")

    assert exit_code == 5
    assert output.splitlines()[-1].startswith("liveness: the service did not start: ")
    assert "yunet" in output
    assert "Traceback" not in output


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path, own_video: Path) -> None:
    """A file in the folder's place ends the demo before anything is started."""
    (tmp_path / "var").write_text("")

    exit_code, output = finished(tmp_path, "--video", own_video)

    assert exit_code == 5
    assert output.startswith("liveness: var/demo cannot be written: ")


def test_ctrl_c_stops_the_service(tmp_path: Path, own_video: Path) -> None:
    """Interrupted while a video is checked, the demo leaves no process behind."""
    with demo(tmp_path, "--video", own_video) as process:
        assert _interrupted(process, "sending", signal.SIGINT) == 130
    assert "Traceback" not in "".join(process.output)


def test_a_plain_kill_stops_the_service(tmp_path: Path) -> None:
    """Terminated while samples are made and the service starts, the demo leaves neither behind."""
    with demo(tmp_path) as process:
        assert _interrupted(process, "rendering", signal.SIGTERM) == 130
    assert "Traceback" not in "".join(process.output)


def _interrupted(process: LivenessProcess, moment: str, number: signal.Signals) -> int:
    """Send a signal at a moment; return the exit code once every process below has ended too."""
    process.wait_for_line(moment)
    started = process.family()
    process.send(number)
    exit_code = process.exit_code()
    _, left = psutil.wait_procs(started, timeout=10)
    assert len(started) >= 2
    assert left == []
    return exit_code


def test_a_terminal_gets_colour_and_moving_progress(tmp_path: Path, own_video: Path) -> None:
    """On a terminal the sending and checking of a video is seen as it goes on, and gone when it is over."""
    shown = _on_a_terminal(tmp_path, "--video", str(own_video))

    assert re.search(r"\x1b\[\d*(;\d+)*minconclusive", shown)
    assert re.search(r"me \[front\]\.mp4: (sending|checking)", shown)
    assert "\x1b[2K" in shown


def _on_a_terminal(folder: Path, *arguments: str) -> str:
    """Run the demo with a terminal as its output; return what the terminal was sent."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [LIVENESS, "demo", *arguments],
        cwd=folder,
        env=environment(TERM="xterm-256color", COLUMNS="100"),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
    ):
        os.close(theirs)
        pieces = []
        try:
            while piece := os.read(ours, 1 << 16):
                pieces.append(piece)
        except OSError:
            pass  # Linux: the other side is closed, the demo has ended
    os.close(ours)
    return b"".join(pieces).decode()
