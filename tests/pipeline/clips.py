"""Small video files made on the spot with FFmpeg's encoders, and the surgery that makes hostile ones of them."""

import os
import struct
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.codec import CodecContext
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

os.environ.setdefault("SVT_LOG", "0")  # the AV1 encoder talks to the terminal otherwise

WIDTH: Final = 64
HEIGHT: Final = 48
RATE: Final = 25
CORNERS: Final = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
"""RGB of the corners of a picture: upper left, upper right, lower left, lower right."""
DEFAULTS: Final = {
    "libx264": {"x264-params": "rc-lookahead=0:sync-lookahead=0"},
    "libx265": {"x265-params": "log-level=none:repeat-headers=1:pools=none:frame-threads=1"},
}
"""Options without which an encoder writes other bytes every time, or talks to the terminal."""


def pattern(index: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """Return an RGB picture whose every corner has its colour, with a bar that moves between them."""
    image = np.full((height, width, 3), 96, np.uint8)
    image[height * 3 // 8 : height * 5 // 8, (index * 4) % width : (index * 4) % width + 4] = 224
    across, down = width // 3, height // 3
    places = [np.s_[:down, :across], np.s_[:down, -across:], np.s_[-down:, :across], np.s_[-down:, -across:]]
    for place, colour in zip(places, CORNERS.values(), strict=True):
        image[place] = colour
    return image


def corners(image: NDArray[np.uint8]) -> list[str]:
    """Name the colours in the corners of a BGR image: upper left, upper right, lower left, lower right."""
    height, width = image.shape[:2]
    down, across = height // 8, width // 8
    points = [(down, across), (down, -1 - across), (-1 - down, across), (-1 - down, -1 - across)]
    return [_nearest(image[point][::-1]) for point in points]


def encode(
    codec: str = "libx264",
    pictures: Iterable[NDArray[np.uint8]] | None = None,
    *,
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    first_pts: int = 0,
) -> "list[Packet[VideoStream]]":
    """Return the packets of pictures (RGB), RATE a second from ``first_pts`` on."""
    frames = _frames(pictures, pix_fmt)
    encoder = cast(VideoCodecContext, CodecContext.create(codec, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = frames[0].width, frames[0].height, pix_fmt
    encoder.thread_count = 1  # the same bytes every time
    encoder.time_base, encoder.framerate = Fraction(1, RATE), Fraction(RATE)
    encoder.options = {**DEFAULTS.get(codec, {}), **(options or {})}
    packets: list[Packet[VideoStream]] = []
    for frame in [*frames, None]:
        packets += cast("list[Packet[VideoStream]]", encoder.encode(frame))
    for packet in packets:
        packet.pts = (packet.pts or 0) + first_pts
        packet.dts = (packet.dts or 0) + first_pts
    return packets


def write_clip(
    path: Path,
    codec: str = "libx264",
    pictures: Iterable[NDArray[np.uint8]] | None = None,
    *,
    pix_fmt: str = "yuv420p",
    options: Mapping[str, str] | None = None,
    muxer: Mapping[str, str] | None = None,
    times: Sequence[int] | None = None,
    rotation: int = 0,
    mirrored: bool = False,
    file_format: str | None = None,
) -> Path:
    """Encode pictures into a file whose suffix, or ``file_format``, tells its container; ``muxer`` are its options.

    ``times`` are the presentation times in 1/RATE seconds. A player turns what it shows counter-clockwise by
    ``rotation`` degrees and mirrors the result left to right.
    """
    frames = _frames(pictures, pix_fmt, times)
    with av.open(str(path), "w", format=file_format, options={"fflags": "+bitexact", **(muxer or {})}) as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=RATE))
        stream.codec_context.options = {**DEFAULTS.get(codec, {}), **(options or {})}
        stream.codec_context.thread_count = 1
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, pix_fmt
        if rotation or mirrored:
            stream.set_display_rotation(rotation, hflip=mirrored)
        for frame in [*frames, None]:
            container.mux(stream.encode(frame))
    return path


def write_packets(path: Path, codec: str, packets: "Iterable[Packet[VideoStream]]", pix_fmt: str = "yuv420p") -> Path:
    """Put packets into a file that claims the usual size, whatever size their pictures have."""
    with av.open(str(path), "w") as container:
        stream = cast(VideoStream, container.add_stream(codec, rate=RATE))
        stream.codec_context.options = dict(DEFAULTS.get(codec, {}))
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pix_fmt
        for packet in packets:
            packet.stream = stream
            packet.time_base = Fraction(1, RATE)
            container.mux(packet)
    return path


def write_tracks(path: Path, video: int, audio: int) -> Path:
    """Write a file with so many tracks of video and of audio, each with a picture or a moment of silence."""
    picture = pattern(0)
    with av.open(str(path), "w") as container:
        videos = [container.add_stream("mpeg4", rate=RATE) for _ in range(video)]
        sounds = [container.add_stream("aac", rate=44100) for _ in range(audio)]
        for stream in videos:
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            container.mux([*stream.encode(VideoFrame.from_ndarray(picture, format="rgb24")), *stream.encode(None)])
        for sound in sounds:
            container.mux([*sound.encode(silence()), *sound.encode(None)])
    return path


def silence() -> AudioFrame:
    """Return a moment without sound."""
    frame = AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
    frame.rate = 44100
    return frame


def spoil(path: Path, numbers: Iterable[int]) -> Path:
    """Overwrite packets of a file, counted from 0, with what no decoder can read."""
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
        for number in numbers:
            position, size = packets[number].pos, packets[number].size
            assert position is not None, "the container does not say where its packets are"
            data[position : position + size] = b"\xaa" * size
    path.write_bytes(data)
    return path


def box(kind: bytes, *content: bytes) -> bytes:
    """Return a box of ISO/IEC 14496-12."""
    payload = b"".join(content)
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def split_boxes(data: bytes) -> dict[bytes, bytes]:
    """Return the top-level boxes of a file by type, in their order."""
    boxes = {}
    while data:
        size = int.from_bytes(data[:4])
        boxes[data[4:8]], data = data[:size], data[size:]
    return boxes


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return data with bytes replaced that have to be there."""
    assert old in data, f"{old!r} is not there"
    return data.replace(old, new)


def _frames(
    pictures: Iterable[NDArray[np.uint8]] | None, pix_fmt: str, times: Sequence[int] | None = None
) -> list[VideoFrame]:
    frames = []
    for index, picture in enumerate(pictures if pictures is not None else map(pattern, range(10))):
        frame = VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
        frame.pts = times[index] if times else index
        frames.append(frame)
    return frames


def _nearest(colour: NDArray[np.uint8]) -> str:
    return min(CORNERS, key=lambda name: float(np.abs(np.subtract(CORNERS[name], colour, dtype=float)).sum()))
