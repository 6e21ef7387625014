"""Files as they come: odd but honest ones are read, hostile ones are refused with a code that says why."""

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import av
import numpy as np
import pytest
from opentelemetry.context import Context

from pipeline.check import Checker
from pipeline.config import PipelineConfig
from pipeline.errors import UnreadableVideo, VideoLimitExceeded
from pipeline.frame import Frame, FrameMaker, chosen_pictures
from pipeline.request import CheckRequest
from pipeline.result import LivenessResult, Verdict
from pipeline.video import Progress, Video
from telemetry.spans import StageRecorder
from telemetry.timing_points import TimingLog
from tests.pipeline.bombs import growing
from tests.pipeline.clips import HEIGHT, RATE, WIDTH, box, spoil, write_clip
from tests.pipeline.hostile_files import CONFIG, HOSTILE, Hostile
from tests.pipeline.specimens import ENCODERS, LIVE, UNUSUAL, MakeFile, ordinary, rewrite

DECODE_QUIETLY: Final = """
import sys
from pathlib import Path
from pipeline.config import PipelineConfig
from pipeline.video import Video
with Video(Path(sys.argv[1]), PipelineConfig()) as video:
    print(sum(1 for _ in video.pictures()))
"""


def read(path: Path, config: PipelineConfig = CONFIG) -> tuple[Video, list[Frame]]:
    """Read a video to its end, with everything that is done to its frames."""
    with Video(path, config) as video:
        maker = FrameMaker(video.orientation)
        frames = [maker.frame(chosen) for chosen in chosen_pictures(video, StageRecorder(Context()))]
        for frame in frames:
            frame.full_size()
    return video, frames


def progress(path: Path) -> Progress:
    """Read a video to its end and return how much of it there was."""
    return read(path)[0].progress


@pytest.mark.parametrize("name", ENCODERS)
def test_every_codec_that_is_taken_is_read(tmp_path: Path, name: str) -> None:
    """What phones, browsers and webcams record is read in the containers they use."""
    video, frames = read(ordinary(tmp_path, name))
    assert (video.codec, video.shown_size) == (Path(name).stem, (WIDTH, HEIGHT))
    assert video.progress.frames_read == 10
    assert len(frames) > 1


@pytest.mark.parametrize("make", UNUSUAL.values(), ids=UNUSUAL)
def test_unusual_but_honest_files_are_read(tmp_path: Path, make: MakeFile) -> None:
    """What a camera, a browser or a converter may write gives pictures; what hides behind a video is not read."""
    video, frames = read(make(tmp_path))
    assert 0 < video.progress.frames_decoded <= video.progress.frames_read
    assert frames[0].full_size().shape[1::-1] == video.shown_size


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_files_are_refused_by_their_code(tmp_path: Path, hostile: Hostile) -> None:
    """Each way to be no video, to be damaged or to go beyond a limit has its error and its code."""
    with pytest.raises(hostile.error) as raised:
        read(hostile.make(tmp_path), hostile.config)
    assert (type(raised.value), raised.value.code) == (hostile.error, hostile.code)


@pytest.mark.parametrize("limit", [{"max_frames": 9}, {"max_duration": 0.3}])
def test_a_video_too_long_by_its_index_is_refused_before_it_is_decoded(tmp_path: Path, limit: dict[str, int]) -> None:
    """Nothing in this file can be decoded, and nobody tries to."""
    path = spoil(write_clip(tmp_path / "long.mp4"), range(10))
    with pytest.raises(VideoLimitExceeded):
        Video(path, PipelineConfig(**limit))  # type: ignore[arg-type]  # a mapping of limits


def test_the_name_of_an_unsupported_codec_is_told(tmp_path: Path) -> None:
    """Whoever sent the video learns what to convert it from, and to."""
    with pytest.raises(HOSTILE["a codec of studios"].error, match=r"prores is not taken, only h264, hevc, vp8"):
        read(HOSTILE["a codec of studios"].make(tmp_path))


def test_no_other_file_is_opened(tmp_path: Path) -> None:
    """A track that refers to another file has no pictures, where FFmpeg could be told to follow the reference."""
    other = write_clip(tmp_path / "other.mov")
    path = tmp_path / "alias.mov"
    path.write_bytes(_referring(other.read_bytes(), other))
    with av.open(str(path), options={"enable_drefs": "1", "use_absolute_path": "1"}) as container:
        assert len(list(container.decode(container.streams.video[0]))) == 10
    with pytest.raises(UnreadableVideo) as raised:
        read(path)
    assert raised.value.code == "no_frames"


def test_packets_that_cannot_be_decoded_are_left_out(tmp_path: Path) -> None:
    """Rubbish in the middle costs the pictures it held."""
    path = spoil(write_clip(tmp_path / "spoilt.mov", "mjpeg", pix_fmt="yuvj420p"), [3, 4])
    seen = progress(path)
    assert (seen.frames_read, seen.frames_decoded) == (10, 8)


def test_an_empty_packet_is_not_the_end(tmp_path: Path) -> None:
    """To FFmpeg's decoders a packet without bytes ends the video; one in the middle is only empty."""

    def give_the_fifth_to_the_fourth(data: bytes) -> bytes:
        sizes = data.index(b"stsz") + 16  # behind the type, the flags, the common size and the count
        fourth, fifth = struct.unpack_from(">II", data, sizes + 12)
        return data[: sizes + 12] + struct.pack(">II", fourth + fifth, 0) + data[sizes + 20 :]

    seen = progress(rewrite(write_clip(tmp_path / "empty.mp4", "mpeg4"), give_the_fifth_to_the_fourth))
    assert (seen.frames_read, seen.frames_decoded) == (10, 9)
    assert seen.duration == pytest.approx(9 / RATE)


@pytest.mark.parametrize(("milliseconds", "expected"), [(40, 0.16), (-30_000, 0.2)])
def test_times_never_run_backwards(tmp_path: Path, milliseconds: int, expected: float) -> None:
    """A picture with an earlier time than the one before has its time, one with an impossible time follows it."""
    at_200, at_another_time = struct.pack(">Bh", 0x81, 200), struct.pack(">Bh", 0x81, milliseconds)
    path = write_clip(tmp_path / "backwards.webm", "libvpx", muxer=LIVE)
    with Video(rewrite(path, lambda data: data.replace(at_200, at_another_time)), CONFIG) as video:
        times = [seconds for _, seconds in video.pictures()]
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, expected, 0.24, 0.28, 0.32, 0.36])


def test_a_variable_frame_rate_keeps_its_times(tmp_path: Path) -> None:
    """Every picture has the time it was shown at, whatever rate the header claims."""
    times = [0, 1, 2, 10, 11, 30, 31, 32, 40, 60]
    with Video(write_clip(tmp_path / "variable.mp4", "mpeg4", times=times), CONFIG) as video:
        assert [seconds for _, seconds in video.pictures()] == pytest.approx([time / RATE for time in times])


def test_webm_without_a_duration_gives_its_times(tmp_path: Path) -> None:
    """Times come from the pictures, not from a header that a browser leaves out."""
    assert progress(UNUSUAL["as browsers write it"](tmp_path)).duration == pytest.approx(9 / RATE)


@pytest.mark.parametrize("encoder", sorted(set(ENCODERS.values())))
def test_a_change_of_resolution_is_taken(tmp_path: Path, encoder: str) -> None:
    """Browsers change the size when a phone is turned or the network is slow; every picture is used as it is."""
    _, frames = read(growing(encoder, HEIGHT * 2, WIDTH * 2)(tmp_path))
    assert frames[0].full_size().shape == (HEIGHT, WIDTH, 3)
    assert frames[-1].full_size().shape == (WIDTH * 2, HEIGHT * 2, 3)


def test_damage_is_no_reason_to_write_to_the_terminal(tmp_path: Path) -> None:
    """FFmpeg would complain about every packet on standard error."""
    path = spoil(write_clip(tmp_path / "spoilt.mp4"), [2, 3, 5])
    ended = subprocess.run([sys.executable, "-c", DECODE_QUIETLY, path], capture_output=True, text=True, check=True)
    assert int(ended.stdout) > 0
    assert ended.stderr == ""


@pytest.fixture(scope="module")
def check() -> Callable[[Path], LivenessResult]:
    """Check a video with the models that a dependency brings."""
    checker = Checker(CONFIG)
    timing_log = TimingLog(None, None)

    def run(path: Path) -> LivenessResult:
        return checker.check(CheckRequest(path, "head_movement", "session-1"), StageRecorder(Context()), timing_log)

    return run


@pytest.mark.parametrize("make", UNUSUAL.values(), ids=UNUSUAL)
def test_a_video_without_a_face_is_inconclusive(
    tmp_path: Path, check: Callable[[Path], LivenessResult], make: MakeFile
) -> None:
    """However unusual the video, the answer has a verdict and the reasons for it."""
    result = check(make(tmp_path))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.reasons
    assert result.video.frames_analyzed > 0


@pytest.mark.parametrize("size", [(1, 1), (47, 63), (1081, 1921)])
def test_a_face_in_odd_places_is_no_error(
    tmp_path: Path, check: Callable[[Path], LivenessResult], size: tuple[int, int]
) -> None:
    """Noise of any size, in which a detector may see what it likes, gives an answer."""
    noise = np.random.default_rng(1).integers(0, 255, (*size, 3), np.uint8)
    result = check(write_clip(tmp_path / "noise.avi", "mjpeg", [noise] * 8, pix_fmt="yuvj444p"))
    assert result.verdict is not Verdict.BONA_FIDE


def _referring(data: bytes, other: Path) -> bytes:
    """Say that a file's pictures lie in another, in the one way FFmpeg can follow: a Macintosh alias by its path."""
    path = str(other).encode()
    alias = bytes(150) + struct.pack(">HH", 2, len(path)) + path + bytes(len(path) % 2) + b"\xff\xff\0\0"
    here, there = box(b"url ", b"\0\0\0\1"), box(b"alis", bytes(4), alias)
    place = data.index(here)
    changed = bytearray(data)
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        size = data.rindex(kind, 0, place) - 4
        changed[size : size + 4] = (int.from_bytes(data[size : size + 4]) + len(there) - len(here)).to_bytes(4)
    changed[place : place + len(here)] = there
    media = data.index(b"mdat") + 4
    changed[media : data.index(b"moov") - 4] = bytes(data.index(b"moov") - 4 - media)
    return bytes(changed)
