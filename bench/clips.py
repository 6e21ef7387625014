"""Videos made on the spot: one without anybody in it, padded to any size, and a short one cut from footage."""

import itertools
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

RATE: Final = 25
"""Frames per second."""
SIZE: Final = 256
"""Width and height of what is made here, pixels."""

FREE_BOX_HEADER: Final = 8
"""Bytes of a box before its content: size and type (ISO/IEC 14496-12, section 4.2)."""


def make_empty_clip(path: Path) -> Path:
    """Write a second of noise that moves downwards: a valid MP4, and nobody in it."""
    noise = np.random.default_rng(0).integers(256, size=(SIZE, SIZE, 3), dtype=np.uint8)
    pictures = (np.roll(noise, index, axis=0) for index in range(RATE))
    _encode(path, (VideoFrame.from_ndarray(picture, format="bgr24") for picture in pictures))
    return path


def make_tiny_clip(path: Path, source: Path) -> Path:
    """Write the first half second of a clip, small, so that a check of it does everything but takes little time."""
    with av.open(str(source)) as container:
        frames = itertools.islice(container.decode(video=0), RATE // 2)
        _encode(path, (frame.reformat(SIZE, SIZE, "yuv420p") for frame in frames))
    return path


def free_box_header(content: int) -> bytes:
    """Return what begins a ``free`` box, which every reader of MP4 skips, of so many bytes of content."""
    return struct.pack(">I4s", FREE_BOX_HEADER + content, b"free")


def _encode(path: Path, frames: Iterable[VideoFrame]) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream: VideoStream = container.add_stream("libx264", rate=RATE)
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for index, frame in enumerate(frames):
            frame.pts = index
            frame.time_base = 1 / stream.codec_context.framerate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
