"""Bars on a time axis, cell by cell: blocks where the terminal has them, ASCII where not."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

Interval = tuple[float, float]
"""Start and end as fractions of the axis."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What bars and branches are drawn with.

    ``left`` are cells filled from their left by growing parts, ``right`` from their right, ``level`` from their
    bottom; the first of each stands for the smallest part that is not nothing, the last for a whole cell.
    """

    left: str
    right: str
    level: str
    fork: str
    corner: str
    trunk: str
    axis: tuple[str, str, str, str]
    times: str
    failed: str
    ellipsis: str


BLOCKS: Final = Glyphs(
    left="▏▎▍▌▋▊▉█",
    right="▕▐█",
    level="▁▂▃▄▅▆▇█",
    fork="├─ ",
    corner="└─ ",
    trunk="│  ",
    axis=("├", "─", "┼", "┤"),
    times="\N{MULTIPLICATION SIGN}",
    failed="✗",
    ellipsis="…",
)
ASCII: Final = Glyphs(
    left="-=#",
    right="-=#",
    level=".:=#",
    fork="|- ",
    corner="`- ",
    trunk="|  ",
    axis=("|", "-", "|", "|"),
    times="x",
    failed="!",
    ellipsis="~",
)

JUST_VISIBLE: Final = 1 / 16
"""Half of the smallest part of a cell: less at the end of a bar is left out."""


def bar(interval: Interval, width: int, glyphs: Glyphs) -> str:
    """Draw one interval on an axis of ``width`` cells; however short, it is seen."""
    start, end = (min(max(edge, 0.0), 1.0) * width for edge in interval)
    first = min(int(start), width - 1)
    if end <= first + 1:
        return " " * first + _speck(start - first, end - first, glyphs)
    last = min(int(end), width)
    head = _part(1 - (start - first), glyphs.right)
    tail = _part(end - last, glyphs.left) if end - last >= JUST_VISIBLE else ""
    return (" " * first + head + glyphs.left[-1] * (last - first - 1) + tail).rstrip()


def density(intervals: Sequence[Interval], width: int, glyphs: Glyphs) -> str:
    """Draw many intervals as one row: the fuller a cell is with them, the higher it stands."""
    filled = [0.0] * width
    for interval in intervals:
        start, end = (min(max(edge, 0.0), 1.0) * width for edge in interval)
        first, last = min(int(start), width - 1), min(int(end), width - 1)
        for cell in range(first, last + 1):
            filled[cell] += max(min(end, cell + 1) - max(start, cell), 1e-9)
    return "".join(_part(min(part, 1.0), glyphs.level) if part else " " for part in filled).rstrip()


def _speck(start: float, end: float, glyphs: Glyphs) -> str:
    """Draw what lies within one cell, on the side of the cell where it is."""
    middle = (start + end) / 2
    return _part(end - start, glyphs.left if middle <= 0.5 else glyphs.right)


def _part(part: float, growing: str) -> str:
    """Return the glyph that comes closest to a part of a cell."""
    return growing[max(round(part * len(growing)), 1) - 1]
