"""An open video: what it tells about itself, what it counts, and what it leaves behind."""

import gc
import os
import subprocess
import sys
import weakref
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.errors import InputError, VideoLimitExceeded
from pipeline.isolation import SINGLE_THREADED
from pipeline.video import Video
from tests.pipeline.bombs import growing
from tests.pipeline.clips import HEIGHT, RATE, WIDTH, write_clip
from tests.pipeline.hostile_files import HOSTILE
from tests.pipeline.specimens import LIVE

CONFIG: Final = PipelineConfig()
DECODE_IN_LITTLE_MEMORY: Final = """
import sys
from pathlib import Path
from pipeline.config import PipelineConfig
from pipeline.memory import is_exhaustion, limit_growth
from pipeline.video import Video
limit_growth(64 << 20)
try:
    with Video(Path(sys.argv[1]), PipelineConfig()) as video:
        kept = list(video.pictures())
except Exception as error:
    print(type(error).__name__, is_exhaustion(error))
"""


def test_a_video_tells_what_it_is(tmp_path: Path) -> None:
    """Container, codec, frame rate and size as shown are known as soon as it is open."""
    with Video(write_clip(tmp_path / "turned.mov", rotation=90), CONFIG) as video:
        assert (video.container.name, video.codec, video.frame_rate) == ("ISO_BMFF", "h264", RATE)
        assert (video.rotation, video.shown_size) == (90, (HEIGHT, WIDTH))


def test_a_video_counts_what_it_read(tmp_path: Path) -> None:
    """Coded frames, their bytes, pictures and seconds; the time it took is measured."""
    path = write_clip(tmp_path / "video.avi", "mjpeg", pix_fmt="yuvj420p")
    with Video(path, CONFIG) as video:
        times = [seconds for _, seconds in video.pictures()]
    assert times == pytest.approx([number / RATE for number in range(10)])
    assert (video.progress.frames_read, video.progress.frames_decoded) == (10, 10)
    assert 4000 < video.progress.bytes_read < path.stat().st_size
    assert video.progress.duration == pytest.approx(9 / RATE)
    assert video.progress.busy_time > 0


def test_pictures_are_decoded_when_they_are_asked_for(tmp_path: Path) -> None:
    """Whoever stops reading stops the work."""
    with Video(write_clip(tmp_path / "video.avi", "mjpeg", pix_fmt="yuvj420p"), CONFIG) as video:
        assert len(list(islice(video.pictures(), 3))) == 3
        assert video.progress.frames_read == 3


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        ({"max_frames": 10}, False),
        ({"max_frames": 9}, True),
        ({"max_duration": 0.36}, False),
        ({"max_duration": 0.35}, True),
        ({"max_pixels": WIDTH * HEIGHT}, False),
        ({"max_pixels": WIDTH * HEIGHT - 1}, True),
    ],
)
@pytest.mark.parametrize(("name", "encoder"), [("video.mp4", "mpeg4"), ("video.webm", "libvpx"), ("v.avi", "mpeg4")])
def test_limits_are_exact(tmp_path: Path, name: str, encoder: str, limits: dict[str, int], refused: bool) -> None:
    """What is allowed is allowed to the last frame and pixel, with an index and without."""
    path = write_clip(tmp_path / name, encoder, muxer=LIVE if encoder == "libvpx" else None)
    assert is_refused(path, PipelineConfig(**limits)) is refused  # type: ignore[arg-type]


def is_refused(path: Path, config: PipelineConfig) -> bool:
    """Tell whether a video is beyond a limit somewhere."""
    try:
        with Video(path, config) as video:
            for _ in video.pictures():
                pass
    except VideoLimitExceeded:
        return True
    return False


def test_what_came_before_the_limit_is_handed_over(tmp_path: Path) -> None:
    """A limit that is reached in the middle is noticed there, not at the end."""
    config = PipelineConfig(max_pixels=WIDTH * HEIGHT)
    with Video(growing("libvpx", WIDTH * 2, HEIGHT)(tmp_path), config) as video:
        pictures = video.pictures()
        assert [picture.width for picture, _ in islice(pictures, 10)] == [WIDTH] * 10
        with pytest.raises(VideoLimitExceeded):
            next(pictures)


@pytest.mark.parametrize(
    "name", ["rubbish in its packets", "rubbish in WebM", "index lost", "nine tracks", "a playlist"]
)
def test_a_refused_file_is_closed(tmp_path: Path, name: str) -> None:
    """Whatever was wrong with it, and though the error is still being handled."""
    path = HOSTILE[name].make(tmp_path)
    with pytest.raises(InputError):
        Video(path, CONFIG)
    assert not is_open(path)


def test_a_video_is_closed_in_the_middle(tmp_path: Path) -> None:
    """Closing ends everything at once, and may be repeated."""
    path = write_clip(tmp_path / "video.mp4")
    video = Video(path, CONFIG)
    next(video.pictures())
    assert is_open(path)
    video.close()
    video.close()
    assert not is_open(path)


def test_pictures_live_no_longer_than_they_are_held(tmp_path: Path) -> None:
    """In 4K each takes 12 MB: neither the video nor a cycle of references may keep them."""
    gc.disable()
    try:
        with Video(write_clip(tmp_path / "video.avi", "mjpeg", pix_fmt="yuvj420p"), CONFIG) as video:
            for picture, _ in video.pictures():
                last = picture
        alive = sys.getrefcount(last)
        seen = weakref.ref(video)
        del video, picture
        assert seen() is None
        assert alive <= 3  # two names here, and the argument
    finally:
        gc.enable()


def test_a_lack_of_memory_is_no_fault_of_the_video(tmp_path: Path) -> None:
    """It is told apart from damage, so that the worker is replaced and the upload not blamed."""
    large = [np.full((2304, 4096, 3), 128, np.uint8)] * 4
    path = write_clip(tmp_path / "large.mp4", pictures=large, options={"preset": "ultrafast", "bf": "2"})
    command = [sys.executable, "-c", DECODE_IN_LITTLE_MEMORY, str(path)]
    as_in_a_worker = {**os.environ, **SINGLE_THREADED}  # a thread of OpenBLAS that starts without memory crashes
    ended = subprocess.run(command, capture_output=True, text=True, check=True, env=as_in_a_worker)
    assert ended.stdout.split() == ["MemoryError", "True"]


def is_open(path: Path) -> bool:
    """Tell whether this process has a file open."""
    descriptors = Path("/proc/self/fd")
    return path in {entry.readlink() for entry in descriptors.iterdir() if entry.is_symlink()}
