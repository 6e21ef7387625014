"""Which container a file is and whether all of it arrived, judged by its bytes alone.

Names and types sent along are not trusted. What the file says about itself is believed when it speaks against the
file, never when it speaks for it.
"""

from collections.abc import Iterator
from enum import StrEnum
from io import SEEK_END
from typing import BinaryIO, Final

from pipeline.errors import UnreadableVideo, UnsupportedVideo

MAGIC_BYTES: Final = 12
"""Bytes needed from the start of a file to tell its container."""

MAX_PARTS: Final = 10_000
"""Parts of a file looked at for its end: a recording of a minute with a fragment for every frame has fewer."""

_BOX_HEADER: Final = 8
_LONG_BOX_HEADER: Final = 16
_BRANDLESS_BOXES: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
"""What QuickTime files begin with that are older than ``ftyp``."""
_VIDEO_BOXES: Final = _BRANDLESS_BOXES | {b"ftyp", b"moof", b"styp", b"sidx", b"uuid"}
"""Boxes a video consists of; another one that goes on after the end of the file is rubbish behind the video."""
_IMAGE_BRANDS: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"}
    | {b"avif", b"avis", b"avci", b"avcs", b"jpeg", b"jpgs", b"j2ki", b"j2is", b"vvic", b"vvis"}
)
"""Brands of still images and image sequences (ISO/IEC 23008-12, AVIF 1.1)."""

_EBML: Final = b"\x1a\x45\xdf\xa3"
_MATROSKA_PARTS: Final = (int.from_bytes(_EBML), 0x18538067)
"""Identifiers of what a Matroska file consists of: a header, and one Segment with everything else (RFC 9559)."""
_RIFF_HEADER: Final = 8
_UNKNOWN_RIFF_SIZES: Final = (0, 0xFFFFFFFF)
"""What recorders leave as the size when they cannot go back and fill it in."""


class Container(StrEnum):
    """A container that is taken; the value is the name of FFmpeg's demuxer for it."""

    ISO_BMFF = "mov"
    MATROSKA = "matroska"
    AVI = "avi"


def sniff(head: bytes) -> Container:
    """Return the container that ``head`` (at least MAGIC_BYTES of a file) starts.

    ISO base media files start with a size and ``ftyp`` (ISO/IEC 14496-12; old QuickTime files with another
    box), Matroska and WebM with the EBML identifier (RFC 8794), AVI with ``RIFF....AVI ``.

    Raises:
        UnsupportedVideo: it is none of these, or a still image.
    """
    if head.startswith(_EBML):
        return Container.MATROSKA
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return Container.AVI
    if head[4:8] in _VIDEO_BOXES and not _is_text(head[:4]):
        if head[4:8] == b"ftyp" and head[8:12] in _IMAGE_BRANDS:
            raise UnsupportedVideo("the file is a still image, not a video")
        return Container.ISO_BMFF
    raise UnsupportedVideo("the file is not an MP4, QuickTime, WebM, Matroska or AVI video")


def check_complete(file: BinaryIO, container: Container) -> None:
    """Refuse a file that by its own account goes on after its end, as a broken upload does.

    Formats that need not tell their size, such as a browser's WebM, cannot be judged and pass. Rubbish behind a whole
    video passes too: nothing reads it.

    Raises:
        UnreadableVideo: the file is cut off (``truncated_video``).
        UnsupportedVideo: it is a still image, of which this is the only sign when its brand lies.
    """
    end = file.seek(0, SEEK_END)
    match container:
        case Container.ISO_BMFF:
            _check_boxes(file, end)
        case Container.MATROSKA:
            _check_segment(file, end)
        case Container.AVI:
            _check_riff(file, end)


def _is_text(size: bytes) -> bool:
    """Tell whether the size of a box is text: as a size it would stand for more than 144 MiB."""
    return all(32 <= byte < 127 or byte in b"\t\n\r" for byte in size)


def _check_boxes(file: BinaryIO, end: int) -> None:
    seen = []
    for kind, box_end in _boxes(file, end):
        if box_end > end and kind in _VIDEO_BOXES:
            raise UnreadableVideo("the video file is cut off", "truncated_video")
        seen.append(kind)
        if len(seen) == MAX_PARTS:
            return
    if b"moov" not in seen and b"meta" in seen:
        raise UnsupportedVideo("the file is a still image, not a video")
    if b"moov" not in seen:
        raise UnreadableVideo("the video file is cut off before its index (moov)", "truncated_video")
    if b"mdat" not in seen or seen[-1] == b"moof":
        raise UnreadableVideo("the video file is cut off before its pictures (mdat)", "truncated_video")


def _boxes(file: BinaryIO, end: int) -> Iterator[tuple[bytes, int]]:
    """Yield type and end of each top-level box.

    A box is a 32-bit size and a type; size 1 puts a 64-bit size behind the type, size 0 means up to the end of the
    file (ISO/IEC 14496-12, 4.2).
    """
    position = 0
    while position + _BOX_HEADER <= end:
        file.seek(position)
        header = file.read(_LONG_BOX_HEADER)
        size = int.from_bytes(header[:4])
        if size == 1:
            size = int.from_bytes(header[8:])
        position = end if size == 0 else position + max(size, _BOX_HEADER)
        yield header[4:8], position


def _check_segment(file: BinaryIO, end: int) -> None:
    """Compare the sizes of the parts with the file's; a browser's Segment has none."""
    position = parts = 0
    while position < end and parts < MAX_PARTS:
        file.seek(position)
        identifier = _variable_integer(file, keep_marker=True)
        size = _variable_integer(file, keep_marker=False)
        if identifier is None or size is None:
            return
        position = file.tell() + size
        parts += 1
        if position > end and identifier in _MATROSKA_PARTS:
            raise UnreadableVideo("the video file is cut off", "truncated_video")


def _variable_integer(file: BinaryIO, *, keep_marker: bool) -> int | None:
    """Read EBML's variable-size integer (RFC 8794, 4): leading zero bits tell its bytes. None: no or unknown value."""
    first = file.read(1)
    length = 9 - first[0].bit_length() if first else 9
    rest = file.read(length - 1)
    if length > 8 or len(rest) < length - 1:
        return None
    value = int.from_bytes(first + rest)
    marker = 1 << 7 * length
    if keep_marker:
        return value
    return None if value == 2 * marker - 1 else value - marker


def _check_riff(file: BinaryIO, end: int) -> None:
    file.seek(4)
    size = int.from_bytes(file.read(4), "little")
    if size not in _UNKNOWN_RIFF_SIZES and _RIFF_HEADER + size > end:
        raise UnreadableVideo("the video file is cut off", "truncated_video")
