"""Hostile and broken files, made on the spot, each with the error and the code that refuse it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, cast

import av
import cv2
import numpy as np
from av.packet import Packet
from av.stream import Disposition
from av.video.stream import VideoStream

from pipeline.config import PipelineConfig
from pipeline.errors import InputError, UnreadableVideo, UnsupportedVideo, VideoLimitExceeded
from tests.pipeline.bombs import (
    PIXEL_LIMIT,
    growing,
    heavy,
    heavy_without_index,
    hidden_bomb,
    open_bomb,
    with_samples,
)
from tests.pipeline.clips import (
    HEIGHT,
    RATE,
    WIDTH,
    box,
    patched,
    pattern,
    silence,
    spoil,
    write_clip,
    write_tracks,
)
from tests.pipeline.specimens import ENCODERS, FRAGMENTED, INDEX_FIRST, LIVE, MakeFile, rewrite

CONFIG: Final = PipelineConfig(model_dir=Path("no-models"))
FTYP: Final = box(b"ftyp", b"isom\0\0\2\0")


@dataclass(frozen=True, slots=True)
class Hostile:
    """A way to make a file, and how it is refused under ``config``."""

    make: MakeFile
    error: type[InputError]
    code: str
    config: PipelineConfig = CONFIG


def _unsupported(make: MakeFile, code: str = "unsupported_video") -> Hostile:
    return Hostile(make, UnsupportedVideo, code)


def _unreadable(make: MakeFile, code: str) -> Hostile:
    return Hostile(make, UnreadableVideo, code)


def _beyond(make: MakeFile, code: str, **limits: int) -> Hostile:
    return Hostile(make, VideoLimitExceeded, code, replace(CONFIG, **limits))  # type: ignore[arg-type]


def _bytes(data: bytes) -> MakeFile:
    def make(folder: Path) -> Path:
        path = folder / "video.mp4"
        path.write_bytes(data)
        return path

    return make


def _clip(name: str, encoder: str = "libx264", **how: object) -> MakeFile:
    return lambda folder: write_clip(folder / name, encoder, **how)  # type: ignore[arg-type]


def _changed(make: MakeFile, change: Callable[[bytes], bytes]) -> MakeFile:
    return lambda folder: rewrite(make(folder), change)


def _cut(make: MakeFile, share: float = 0.6) -> MakeFile:
    return _changed(make, lambda data: data[: int(len(data) * share)])


def _before(addition: bytes) -> MakeFile:
    return _changed(_clip("video.mp4"), lambda data: addition + data)


def _jpeg() -> bytes:
    return bytes(cv2.imencode(".jpg", pattern(0))[1])


def _sound_with_cover(folder: Path) -> Path:
    path = folder / "song.mp4"
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44100)
        cover = container.add_stream("mjpeg", rate=RATE)
        cover.width, cover.height, cover.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        container.mux([*sound.encode(silence()), *sound.encode(None)])
        packet = cast("Packet[VideoStream]", Packet(_jpeg()))
        packet.stream, packet.pts, packet.dts = cover, 0, 0
        container.mux(packet)
    return path


def _without_frames(folder: Path) -> Path:
    path = folder / "empty.mp4"
    with av.open(str(path), "w", options=FRAGMENTED) as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        container.start_encoding()
    return path


def _spoilt(folder: Path) -> Path:
    return spoil(write_clip(folder / "spoilt.mp4"), range(10))


def _far_away(data: bytes) -> bytes:
    """Say that the first fragment begins where no file ends."""
    offset = data.index(b"tfhd") + 12  # behind the type, the flags and the track
    return data[:offset] + (1 << 62).to_bytes(8) + data[offset + 8 :]


_LATE: Final = [0, 1, 2, 3, 4, 3000, 3001, 3002, 3003, 3004]
"""Presentation times of which the second half lies two minutes after the first."""
_NEVER: Final = [0, 1, 2, 3, 4, RATE * 10**9]
_SHORT: Final = [pattern(index) for index in range(6)]

CONTAINERS: Final[Mapping[str, Hostile]] = {
    "nothing": _unsupported(_bytes(b"")),
    "five bytes": _unsupported(_bytes(b"\0\0\0\x18f")),
    "a playlist": _unsupported(_bytes(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")),
    "a list of files": _unsupported(_bytes(b"ffconcat version 1.0\nfile /etc/passwd\n")),
    "text with a magic word": _unsupported(_bytes(b"#EXTftypisom\n#EXTINF:1,\nfile:///etc/passwd\n")),
    "a page before a video": _unsupported(_before(b"<html></html>")),
    "a photo before a video": _unsupported(_before(_jpeg())),
    "a transport stream": _unsupported(_clip("stream.ts")),
    "a still image": _unsupported(_clip("still.mp4", "libsvtav1", pictures=[pattern(0)], file_format="avif")),
    "a still image under another brand": _unsupported(
        _changed(
            _clip("still.mp4", "libsvtav1", pictures=[pattern(0)], file_format="avif"),
            lambda data: data[:8] + b"isom" + data[12:],
        )
    ),
    "a slide show": _unsupported(_clip("slides.mp4", "libsvtav1", file_format="avif")),
}
"""No container that is taken, or another file in front of one."""

TRACKS: Final[Mapping[str, Hostile]] = {
    "no track": _unsupported(_bytes(FTYP + box(b"moov") + box(b"mdat")), "no_video_track"),
    "sound alone": _unsupported(lambda folder: write_tracks(folder / "song.mp4", 0, 1), "no_video_track"),
    "sound with a cover": _unsupported(_sound_with_cover, "no_video_track"),
    "a codec of studios": _unsupported(_clip("studio.mov", "prores_ks", pix_fmt="yuv422p10le"), "unsupported_codec"),
    "a codec of the past": _unsupported(_clip("old.3gp", "h263", pictures=[pattern(0, 176, 144)]), "unsupported_codec"),
    "pictures as they are": _unsupported(_clip("raw.avi", "rawvideo"), "unsupported_codec"),
    "a codec without decoder": _unsupported(
        _changed(_clip("evc.mp4"), lambda data: patched(data, b"avc1", b"evc1")), "decoder_unavailable"
    ),
    "a codec nobody knows": _unsupported(
        _changed(_clip("none.mp4"), lambda data: patched(data, b"avc1", b"zzzz")), "decoder_unavailable"
    ),
    "nine tracks": _beyond(lambda folder: write_tracks(folder / "nine.mp4", 1, 8), "too_many_tracks"),
    "more tracks than FFmpeg counts": _unreadable(
        _bytes(FTYP + box(b"moov", box(b"trak") * 1001) + box(b"mdat")), "unreadable_video"
    ),
}
"""No video among the tracks, none that is decoded, or too many tracks."""

DAMAGED: Final[Mapping[str, Hostile]] = {
    "index lost": _unreadable(_cut(_clip("lost.mp4")), "truncated_video"),
    "pictures never written": _unreadable(_without_frames, "truncated_video"),
    "index never written": _unreadable(_bytes(FTYP + box(b"mdat", bytes(400))), "truncated_video"),
    "cut in its pictures": _unreadable(_cut(_clip("cut.mp4", muxer=INDEX_FIRST), 0.9), "truncated_video"),
    "cut in its index": _unreadable(_cut(_clip("cut.mp4", muxer=INDEX_FIRST), 0.3), "truncated_video"),
    "cut in a fragment": _unreadable(_cut(_clip("cut.mp4", muxer=FRAGMENTED)), "truncated_video"),
    "cut WebM": _unreadable(_cut(_clip("cut.webm", "libvpx")), "truncated_video"),
    "cut AVI": _unreadable(_cut(_clip("cut.avi", "mpeg4")), "truncated_video"),
    "rubbish in WebM": _unreadable(_bytes(b"\x1a\x45\xdf\xa3\x84\xff\xff\xff\xff" + b"\xaa" * 400), "unreadable_video"),
    "rubbish in its packets": _unreadable(_spoilt, "no_frames"),
    "no frame": _unreadable(_changed(_without_frames, lambda data: data + box(b"mdat")), "no_frames"),
    "pictures far behind its end": _unreadable(
        _changed(_clip("far.mp4", muxer={"movflags": "frag_every_frame+empty_moov"}), _far_away), "no_frames"
    ),
    "more frames than there are": _unreadable(
        _changed(_clip("countless.mp4"), lambda data: with_samples(data, 1, 0x7FFFFFFF)), "no_frames"
    ),
}
"""Cut off, damaged or empty."""

LIMITS: Final[Mapping[str, Hostile]] = {
    "frames by its index": _beyond(_clip("frames.mp4"), "too_many_frames", max_frames=9),
    "frames without an index": _beyond(_clip("frames.webm", "libvpx", muxer=LIVE), "too_many_frames", max_frames=9),
    "seconds by its index": _beyond(_clip("long.mp4", "mpeg4", times=_LATE), "video_too_long"),
    "seconds without an index": _beyond(_clip("long.webm", "libvpx", times=_LATE, muxer=LIVE), "video_too_long"),
    "seconds by a jump of thirty years": _beyond(
        _clip("jump.webm", "libvpx", pictures=_SHORT, times=_NEVER), "video_too_long"
    ),
    "bits a second by its index": _beyond(heavy, "bit_rate_too_high"),
    "bits a second without an index": _beyond(heavy_without_index, "bit_rate_too_high"),
    "pixels by a little": _beyond(_clip("pixels.mp4"), "too_many_pixels", max_pixels=WIDTH * HEIGHT - 1),
    "pixels by a lot": _beyond(
        _clip("pixels.mp4", pictures=[np.full((2592, 4608, 3), 128, np.uint8)]), "too_many_pixels"
    ),
    **{
        f"pixels, openly, in {name}": _beyond(open_bomb(name, encoder), "too_many_pixels", max_pixels=PIXEL_LIMIT)
        for name, encoder in ENCODERS.items()
    },
    **{
        f"pixels, under a lie, in {name}": _beyond(
            hidden_bomb(name, ENCODERS[name]), "too_many_pixels", max_pixels=PIXEL_LIMIT
        )
        for name in ("h264.mp4", "hevc.mp4", "av1.mp4", "vp8.webm", "vp9.webm", "mjpeg.avi", "mpeg4.avi")
    },
    **{
        f"pixels, from the middle on, in {encoder}": _beyond(
            growing(encoder), "too_many_pixels", max_pixels=PIXEL_LIMIT
        )
        for encoder in sorted(set(ENCODERS.values()))
    },
    **{
        f"pixels, a little from the middle on, in {encoder}": _beyond(
            growing(encoder, 2 * WIDTH, 2 * HEIGHT), "too_many_pixels", max_pixels=3 * WIDTH * HEIGHT
        )
        for encoder in sorted(set(ENCODERS.values()))
    },
}
"""Beyond a limit, whatever the header says."""

HOSTILE: Final[Mapping[str, Hostile]] = {**CONTAINERS, **TRACKS, **DAMAGED, **LIMITS}
