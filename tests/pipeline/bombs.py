"""Files whose pictures are huge: from the start, under a header that lies, from the middle on; and one huge frame."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from tests.pipeline.clips import HEIGHT, WIDTH, encode, patched, pattern, split_boxes, write_clip, write_packets
from tests.pipeline.specimens import INDEX_FIRST, LIVE, PIXEL_FORMATS, MakeFile, rewrite

PIXEL_LIMIT: Final = 100_000
"""Limit that the bombs exceed so far that FFmpeg's own limit stops them as well, and quick to encode all the same."""
HEAVY: Final = 60 << 20
"""Bytes of one frame, more than any camera writes in a second."""
_WIDTH: Final = 1280
_HEIGHT: Final = 960
_QUICK: Final = {
    "libx264": {"preset": "ultrafast", "x264-params": "repeat-headers=1"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:repeat-headers=1:pools=none"},
}
_SIZE_AS_STORED: Final[dict[str, Callable[[int, int], bytes]]] = {
    ".mp4": lambda width, height: struct.pack(">HH", width, height),
    ".webm": lambda width, height: struct.pack(">HHHH", 0xB082, width, 0xBA82, height),
    ".avi": lambda width, height: struct.pack("<II", width, height),
}
"""How containers write down the size of pictures."""


def open_bomb(name: str, encoder: str) -> MakeFile:
    """Write huge pictures in a few kilobytes, and say so."""
    return lambda folder: write_clip(
        folder / name,
        encoder,
        _pictures(_WIDTH, _HEIGHT),
        options=_QUICK.get(encoder),
        pix_fmt=PIXEL_FORMATS.get(encoder, "yuv420p"),
    )


def hidden_bomb(name: str, encoder: str) -> MakeFile:
    """Write huge pictures in a few kilobytes, and claim that they are small."""
    size = _SIZE_AS_STORED[Path(name).suffix]

    def lie(data: bytes) -> bytes:
        return patched(data, size(_WIDTH, _HEIGHT), size(WIDTH, HEIGHT))

    return lambda folder: rewrite(open_bomb(name, encoder)(folder), lie)


def growing(encoder: str, width: int = _WIDTH, height: int = _HEIGHT) -> MakeFile:
    """Write small pictures, then such of another size."""
    pix_fmt = PIXEL_FORMATS.get(encoder, "yuv420p")
    options = _QUICK.get(encoder)

    def make(folder: Path) -> Path:
        packets = encode(encoder, options=options, pix_fmt=pix_fmt)
        packets += encode(encoder, _pictures(width, height), options=options, pix_fmt=pix_fmt, first_pts=20)
        return write_packets(folder / "growing.mkv", encoder, packets, pix_fmt)

    return make


def heavy(folder: Path) -> Path:
    """Write one frame of 60 MiB, most of it zeros."""
    path = write_clip(folder / "heavy.mp4", "mpeg4", [pattern(0)], muxer=INDEX_FIRST)
    boxes = split_boxes(path.read_bytes())
    index = with_samples(boxes[b"moov"], HEAVY, 1)
    return _with_zeros(path, boxes[b"ftyp"] + index + (8 + HEAVY).to_bytes(4) + b"mdat")


def heavy_without_index(folder: Path) -> Path:
    """Write the same in a WebM whose cluster has no size."""
    path = write_clip(folder / "heavy.webm", "libvpx", [pattern(0)], muxer=LIVE)
    data = path.read_bytes()
    header = data[: data.index(b"\x1f\x43\xb6\x75")]
    cluster = b"\x1f\x43\xb6\x75\xff" + b"\xe7\x81\0"  # at the time 0
    block = b"\xa3" + (1 << 56 | HEAVY + 4).to_bytes(8) + b"\x81\0\0\x80"  # of the first track, at the same time
    return _with_zeros(path, header + cluster + block)


def with_samples(data: bytes, size: int, count: int) -> bytes:
    """Claim in the sample table that there are so many frames of one size."""
    table = data.index(b"stsz") + 8  # behind the type, the version and the flags
    return data[:table] + struct.pack(">II", size, count) + data[table + 8 :]


def _with_zeros(path: Path, data: bytes) -> Path:
    with path.open("wb") as file:
        file.write(data)
        file.truncate(file.tell() + HEAVY)
    return path


def _pictures(width: int, height: int) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    return [np.full((height, width, 3), 128, np.uint8)] * 3
