"""An uploaded video file: opened without trusting it, decoded in one pass under limits.

The file is opened by us and handed to FFmpeg as an object with the demuxer named, so no playlist or reference
in it can make FFmpeg open anything else. The decoder leaves out frames that nothing refers to and the in-loop
deblocking filter: that halves the work and moves the measurements less than their own noise
(docs/performance.md).
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self, cast

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.error import MemoryError as OutOfMemoryError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipeline.config import PipelineConfig
from pipeline.container import MAGIC_BYTES, Container, is_cut_off, sniff
from pipeline.errors import UnreadableVideo, UnsupportedVideo, VideoLimitExceeded

MAX_TRACKS: Final = 8
"""Phones write video, audio and a few tracks of metadata."""

MAX_BIT_RATE: Final = 400e6
"""Bits per second, averaged from the start; phones stay below 150 Mbit/s even in 4K at 60 frames a second."""


@dataclass(slots=True)
class Progress:
    """How far decoding has come: coded frames read, pictures decoded, seconds of video, seconds of work."""

    frames_read: int = 0
    bytes_read: int = 0
    frames_decoded: int = 0
    duration: float = 0.0
    busy_time: float = 0.0


class Video:
    """An open video file; a context manager that closes it.

    Raises:
        UnsupportedVideo: not a container or codec that is taken, or no video in it.
        UnreadableVideo: damaged, cut off or without a single picture.
        VideoLimitExceeded: more tracks, pixels, seconds, frames or bits per second than allowed.
    """

    def __init__(self, path: Path, config: PipelineConfig) -> None:
        self._config = config
        self._file = path.open("rb")
        self._container: InputContainer | None = None
        try:
            self.container = sniff(self._file.read(MAGIC_BYTES))
            self._container = _open_container(self._file, self.container, config)
            self._stream = _video_stream(self._container, config)
            self.progress = Progress()
            self._pictures = self._decode(self._container)
            self.first = self._first_picture()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; safe to call twice."""
        if self._container is not None:
            self._container.close()
        self._file.close()

    @property
    def codec(self) -> str:
        """FFmpeg's name of the codec, such as ``h264``."""
        return self._stream.codec_context.codec.canonical_name

    @property
    def frame_rate(self) -> float:
        """Frames per second as the container claims, 0 when it claims nothing."""
        return float(self._stream.average_rate or 0)

    @property
    def rotation(self) -> int:
        """Degrees counter-clockwise by which a picture is turned to stand upright: 0, 90, 180 or 270."""
        return round(self.first.rotation / 90) % 4 * 90

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height in pixels once upright."""
        width, height = self.first.width, self.first.height
        return (height, width) if self.rotation % 180 else (width, height)

    def pictures(self) -> Generator[tuple[VideoFrame, float], None, None]:
        """Yield every picture with its seconds since the first; to be called once."""
        clock = _Clock(self.frame_rate)
        yield self.first, self._note(clock.seconds(self.first))
        while (picture := self._next_picture()) is not None:
            yield picture, self._note(clock.seconds(picture))

    def _first_picture(self) -> VideoFrame:
        picture = self._next_picture()
        if picture is None:
            if self.container is Container.ISO_BMFF and is_cut_off(self._file):
                raise UnreadableVideo("the video file is cut off", "truncated_video")
            raise UnreadableVideo("the video holds no picture that can be decoded", "no_frames")
        return picture

    def _next_picture(self) -> VideoFrame | None:
        begin = time.perf_counter()
        picture = next(self._pictures, None)
        self.progress.busy_time += time.perf_counter() - begin
        return picture

    def _decode(self, container: InputContainer) -> Generator[VideoFrame, None, None]:
        """Yield pictures; a packet that cannot be decoded is left out, an unreadable file ends the video."""
        packets = container.demux(self._stream)
        while (packet := _next_packet(packets)) is not None:
            self._count(packet)
            for picture in _pictures_of(packet):
                self._check_size(picture)
                self.progress.frames_decoded += 1
                yield picture

    def _count(self, packet: "Packet[VideoStream]") -> None:
        self.progress.bytes_read += packet.size
        self.progress.frames_read += packet.size > 0
        if self.progress.frames_read > self._config.max_frames:
            raise VideoLimitExceeded(f"the video has more than {self._config.max_frames} frames", "too_many_frames")

    def _check_size(self, picture: VideoFrame) -> None:
        _check_pixels(picture.width, picture.height, self._config)

    def _note(self, seconds: float) -> float:
        self.progress.duration = seconds
        if seconds > self._config.max_duration:
            raise VideoLimitExceeded(
                f"the video is longer than {self._config.max_duration:g} seconds", "video_too_long"
            )
        if self.progress.bytes_read * 8 > MAX_BIT_RATE * max(seconds, 1.0):
            raise VideoLimitExceeded("the video's bit rate is too high", "bit_rate_too_high")
        return seconds


class _Clock:
    """Turns presentation times into seconds since the first picture that never run backwards."""

    def __init__(self, frame_rate: float) -> None:
        self._step = 1.0 / frame_rate if frame_rate > 0 else 1.0 / 30
        self._origin: float | None = None
        self._now = -self._step

    def seconds(self, picture: VideoFrame) -> float:
        if picture.pts is None:
            self._now += self._step
            return self._now
        if self._origin is None:
            self._origin = picture.time
        self._now = max(picture.time - self._origin, self._now, 0.0)
        return self._now


def _open_container(file: BinaryIO, kind: Container, config: PipelineConfig) -> InputContainer:
    file.seek(0)
    options = {"max_pixels": str(config.max_pixels)}
    try:
        opened = av.open(file, format=kind.value, options=options, metadata_errors="replace")
        return cast(InputContainer, opened)
    except OutOfMemoryError:
        raise
    except FFmpegError as error:
        if kind is Container.ISO_BMFF and is_cut_off(file):
            raise UnreadableVideo("the video file is cut off", "truncated_video") from error
        raise UnreadableVideo(f"the video file cannot be read: {error.strerror}") from error


def _video_stream(container: InputContainer, config: PipelineConfig) -> VideoStream:
    if len(container.streams) > MAX_TRACKS:
        raise VideoLimitExceeded(f"the file has more than {MAX_TRACKS} tracks", "too_many_tracks")
    if len(container.streams.video) == 0:
        raise UnsupportedVideo("the file holds no video track", "no_video_track")
    stream = container.streams.video[0]
    context = stream.codec_context
    _check_pixels(context.width, context.height, config)
    context.thread_count = 1
    context.skip_frame = "NONREF"
    context.options = {"skip_loop_filter": "all", "max_pixels": str(config.max_pixels)}
    return stream


def _check_pixels(width: int, height: int, config: PipelineConfig) -> None:
    if width * height > config.max_pixels:
        raise VideoLimitExceeded(
            f"the video's {width}x{height} pixels are more than {config.max_pixels}", "too_many_pixels"
        )


def _next_packet(packets: "Iterator[Packet[VideoStream]]") -> "Packet[VideoStream] | None":
    try:
        return next(packets, None)
    except OutOfMemoryError:
        raise
    except FFmpegError:
        return None


def _pictures_of(packet: "Packet[VideoStream]") -> list[VideoFrame]:
    try:
        return packet.decode()
    except OutOfMemoryError:
        raise
    except FFmpegError:
        return []
