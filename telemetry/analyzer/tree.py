"""One trace as a tree of stages, each with its duration and a bar on the time axis of the whole.

Stages of the same name under the same parent, such as the frames, share one row with their number. Its bar is
the higher, the fuller that moment is with them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np

from telemetry.analyzer.axis import TimeAxis
from telemetry.analyzer.bars import ASCII, BLOCKS, Glyphs, bar, density
from telemetry.analyzer.readable import readable
from telemetry.analyzer.render.units import short_duration
from telemetry.analyzer.table import SpanTable, Status
from telemetry.stages import ROOTS

MAX_LABEL: Final = 44
MIN_BAR: Final = 20
DURATION_WIDTH: Final = 10
MAX_DEPTH: Final = 32
"""Ours are three deep; a name further down would have no room."""

RED: Final = "31"
CYAN: Final = "36"


@dataclass(frozen=True, slots=True)
class Style:
    """How a tree is drawn: columns in all, blocks or ASCII, with or without colours."""

    width: int = 100
    ascii_only: bool = False
    colour: bool = False

    @property
    def glyphs(self) -> Glyphs:
        """The characters to draw with."""
        return ASCII if self.ascii_only else BLOCKS

    def paint(self, text: str, code: str) -> str:
        """Colour a text by an ANSI code, if colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One row of the tree: the spans it stands for (several of one name, or one), and where they are drawn."""

    name: str
    branches: str
    starts_ns: tuple[int, ...]
    durations_ns: tuple[int, ...]
    failed: bool

    def label(self, glyphs: Glyphs) -> str:
        """Return the branches and the name, with the number of spans and a mark when one failed."""
        number = f" {glyphs.times} {len(self.starts_ns)}" if len(self.starts_ns) > 1 else ""
        mark = f" {glyphs.failed}" if self.failed else ""
        return self.branches + readable(self.name) + number + mark

    @property
    def duration(self) -> str:
        """How long the spans took together."""
        if min(self.durations_ns) < 0:
            return "no end"
        return short_duration(sum(self.durations_ns) / 1e9)


def render_tree(table: SpanTable, trace: int, style: Style) -> str:
    """Draw one trace, given by its code in ``table.trace``, as lines of text, newline included."""
    own = table.take(np.flatnonzero(table.trace.codes == trace))
    glyphs = style.glyphs
    rows = list(tree_rows(own, glyphs))
    label_width = min(max(len(row.label(glyphs)) for row in rows), MAX_LABEL)
    bar_width = max(style.width - label_width - DURATION_WIDTH - 3, MIN_BAR)
    axis = TimeAxis(int(own.start_ns.min()), int(own.end_ns.max()))
    lines = [
        f"{_fit(row.label(glyphs), label_width, glyphs)} {row.duration:>{DURATION_WIDTH}}  "
        + style.paint(_bar(row, axis, bar_width, glyphs), RED if row.failed else CYAN)
        for row in rows
    ]
    margin = " " * (label_width + DURATION_WIDTH + 3)
    scale = [margin + line for line in axis.scale(bar_width, glyphs)]
    return "\n".join([*_heading(own), "", *lines, *scale]) + "\n"


def tree_rows(own: SpanTable, glyphs: Glyphs) -> Iterator[TreeRow]:
    """Give the rows of a table that holds one trace, parents before their children, by start."""
    children = _children(own)
    waiting = [(group, "", "") for group in reversed(_groups(own, children[-1], children))]
    while waiting:
        spans, branches, trunk = waiting.pop()
        yield _row(own, spans, branches)
        if len(spans) > 1 or len(trunk) > MAX_DEPTH * len(glyphs.trunk):
            continue
        groups = _groups(own, children[spans[0]], children)
        for place, group in reversed(list(enumerate(groups, 1))):
            is_last = place == len(groups)
            branch, below = (glyphs.corner, " " * len(glyphs.trunk)) if is_last else (glyphs.fork, glyphs.trunk)
            waiting.append((group, trunk + branch, trunk + below))


def _children(own: SpanTable) -> Mapping[int, list[int]]:
    """Return the rows below each row by start; those at the top are below -1."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    parents = own.parent_rows()
    for row in np.argsort(own.start_ns, kind="stable").tolist():
        children[int(parents[row])].append(row)
    return children


def _groups(own: SpanTable, rows: Sequence[int], children: Mapping[int, list[int]]) -> list[tuple[int, ...]]:
    """Put rows of one name together, unless there is something below them."""
    groups: dict[tuple[str | None, int], list[int]] = {}
    for row in rows:
        key = (own.name.text(row), row if children[row] else -1)
        groups.setdefault(key, []).append(row)
    return [tuple(group) for group in groups.values()]


def _row(own: SpanTable, spans: tuple[int, ...], branches: str) -> TreeRow:
    chosen = list(spans)
    return TreeRow(
        name=own.name.text(spans[0]) or "",
        branches=branches,
        starts_ns=tuple(own.start_ns[chosen].tolist()),
        durations_ns=tuple(own.duration_ns[chosen].tolist()),
        failed=bool((own.status[chosen] == Status.ERROR).any()),
    )


def _bar(row: TreeRow, axis: TimeAxis, width: int, glyphs: Glyphs) -> str:
    intervals = [axis.interval(*span) for span in zip(row.starts_ns, row.durations_ns, strict=True)]
    return bar(intervals[0], width, glyphs) if len(intervals) == 1 else density(intervals, width, glyphs)


def _fit(text: str, width: int, glyphs: Glyphs) -> str:
    return text.ljust(width) if len(text) <= width else text[: width - 1] + glyphs.ellipsis


def _heading(own: SpanTable) -> Iterator[str]:
    yield f"Trace {own.trace.text(0)}"
    roots = np.flatnonzero(own.name.among(ROOTS)).tolist()
    for row in roots:
        moment = datetime.fromtimestamp(int(own.start_ns[row]) // 10**9).astimezone()
        session = readable(own.session.text(row) or "not recorded")
        yield f"Session {session}, {moment.isoformat(sep=' ')}, {_ending(own, row)}"
    if not roots:
        yield "Incomplete: the request itself was never recorded."


def _ending(own: SpanTable, row: int) -> str:
    if own.duration_ns[row] < 0:
        return "incomplete: no end"
    duration = short_duration(int(own.duration_ns[row]) / 1e9)
    if own.status[row] == Status.ERROR:
        return f"failed after {duration}: {readable(own.error_type.text(row) or 'not recorded')}"
    return f"completed in {duration}: {readable(own.verdict.text(row) or 'no verdict recorded')}"
