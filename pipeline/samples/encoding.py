"""Frames into a video file."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import repeat
from pathlib import Path
from typing import Final, cast

import av
from av.codec.codec import UnknownCodecError
from av.video.stream import VideoStream

from pipeline.frame import Image
from pipeline.samples.camera import Camera

ENCODERS: Final = ("libx264", "mpeg4")
"""In order of preference: PyAV's wheels hold x264; an FFmpeg without it writes MPEG-4, which every reader takes."""

BIT_RATE: Final = 2_000_000
"""Bits per second, for encoders that know no constant rate factor."""

TICK: Final = Fraction(1, 90_000)
"""Seconds: the resolution of presentation times that are not evenly spaced."""


def write_video(path: Path, frames: Iterable[Image], camera: Camera, times: Iterable[float] | None = None) -> None:
    """Write a camera's frames (BGR; width and height even) as MP4, with the index at the end as phones do.

    ``times`` are the seconds at which they were taken, without which they are evenly spaced.
    The same frames give the same bytes: one thread, however many cores there are, and a preset below those whose
    rate control by macroblock tree comes out differently from run to run.
    """
    with av.open(str(path), "w", format="mp4") as container:
        encoder = _encoder()
        rate = Fraction(camera.frame_rate).limit_denominator(1001)
        stream = cast(VideoStream, container.add_stream(encoder, rate))
        stream.width, stream.height = camera.width, camera.height
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        if encoder == "libx264":
            stream.options = {"crf": str(camera.crf), "preset": "superfast", "bf": str(camera.b_frames)}
        else:
            stream.bit_rate = BIT_RATE
        if times is not None:
            stream.codec_context.time_base = TICK
        for picture in _pictures(frames, times):
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def _pictures(frames: Iterable[Image], times: Iterable[float] | None) -> Iterator[av.VideoFrame]:
    for image, seconds in zip(frames, repeat(None) if times is None else times, strict=False):
        picture = av.VideoFrame.from_ndarray(image, format="bgr24")
        if seconds is not None:
            picture.pts, picture.time_base = round(seconds / TICK), TICK
        yield picture


def write_truncated(path: Path, complete: Path, share: float = 0.6) -> None:
    """Copy the beginning of a video file, as an upload that broke off leaves it: without the index at its end."""
    content = complete.read_bytes()
    path.write_bytes(content[: round(len(content) * share)])


def _encoder() -> str:
    for name in ENCODERS:
        try:
            av.Codec(name, "w")
        except UnknownCodecError:
            continue
        return name
    raise RuntimeError(f"this PyAV has none of the encoders {', '.join(ENCODERS)}")
