"""Ways to damage a video file, each drawn from a random number generator so that it can be done again."""

import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

Mutation = Callable[[bytearray, Random], None]

MOST_MUTATIONS: Final = 4
"""Mutations of one file."""
_LONGEST_RUN: Final = 64
_PADDING: Final = 70_000
"""Zeros behind a file: more than a size of two bytes can claim."""
_REACH: Final = 32
"""Bytes behind the name of a header field within which its values lie."""
_TAG: Final = re.compile(
    rb"ftyp|moov|trak|mdia|minf|stbl|stsd|stts|ctts|stsc|stsz|stco|stss|elst|mvhd|tkhd|mdhd|hdlr|avcC|hvcC|av1C|vpcC|esds"
    rb"|avc1|hvc1|hev1|av01|mp4v|moof|traf|trun|tfhd|tfdt|mdat|RIFF|LIST|avih|strh|strf|idx1|00dc"
    rb"|\x1a\x45\xdf\xa3|\x18\x53\x80\x67|\x15\x49\xa9\x66|\x16\x54\xae\x6b|\x1f\x43\xb6\x75|\x1c\x53\xbb\x6b"
    rb"|\xae|\xe0|\xb0|\xba|\xa3|\xe7|\x63\xa2|\x86"
)
"""Names of boxes (ISO BMFF), chunks (AVI) and elements (Matroska)."""
_TELLING_NUMBERS: Final = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Where sizes, counts and offsets go wrong."""


def mutate(data: bytes, others: Sequence[bytes], random: Random) -> bytes:
    """Return a file damaged in up to MOST_MUTATIONS ways, one of which may be the end of another file.

    Half of the files get zeros behind them: what sizes claim is there then, and the file is not simply cut off.
    """
    changed = bytearray(data)
    for _ in range(random.randint(1, MOST_MUTATIONS)):
        if random.random() < 0.05:
            _splice(changed, random.choice(others), random)
        elif changed:
            random.choice(MUTATIONS)(changed, random)
    if random.random() < 0.5:
        changed += bytes(_PADDING)
    return bytes(changed)


def flip_bits(data: bytearray, random: Random) -> None:
    """Flip up to 32 bits anywhere."""
    for _ in range(random.randint(1, 32)):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)


def overwrite(data: bytearray, random: Random) -> None:
    """Put a run of one byte, or of random ones, in place of what is there."""
    start, size = random.randrange(len(data)), random.randint(1, _LONGEST_RUN)
    run = random.randbytes(size) if random.random() < 0.5 else bytes([random.randrange(256)]) * size
    data[start : start + size] = run[: len(data) - start]


def truncate(data: bytearray, random: Random) -> None:
    """Leave the beginning."""
    del data[random.randrange(len(data)) :]


def remove(data: bytearray, random: Random) -> None:
    """Take out a piece."""
    start, end = _piece(data, random)
    del data[start:end]


def repeat(data: bytearray, random: Random) -> None:
    """Say a piece twice."""
    start, end = _piece(data, random)
    data[end:end] = data[start:end]


def swap(data: bytearray, random: Random) -> None:
    """Let two neighbouring pieces change places."""
    start, middle, end = sorted(random.randrange(len(data) + 1) for _ in range(3))
    data[start:end] = data[middle:end] + data[start:middle]


def resize(data: bytearray, random: Random) -> None:
    """Change the size of a box, chunk or element, which stands before its name or behind it."""
    found = _tag(data, random)
    if found is not None:
        place = found.start() - 4 if random.random() < 0.5 else found.end()
        _put(data, place, random)


def lie(data: bytearray, random: Random) -> None:
    """Change a value in a header."""
    found = _tag(data, random)
    if found is not None:
        _put(data, found.end() + random.randrange(_REACH), random)


MUTATIONS: Final[Sequence[Mutation]] = (
    flip_bits,
    overwrite,
    truncate,
    remove,
    repeat,
    swap,
    resize,
    resize,
    lie,
    lie,
    lie,
)
"""What is drawn from; lies in headers are the most likely, for they get furthest."""


def _splice(data: bytearray, other: bytes, random: Random) -> None:
    cut = random.randrange(len(data) + 1)
    data[cut:] = other[cut:]


def _piece(data: bytearray, random: Random) -> tuple[int, int]:
    start = random.randrange(len(data))
    return start, start + random.randint(1, max(1, len(data) // 8))


def _tag(data: bytearray, random: Random) -> re.Match[bytes] | None:
    found = list(_TAG.finditer(data))
    return random.choice(found) if found else None


def _put(data: bytearray, place: int, random: Random) -> None:
    """Write a number of one, two, four or eight bytes, in either order."""
    size = random.choice((1, 2, 4, 4, 8))
    number = random.choice(_TELLING_NUMBERS) if random.random() < 0.7 else random.getrandbits(8 * size)
    place = max(place, 0)
    written = (number % (1 << 8 * size)).to_bytes(size, random.choice(("big", "little")))
    data[place : place + size] = written[: max(len(data) - place, 0)]
