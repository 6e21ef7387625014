"""What a file is, and whether all of it is there, told by its bytes."""

import io
import re
import struct
from pathlib import Path

import pytest

from pipeline.container import MAGIC_BYTES, MAX_PARTS, Container, check_complete, sniff
from pipeline.errors import UnreadableVideo, UnsupportedVideo
from tests.pipeline.clips import box, write_clip
from tests.pipeline.specimens import FRAGMENTED, INDEX_FIRST, LIVE

FTYP = box(b"ftyp", b"isom\0\0\2\0")
MOOV = box(b"moov", bytes(100))
MDAT = box(b"mdat", bytes(100))
EBML = b"\x1a\x45\xdf\xa3\x80"
SEGMENT = b"\x18\x53\x80\x67"


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (FTYP, Container.ISO_BMFF),
        (box(b"ftyp", b"qt  \0\0\0\0"), Container.ISO_BMFF),
        (box(b"wide") + box(b"mdat"), Container.ISO_BMFF),
        (box(b"moov", bytes(8)), Container.ISO_BMFF),
        (b"\0\0\0\1mdat\0\0\0\0\0\0\1\0", Container.ISO_BMFF),
        (EBML + bytes(8), Container.MATROSKA),
        (b"RIFF\x10\0\0\0AVI LIST", Container.AVI),
    ],
)
def test_a_container_is_known_by_its_first_bytes(head: bytes, container: Container) -> None:
    """The first twelve bytes are enough, with or without more behind them."""
    assert sniff(head) is container
    assert sniff(head[:MAGIC_BYTES]) is container


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\0",
        FTYP[:7],
        b"RIFF\x10\0\0\0WAVEfmt ",
        b"RIFX\0\0\0\x10AVI LIST",
        b"\xff\xd8\xff\xe0\0\x10JFIF\0\1",
        b"\x89PNG\r\n\x1a\n\0\0\0\r",
        b"GIF89a" + bytes(8),
        b"PK\3\4" + bytes(8),
        b"FLV\1\5" + bytes(8),
        b"OggS" + bytes(8),
        b"\x47\x40\0\x10" + bytes(8),
        b"#EXTM3U\n#EXT-X-VERSION:3",
        b"<!DOCTYPE html>",
        b"I'm free today",
        b"#EXTftypisom",
        b" \t\r\nmoov####",
    ],
)
def test_everything_else_is_refused(head: bytes) -> None:
    """Other formats, text, and text that holds the right word in the right place are no video."""
    with pytest.raises(UnsupportedVideo, match="not an MP4, QuickTime, WebM, Matroska or AVI"):
        sniff(head)


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"])
def test_a_still_image_is_named(brand: bytes) -> None:
    """Photos of phones are ISO base media files as well."""
    with pytest.raises(UnsupportedVideo, match="still image"):
        sniff(box(b"ftyp", brand + bytes(4)))


@pytest.mark.parametrize(
    ("name", "encoder", "muxer"),
    [
        ("last.mp4", "libx264", None),
        ("first.mp4", "libx264", INDEX_FIRST),
        ("quick.mov", "libx264", None),
        ("video.avi", "mpeg4", None),
    ],
)
def test_a_file_cut_anywhere_is_noticed(tmp_path: Path, name: str, encoder: str, muxer: dict[str, str] | None) -> None:
    """Wherever an upload broke off, up to the last byte, the file itself tells."""
    data = write_clip(tmp_path / name, encoder, muxer=muxer).read_bytes()
    assert is_complete(data)
    assert [size for size in range(MAGIC_BYTES, len(data)) if is_complete(data[:size])] == []


@pytest.mark.parametrize(("name", "encoder"), [("video.webm", "libvpx"), ("video.mkv", "mpeg4")])
def test_matroska_cut_behind_its_header_is_noticed(tmp_path: Path, name: str, encoder: str) -> None:
    """As soon as the file has told its size; of one that has not, FFmpeg cannot make anything."""
    data = write_clip(tmp_path / name, encoder).read_bytes()
    segment = data.index(b"\x18\x53\x80\x67") + 12  # behind its identifier and its size
    assert is_complete(data)
    assert [size for size in range(segment, len(data)) if is_complete(data[:size])] == []


def test_fragments_may_be_cut_between_each_other(tmp_path: Path) -> None:
    """That is how recordings end; a few bytes of the next header, which hold nothing, do not matter."""
    data = write_clip(tmp_path / "fragments.mp4", muxer=FRAGMENTED).read_bytes()
    starts = [found.start() - 4 for found in re.finditer(b"moof", data)]
    assert len(starts) == 10
    allowed = [start + rest for start in starts[1:] for rest in range(8)]
    assert [size for size in range(MAGIC_BYTES, len(data)) if is_complete(data[:size])] == allowed


def test_webm_of_a_browser_cannot_be_judged(tmp_path: Path) -> None:
    """It has no size to compare with: what is there counts."""
    data = write_clip(tmp_path / "live.webm", "libvpx", muxer=LIVE).read_bytes()
    assert is_complete(data[: len(data) // 2])


@pytest.mark.parametrize("rubbish", [bytes(1000), b"PK\3\4" + bytes(100), b"\xff" * 20, b"\0", b"<html></html>"])
@pytest.mark.parametrize(("name", "encoder"), [("video.mp4", "libx264"), ("video.webm", "libvpx"), ("v.avi", "mpeg4")])
def test_rubbish_behind_a_video_is_not_read(tmp_path: Path, name: str, encoder: str, rubbish: bytes) -> None:
    """It makes a whole video neither cut off nor anything else."""
    assert is_complete(write_clip(tmp_path / name, encoder).read_bytes() + rubbish)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_an_avi_may_leave_its_size_open(tmp_path: Path, size: int) -> None:
    """Recorders that cannot go back write one of these."""
    data = write_clip(tmp_path / "video.avi", "mpeg4").read_bytes()
    assert is_complete(data[:4] + struct.pack("<I", size) + data[8:1000])


@pytest.mark.parametrize(
    ("data", "complete"),
    [
        (FTYP + MOOV + MDAT, True),
        (FTYP + MOOV + b"\0\0\0\1mdat" + struct.pack(">Q", 16), True),
        (FTYP + MOOV + b"\0\0\0\1mdat" + struct.pack(">Q", 1 << 40), False),
        (FTYP + MOOV + b"\0\0\0\0mdat" + bytes(50), True),
        (FTYP + b"\0\0\0\0mdat" + MOOV, False),
        (FTYP + MOOV + b"\0\0\0\2mdat" + bytes(50), True),
        (FTYP + MOOV, False),
        (FTYP + MDAT, False),
        (FTYP + MDAT + MOOV + box(b"beam", bytes(5))[:-1], True),
        (FTYP + box(b"free") * MAX_PARTS, True),
        (FTYP + box(b"moof") * MAX_PARTS, True),
        (FTYP[:-1], False),
    ],
)
def test_boxes_of_every_size_are_followed(data: bytes, complete: bool) -> None:
    """Sizes of 64 bits, to the end of the file, and impossible ones; a file in too many parts is left to FFmpeg."""
    assert is_complete(data) is complete


@pytest.mark.parametrize(
    ("data", "complete"),
    [
        (EBML + SEGMENT + b"\x84" + bytes(4), True),
        (EBML + SEGMENT + b"\x84" + bytes(3), False),
        (EBML + b"\xec\x82\0\0" + SEGMENT + b"\x84" + bytes(3), False),
        (EBML + SEGMENT + b"\x40\x04" + bytes(4), True),
        (EBML + SEGMENT + b"\x01" + struct.pack(">Q", 5)[1:] + bytes(4), False),
        (EBML + SEGMENT + b"\xff" + bytes(4), True),
        (EBML + SEGMENT + b"\x01" + b"\xff" * 7, True),
        (EBML + SEGMENT + b"\0" + bytes(7), True),
        (EBML + SEGMENT, True),
        (EBML + b"\0\0\0\0", True),
        (EBML[:4] + b"\x90\0", False),
        (EBML + b"\xec\x01" + b"\xff" * 6 + b"\xfe", True),
    ],
)
def test_sizes_of_matroska_are_read(data: bytes, complete: bool) -> None:
    """Sizes have one to eight bytes, may be unknown, and may be none at all."""
    assert is_complete(data) is complete


def test_a_still_image_under_another_brand_is_named() -> None:
    """It has a description of images where a video has its index."""
    with pytest.raises(UnsupportedVideo, match="still image"):
        check_complete(io.BytesIO(FTYP + box(b"meta", bytes(100)) + MDAT), Container.ISO_BMFF)


def is_complete(data: bytes) -> bool:
    """Tell whether data passes for a whole file."""
    try:
        check_complete(io.BytesIO(data), sniff(data))
    except UnreadableVideo as error:
        if error.code != "truncated_video":
            raise
        return False
    return True
