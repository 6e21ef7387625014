"""An uploaded video file: opened without trusting it, decoded in one pass under limits.

What the file says about itself is used to refuse it before any work is done, and never to let it pass: limits are
checked again on what is really there. Leaving out frames that nothing refers to and the in-loop deblocking filter
halves the work of decoding, changed no verdict and moves the measurements about as much as choosing other frames does
(docs/performance.md).
"""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import ClassVar, Final, Self

from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipeline.config import PipelineConfig
from pipeline.container import MAGIC_BYTES, check_complete, sniff
from pipeline.decoder import Decoder, choose_track, is_fault_of_file, open_container
from pipeline.errors import UnreadableVideo, VideoLimitExceeded
from pipeline.orientation import orientation_of

MAX_BIT_RATE: Final = 400e6
"""Bits per second, averaged from the start; phones stay below 150 Mbit/s even in 4K at 60 frames a second."""

_LEAD: Final = 1.0
"""Seconds that coded frames may be ahead of the picture that is shown."""


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

    ``orientation`` is how its pictures are turned upright, ``shown_size`` their width and height in pixels then.

    Raises:
        UnsupportedVideo: not a container or codec that is taken, or no video in it.
        UnreadableVideo: damaged, cut off or without a single picture.
        VideoLimitExceeded: more tracks, pixels, seconds, frames or bits per second than allowed.
        MemoryError: there is not enough memory.
    """

    decoder_class: ClassVar[type[Decoder]] = Decoder
    """What decodes; bench/shortcuts.py measures what it leaves out against one that leaves out nothing."""

    def __init__(self, path: Path, config: PipelineConfig) -> None:
        self._config = config
        self._file = path.open("rb")
        self._source: InputContainer | None = None
        self._pictures: Generator[VideoFrame, None, None] | None = None
        try:
            self.container = sniff(self._file.read(MAGIC_BYTES))
            check_complete(self._file, self.container)
            self._source = open_container(self._file, self.container)
            self._track = choose_track(self._source)
            self._check_index()
            self._decoder = self.decoder_class(self._track, config.max_pixels)
            self.progress = Progress()
            self._pictures = self._decode(self._source)
            self._first: VideoFrame | None = self._first_picture()
            self.orientation = orientation_of(self._first)
            self.shown_size = self.orientation.size(self._first.width, self._first.height)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let go of the decoder; safe to call twice."""
        if self._pictures is not None:
            self._pictures.close()
        if self._source is not None:
            self._source.close()
        self._file.close()

    @property
    def codec(self) -> str:
        """FFmpeg's name of the codec, such as ``h264``."""
        return self._track.codec_context.codec.canonical_name

    @property
    def frame_rate(self) -> float:
        """Frames per second as the container claims, 0 when it claims nothing."""
        return float(self._track.average_rate or 0)

    @property
    def rotation(self) -> int:
        """Degrees counter-clockwise by which a picture is turned to stand upright: 0, 90, 180 or 270."""
        return self.orientation.rotation

    def pictures(self) -> Generator[tuple[VideoFrame, float], None, None]:
        """Yield every picture with its seconds since the first; to be called once."""
        clock = _Clock(self._time_base, self.frame_rate)
        picture, self._first = self._first, None
        while picture is not None:
            yield picture, self._note(clock.seconds(picture))
            picture = self._next_picture()

    @property
    def _time_base(self) -> Fraction:
        return self._track.time_base or Fraction(1)

    def _check_index(self) -> None:
        """Refuse what is beyond a limit by its own index, if it has one, before it is decoded."""
        index = self._track.index_entries
        if len(index) > self._config.max_frames:
            raise self._too_many_frames()
        first, last = (index[0].timestamp, index[-1].timestamp) if len(index) > 0 else (0, 0)
        seconds = max(0.0, float((last - first) * self._time_base))
        self._check_duration(seconds)
        _check_bit_rate(sum(entry.size for entry in index), seconds)

    def _first_picture(self) -> VideoFrame:
        picture = self._next_picture()
        if picture is None:
            raise UnreadableVideo("the video holds no picture that can be decoded", "no_frames")
        return picture

    def _next_picture(self) -> VideoFrame | None:
        if self._pictures is None:
            return None
        begin = time.perf_counter()
        picture = next(self._pictures, None)
        self.progress.busy_time += time.perf_counter() - begin
        return picture

    def _decode(self, source: InputContainer) -> Generator[VideoFrame, None, None]:
        packets = source.demux(self._track)
        while (packet := _next_packet(packets)) is not None:
            self._count(packet)
            if packet.size > 0:  # to the decoder, an empty one would be the end
                yield from self._counted(self._decoder.decode(packet))
        yield from self._counted(self._decoder.decode(None))

    def _count(self, packet: "Packet[VideoStream]") -> None:
        if packet.size == 0 and packet.pts is None:  # PyAV's mark of the end
            return
        self.progress.frames_read += 1
        self.progress.bytes_read += packet.size
        if self.progress.frames_read > self._config.max_frames:
            raise self._too_many_frames()
        _check_bit_rate(self.progress.bytes_read, self.progress.duration)

    def _counted(self, pictures: list[VideoFrame]) -> list[VideoFrame]:
        """Count pictures as well: a packet may hold many."""
        self.progress.frames_decoded += len(pictures)
        if self.progress.frames_decoded > self._config.max_frames:
            raise self._too_many_frames()
        return pictures

    def _note(self, seconds: float) -> float:
        self._check_duration(seconds)
        self.progress.duration = seconds
        return seconds

    def _check_duration(self, seconds: float) -> None:
        if seconds > self._config.max_duration:
            raise VideoLimitExceeded(
                f"the video is longer than {self._config.max_duration:g} seconds", "video_too_long"
            )

    def _too_many_frames(self) -> VideoLimitExceeded:
        return VideoLimitExceeded(f"the video has more than {self._config.max_frames} frames", "too_many_frames")


class _Clock:
    """Turns presentation times into seconds since the first picture that never run backwards."""

    def __init__(self, time_base: Fraction, frame_rate: float) -> None:
        self._time_base = time_base
        self._step = 1.0 / frame_rate if frame_rate > 0 else 1.0 / 30
        self._origin: float | None = None
        self._now = -self._step

    def seconds(self, picture: VideoFrame) -> float:
        if picture.pts is None:
            self._now += self._step
            return self._now
        time_ = picture.pts * self._time_base.numerator / self._time_base.denominator
        if self._origin is None:
            self._origin = time_
        self._now = max(time_ - self._origin, self._now, 0.0)
        return self._now


def _check_bit_rate(size: int, seconds: float) -> None:
    if size * 8 > MAX_BIT_RATE * (seconds + _LEAD):
        raise VideoLimitExceeded("the video's bit rate is too high", "bit_rate_too_high")


def _next_packet(packets: "Iterator[Packet[VideoStream]]") -> "Packet[VideoStream] | None":
    """Return the next packet, None at the end and where the file cannot be read any further."""
    try:
        return next(packets, None)
    except FFmpegError as error:
        if is_fault_of_file(error):
            return None
        raise
