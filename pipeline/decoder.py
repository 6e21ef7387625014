"""FFmpeg held on a short lead: one demuxer that is named, one decoder that is allowed, nothing else.

Nothing is decoded before the track was chosen, its codec found in CODECS and its size checked; the demuxer can open
no other file. docs/adr/0008-hostile-files.md says why.
"""

from io import SEEK_CUR, SEEK_END, SEEK_SET
from typing import BinaryIO, Final, cast

import av
from av.container import InputContainer
from av.error import ArgumentError, FFmpegError
from av.error import OverflowError as OutOfRangeError
from av.packet import Packet
from av.stream import Discard, Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from pipeline.container import Container
from pipeline.errors import UnreadableVideo, UnsupportedVideo, VideoLimitExceeded
from pipeline.memory import is_available

CODECS: Final = {
    "h264": "h264",
    "hevc": "hevc",
    "vp8": "vp8",
    "vp9": "vp9",
    "av1": "libdav1d",
    "mpeg4": "mpeg4",
    "mjpeg": "mjpeg",
}
"""Codecs that are taken, each with FFmpeg's decoder for it: what phones, browsers and webcams record."""

MAX_TRACKS: Final = 8
"""Phones write video, audio and a few tracks of metadata."""

_NOTHING: Final = "none"
"""As a list of what FFmpeg may use: the name of no decoder and of no protocol."""
_NOT_VIDEO: Final = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
"""Tracks of pictures beside the video, such as the cover of an audio file."""
_INDEX_MEMORY: Final = 16 << 20
"""Bytes that are more than the index of a video within the limits needs."""
_PIXEL_MEMORY: Final = 8
"""Bytes that are more than a pixel of a picture needs: three samples of 16 bits, and what the decoder notes beside."""
_LEAST_BACKSTOP: Final = 1 << 20
"""Pixels; small pictures are mostly padding."""
_FFMPEG: Final = f"FFmpeg {av.ffmpeg_version_info}"


def open_container(file: BinaryIO, kind: Container) -> InputContainer:
    """Open a file with the demuxer of its kind. No decoder runs, and FFmpeg does not learn the file's name.

    Raises:
        UnreadableVideo: the demuxer cannot read it.
        MemoryError: there is not enough memory.
    """
    options = {"format_whitelist": kind.value, "codec_whitelist": _NOTHING, "protocol_whitelist": _NOTHING}
    try:
        return av.open(_Reader(file), "r", kind.value, options, metadata_errors="replace")
    except FFmpegError as error:
        if not is_fault_of_file(error):
            raise
        reason = "it asks for too much" if isinstance(error, MemoryError) else error.strerror
    raise UnreadableVideo(f"the video file cannot be read: {reason}")


def choose_track(container: InputContainer) -> VideoStream:
    """Return the first video track and have the demuxer leave out all others.

    Raises:
        VideoLimitExceeded: there are more than MAX_TRACKS tracks.
        UnsupportedVideo: there is no video track, its codec is not taken, or this FFmpeg has no decoder for it.
    """
    if len(container.streams) > MAX_TRACKS:
        raise VideoLimitExceeded(f"the file has more than {MAX_TRACKS} tracks", "too_many_tracks")
    tracks = [track for track in container.streams.video if not track.disposition & _NOT_VIDEO]
    if not tracks:
        raise UnsupportedVideo("the file holds no video track", "no_video_track")
    _check_codec(tracks[0])
    for other in container.streams:
        if other is not tracks[0]:
            other.discard = Discard.all
    return tracks[0]


def is_fault_of_file(error: FFmpegError) -> bool:
    """Tell whether an error is about the file, not about memory.

    FFmpeg reports a lack of memory also when a header asks for more than could ever be, or for more tracks than
    FFmpeg allows; that memory is short shows in that nobody else gets any.
    """
    return not isinstance(error, MemoryError) or is_available(_INDEX_MEMORY)


class Decoder:
    """Decodes one track, single-threaded, without in-loop deblocking and without frames that nothing refers to."""

    def __init__(self, track: VideoStream, max_pixels: int) -> None:
        self._context = track.codec_context
        self._max_pixels = max_pixels
        self._check_size()
        # FFmpeg counts padding as pixels. Its own limit only has to keep a bomb from being allocated.
        backstop = max(2 * max_pixels, _LEAST_BACKSTOP)
        self._context.thread_count = 1
        self._context.skip_frame = "NONREF"
        self._context.options = {"skip_loop_filter": "all", "max_pixels": str(backstop)}

    def decode(self, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
        """Return the pictures that a packet completes, or without a packet those still held back.

        A packet that cannot be decoded gives none: the rest of the video may well be whole.

        Raises:
            VideoLimitExceeded: the pictures have too many pixels, from the start or from here on.
            MemoryError: there is not enough memory.
        """
        refused = False
        pictures: list[VideoFrame] = []
        try:
            pictures = self._context.decode(packet)
        except FFmpegError as error:
            refused = self._is_refusal_of_size(error)
        self._check_size(refused=refused)
        if not pictures:
            self._check_memory()
        return pictures

    def _is_refusal_of_size(self, error: FFmpegError) -> bool:
        """Tell whether FFmpeg failed at its own limit on pixels.

        dav1d fails with ERANGE, others set the size to nothing and fail with EINVAL; H.264 and HEVC leave the size in
        the context and fail in ways of their own, even with ENOMEM, or not at all.
        """
        if isinstance(error, ArgumentError) and self._context.width == 0:
            return True
        return isinstance(error, OutOfRangeError) or self._is_too_large()

    def _is_too_large(self) -> bool:
        return self._context.width * self._context.height > self._max_pixels

    def _check_size(self, *, refused: bool = False) -> None:
        if refused or self._is_too_large():
            raise VideoLimitExceeded(f"the video has more than {self._max_pixels} pixels a frame", "too_many_pixels")

    def _check_memory(self) -> None:
        """Find out whether memory is why there is no picture.

        Decoders do not tell: they leave out what they have no memory for, fail as if the packet were damaged, or
        complain about memory when a picture is too large for them.
        """
        pixels = max(self._context.width * self._context.height, 1)
        if not is_available(pixels * _PIXEL_MEMORY):
            raise MemoryError("not enough memory for another picture")


class _Reader:
    """A file as FFmpeg is to see it: from its start, without a name, and with nothing behind its end.

    Offsets in the file lead FFmpeg anywhere; the system refuses some of them with an error that would come out of PyAV
    as if it were ours.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.tell = file.tell
        self._file = file
        self._end = file.seek(0, SEEK_END)
        file.seek(0)

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Go to an offset, or to the end nearest to it."""
        origin = {SEEK_SET: 0, SEEK_CUR: self.tell(), SEEK_END: self._end}[whence]
        return self._file.seek(max(0, min(origin + offset, self._end)))


def _check_codec(track: VideoStream) -> None:
    context = cast(VideoCodecContext | None, track.codec_context)  # PyAV's types leave out the None
    if context is None:
        raise UnsupportedVideo(f"{_FFMPEG} has no decoder for the video's codec", "decoder_unavailable")
    name = context.codec.canonical_name
    if name not in CODECS:
        raise UnsupportedVideo(f"the video's codec {name} is not taken, only {', '.join(CODECS)}", "unsupported_codec")
    if context.codec.name != CODECS[name]:
        raise UnsupportedVideo(f"{_FFMPEG} has no decoder for the video's codec {name}", "decoder_unavailable")
