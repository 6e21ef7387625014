"""The frames that are analysed: chosen by time, upright whatever the file says, small and whole alike."""

import struct
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import cv2
import numpy as np
import pytest
from av.packet import Packet
from av.video.stream import VideoStream
from opentelemetry.context import Context

from pipeline.config import PipelineConfig
from pipeline.frame import ANALYSIS_RATE, ANALYSIS_SIZE, Frame, FrameMaker, Image, chosen_pictures
from pipeline.orientation import Orientation
from pipeline.video import Video
from telemetry.spans import StageRecorder
from tests.pipeline.clips import HEIGHT, RATE, WIDTH, corners, patched, pattern, write_clip, write_packets

CONFIG: Final = PipelineConfig()
TURNS: Final = [(rotation, mirrored) for rotation in (0, 90, 180, 270) for mirrored in (False, True)]


def frames_of(path: Path) -> list[Frame]:
    """Return the chosen frames of a video."""
    with Video(path, CONFIG) as video:
        maker = FrameMaker(video.orientation)
        return [maker.frame(chosen) for chosen in chosen_pictures(video, StageRecorder(Context()))]


def as_shown(image: Image, rotation: int, mirrored: bool) -> Image:
    """Return what a player shows: turned counter-clockwise, then mirrored left to right."""
    turned = np.rot90(image, rotation // 90)
    return turned[:, ::-1] if mirrored else turned


@pytest.mark.parametrize(("rotation", "mirrored"), TURNS)
@pytest.mark.parametrize("name", ["video.mp4", "video.mov"])
def test_every_orientation_is_undone_once(tmp_path: Path, name: str, rotation: int, mirrored: bool) -> None:
    """In a quarter turn or a mirror image too many or too few, each corner would have another colour."""
    shown = as_shown(pattern(0)[:, :, ::-1], rotation, mirrored)
    frame = frames_of(write_clip(tmp_path / name, pix_fmt="yuv444p", rotation=rotation, mirrored=mirrored))[0]
    for image in (frame.image, frame.full_size()):
        assert corners(image) == corners(shown)
        assert image.shape == shown.shape
        assert np.abs(image.astype(float) - shown).mean() < 4


@pytest.mark.parametrize(("rotation", "mirrored"), TURNS)
def test_the_size_is_told_as_shown(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    """Width and height change places with every quarter turn, and the rotation is told without the mirror."""
    with Video(write_clip(tmp_path / "video.mp4", rotation=rotation, mirrored=mirrored), CONFIG) as video:
        assert video.shown_size == ((HEIGHT, WIDTH) if rotation in {90, 270} else (WIDTH, HEIGHT))
        assert video.orientation.mirrored is mirrored


@pytest.mark.parametrize(("degrees", "nearest"), [(3, 0), (44, 0), (46, 90), (100, 90), (181, 180), (-90, 270)])
def test_any_other_angle_is_taken_for_the_nearest(tmp_path: Path, degrees: int, nearest: int) -> None:
    """A phone turns by quarters; a matrix that says otherwise is rounded."""
    with Video(write_clip(tmp_path / "video.mp4", rotation=degrees), CONFIG) as video:
        assert video.orientation == Orientation(nearest)


@pytest.mark.parametrize("values", [(0, 0, 0, 0), (1, 1, 1, 1), (-(2**31), 2**31 - 1, 1, -1), (0, 0, 0, 1)])
def test_a_matrix_without_sense_turns_the_picture_somehow(tmp_path: Path, values: tuple[int, ...]) -> None:
    """Zeros, what maps everything onto a line, and the largest numbers give an orientation like any other."""
    path = write_clip(tmp_path / "video.mp4", rotation=90)
    stored, changed = (struct.pack(">iiiii", a, b, 0, c, d) for a, b, c, d in [(0, -65536, 65536, 0), values])
    path.write_bytes(patched(path.read_bytes(), stored, changed))
    with Video(path, CONFIG) as video:
        assert video.rotation in {0, 90, 180, 270}


@pytest.mark.parametrize(("orientation", "rotation"), [(1, 0), (3, 180), (6, 270), (8, 90)])
def test_the_orientation_of_a_photo_in_a_video_is_undone(tmp_path: Path, orientation: int, rotation: int) -> None:
    """Cameras that record JPEG pictures write it into each of them, beside data that PyAV does not know."""
    stored = pattern(0)[:, :, ::-1]
    packets = [_photo(stored, orientation, number) for number in range(3)]
    frame = frames_of(write_packets(tmp_path / "photos.avi", "mjpeg", packets, "yuvj420p"))[0]
    assert corners(frame.image) == corners(as_shown(stored, rotation, mirrored=False))


def test_frames_are_chosen_by_time(tmp_path: Path) -> None:
    """ANALYSIS_RATE a second, evenly, and every one there is when the camera was slower."""
    quick = frames_of(write_clip(tmp_path / "quick.mp4", "mpeg4", map(pattern, range(2 * RATE))))
    slow = frames_of(write_clip(tmp_path / "slow.mp4", "mpeg4", times=range(0, 100, 10)))
    assert len(quick) == 2 * ANALYSIS_RATE
    for number, frame in enumerate(quick):
        assert 0 <= frame.time - number / ANALYSIS_RATE <= 1 / RATE
    assert [frame.time for frame in slow] == pytest.approx([number * 10 / RATE for number in range(10)])
    assert [frame.index for frame in slow] == list(range(10))


def test_a_stretch_without_frames_is_not_made_up_for(tmp_path: Path) -> None:
    """After a gap frames come at the usual rate, not all at once."""
    times = [*range(5), *range(100, 120)]
    chosen = frames_of(write_clip(tmp_path / "gap.mp4", "mpeg4", map(pattern, range(25)), times=times))
    assert 100 / RATE in [frame.time for frame in chosen]
    assert np.diff([frame.time for frame in chosen]).min() >= 1 / ANALYSIS_RATE - 1 / RATE


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1280, 720), (256, 144)),
        ((720, 1280), (144, 256)),
        ((200, 100), (200, 100)),
        ((255, 257), (254, 256)),
        ((3000, 2), (256, 2)),
    ],
)
def test_frames_are_shrunk_and_never_enlarged(tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]) -> None:
    """The long side has ANALYSIS_SIZE pixels at most; the whole picture keeps its own."""
    assert max(expected) <= ANALYSIS_SIZE
    pictures = [pattern(0, *size)] if min(size) > 2 else [np.zeros((size[1], size[0], 3), np.uint8)]
    frame = frames_of(write_clip(tmp_path / "video.avi", "mjpeg", pictures, pix_fmt="yuvj444p"))[0]
    assert frame.image.shape == (expected[1], expected[0], 3)
    assert frame.full_size().shape == (size[1], size[0], 3)


@pytest.mark.parametrize(
    ("pix_fmt", "grey"), [("yuv420p", False), ("yuv444p", False), ("yuv420p10le", False), ("gray", True)]
)
def test_every_pixel_format_gives_the_same_colours(tmp_path: Path, pix_fmt: str, grey: bool) -> None:
    """Ten bits, full chroma and no chroma at all become ordinary BGR."""
    image = frames_of(write_clip(tmp_path / "video.mp4", "libx265", pix_fmt=pix_fmt))[0].image
    assert image.dtype == np.uint8
    if grey:
        assert np.ptp(image, axis=2).max() <= 2
    else:
        assert corners(image) == ["red", "green", "blue", "white"]


MATRICES = ["GBR", "bt709", "undef", "fcc", "bt470bg", "smpte170m", "smpte240m", "bt2020nc"]
EXOTIC = ["YCgCo", "bt2020c", "smpte2085", "chroma-derived-nc", "chroma-derived-c", "ICtCp"]


@pytest.mark.parametrize("matrix", MATRICES + EXOTIC)
def test_every_colour_matrix_gives_a_picture(tmp_path: Path, matrix: str) -> None:
    """What cannot be converted as it says is converted as usual, with other colours, but without an error."""
    options = {"x264-params": f"colormatrix={matrix}:colorprim=smpte428:transfer=arib-std-b67:range=pc"}
    frame = frames_of(write_clip(tmp_path / "video.mp4", pix_fmt="yuv444p", options=options))[0]
    assert frame.image.shape == frame.full_size().shape == (HEIGHT, WIDTH, 3)
    if matrix in MATRICES:
        assert corners(frame.image) == corners(frame.full_size()) == ["red", "green", "blue", "white"]


def _photo(image: Image, orientation: int, number: int) -> "Packet[VideoStream]":
    """Return a JPEG with its orientation in EXIF (tag 0x112), as a packet."""
    jpeg = bytes(cv2.imencode(".jpg", image)[1])
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", 0x112, 3, 1, orientation, 0) + bytes(4)
    packet = cast(
        "Packet[VideoStream]",
        Packet(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]),
    )
    packet.pts = packet.dts = number
    packet.time_base = Fraction(1, RATE)
    return packet
