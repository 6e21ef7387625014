"""Small files whose pictures are huge: from the start, under a header that lies, and from the middle on."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from tests.pipeline.clips import HEIGHT, WIDTH, encode, patched, write_clip, write_packets
from tests.pipeline.specimens import PIXEL_FORMATS, MakeFile, rewrite

PIXEL_LIMIT: Final = 100_000
"""Limit that the bombs exceed so far that FFmpeg's own limit stops them as well, and quick to encode all the same."""
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


def _pictures(width: int, height: int) -> list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]:
    return [np.full((height, width, 3), 128, np.uint8)] * 3
