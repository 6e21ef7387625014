"""Honest files as they come, made on the spot: every codec that is taken, and everything unusual that is taken too."""

import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from zipfile import ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from tests.pipeline.clips import box, pattern, write_clip, write_tracks

MakeFile = Callable[[Path], Path]
"""Makes a file in a folder."""

ENCODERS: Final = {
    "h264.mp4": "libx264",
    "hevc.mp4": "libx265",
    "av1.mp4": "libsvtav1",
    "mpeg4.mp4": "mpeg4",
    "h264.mov": "libx264",
    "mpeg4.3gp": "mpeg4",
    "vp8.webm": "libvpx",
    "vp9.webm": "libvpx-vp9",
    "av1.webm": "libsvtav1",
    "h264.mkv": "libx264",
    "mjpeg.avi": "mjpeg",
    "mpeg4.avi": "mpeg4",
    "h264.avi": "libx264",
}
"""Every codec that is taken, in the containers it comes in: file name, whose stem is the codec, and encoder."""

PIXEL_FORMATS: Final = {"mjpeg": "yuvj420p"}
"""What encoders take that do not take ``yuv420p``."""

FRAGMENTED: Final = {"movflags": "frag_every_frame+empty_moov+default_base_moof+skip_trailer"}
INDEX_FIRST: Final = {"movflags": "faststart"}
LIVE: Final = {"live": "1"}
"""WebM as browsers write it: no duration, no size, no index."""


def ordinary(folder: Path, name: str) -> Path:
    """Write one of ENCODERS."""
    encoder = ENCODERS[name]
    return write_clip(folder / name, encoder, pix_fmt=PIXEL_FORMATS.get(encoder, "yuv420p"))


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Change the bytes of a file."""
    path.write_bytes(change(path.read_bytes()))
    return path


def _black(width: int, height: int, count: int = 3) -> list[NDArray[np.uint8]]:
    return [np.zeros((height, width, 3), np.uint8)] * count


def _archive() -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr(ZipInfo("page.html"), "<html></html>")  # without the time of day
    return file.getvalue()


def _behind_type(addition: bytes) -> Callable[[bytes], bytes]:
    """Put something between ``ftyp`` and the rest of a file whose offsets are relative."""

    def change(data: bytes) -> bytes:
        end = int.from_bytes(data[:4])
        return data[:end] + addition + data[end:]

    return change


def _mjpeg(path: Path, pictures: list[NDArray[np.uint8]]) -> Path:
    return write_clip(path, "mjpeg", pictures, pix_fmt="yuvj444p")


_PAGE: Final = box(b"free", b"<html><script>alert(1)</script></html>")

UNUSUAL: Final[Mapping[str, MakeFile]] = {
    "without colour": lambda folder: write_clip(folder / "grey.mp4", "libx265", pix_fmt="gray"),
    "ten bits a sample": lambda folder: write_clip(folder / "ten.mp4", "libx265", pix_fmt="yuv420p10le"),
    "transparent": lambda folder: write_clip(folder / "alpha.webm", "libvpx-vp9", pix_fmt="yuva420p"),
    "interlaced": lambda folder: write_clip(folder / "fields.mp4", options={"flags": "+ildct+ilme"}),
    "full chroma": lambda folder: write_clip(folder / "chroma.mp4", pix_fmt="yuv444p"),
    "odd sides": lambda folder: write_clip(folder / "odd.webm", "libvpx-vp9", [pattern(0, 63, 47)] * 3),
    "index first": lambda folder: write_clip(folder / "first.mp4", muxer=INDEX_FIRST),
    "in fragments": lambda folder: write_clip(folder / "fragments.mp4", muxer=FRAGMENTED),
    "as browsers write it": lambda folder: write_clip(folder / "live.webm", "libvpx", muxer=LIVE),
    "eight tracks": lambda folder: write_tracks(folder / "tracks.mp4", video=1, audio=7),
    "one frame": lambda folder: write_clip(folder / "one.mp4", pictures=[pattern(0)]),
    "one pixel": lambda folder: _mjpeg(folder / "pixel.avi", _black(1, 1)),
    "very wide": lambda folder: _mjpeg(folder / "wide.avi", _black(16384, 2)),
    "turned": lambda folder: write_clip(folder / "turned.mov", rotation=90),
    "an archive behind it": lambda folder: rewrite(write_clip(folder / "zip.mp4"), lambda data: data + _archive()),
    "zeros behind it": lambda folder: rewrite(write_clip(folder / "zeros.mp4"), lambda data: data + bytes(999)),
    "a page inside it": lambda folder: rewrite(write_clip(folder / "page.mp4", muxer=FRAGMENTED), _behind_type(_PAGE)),
}
"""What cameras, browsers and converters write, and what hides something in or behind a whole video."""
