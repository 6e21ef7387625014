"""Which container a file is, judged by its magic bytes alone; names and types sent along are not trusted."""

from enum import StrEnum
from io import SEEK_END
from typing import BinaryIO, Final

from pipeline.errors import UnsupportedVideo

MAGIC_BYTES: Final = 12
"""Bytes needed from the start of a file to tell its container."""

_BOX_HEADER = 8
_EBML = b"\x1a\x45\xdf\xa3"
_BRANDLESS_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


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
        UnsupportedVideo: it is none of these.
    """
    if head[4:8] == b"ftyp" or head[4:8] in _BRANDLESS_BOXES:
        return Container.ISO_BMFF
    if head.startswith(_EBML):
        return Container.MATROSKA
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return Container.AVI
    raise UnsupportedVideo("the file is not an MP4, QuickTime, WebM, Matroska or AVI video")


def is_cut_off(file: BinaryIO) -> bool:
    """Tell whether an ISO base media file ends inside one of its top-level boxes, as a broken upload does.

    A box is a 32-bit size and a type; size 1 puts a 64-bit size behind the type, size 0 means up to the end
    of the file (ISO/IEC 14496-12, 4.2). The file's position is left where it was.
    """
    here = file.tell()
    end = file.seek(0, SEEK_END)
    position = 0
    try:
        while position < end:
            file.seek(position)
            header = file.read(_BOX_HEADER + 8)
            size = int.from_bytes(header[:4])
            if size == 1:
                size = int.from_bytes(header[_BOX_HEADER:])
            if size == 0:
                return False
            position += max(size, _BOX_HEADER)
        return position > end
    finally:
        file.seek(here)
