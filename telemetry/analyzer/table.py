"""Spans as columns: what every source gives and every analysis takes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MAX_TIME_NS: Final = 2**63 - 1
"""The latest time a column holds: in the year 2262."""

UNFINISHED: Final = -1
"""The duration of a span whose end is not known."""


class Status(IntEnum):
    """Span status, numbered as in OTLP."""

    UNSET = 0
    OK = 1
    ERROR = 2


class Kind(IntEnum):
    """The span kinds that make a difference here, numbered as in OTLP."""

    UNSPECIFIED = 0
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3


class Facts(NamedTuple):
    """The attributes kept of a span, None where it has none."""

    session: str | None = None
    verdict: str | None = None
    error_type: str | None = None


NO_FACTS: Final = Facts()


class SpanRow(NamedTuple):
    """One span on its way into a table: ids in lower-case hex (``parent`` empty at the top), times in ns."""

    trace: str
    span: str
    parent: str
    name: str
    kind: int
    start_ns: int
    duration_ns: int
    status: int
    service: str | None
    facts: Facts


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of text: per span a code, the place of its text in ``values``; -1 where it has none."""

    codes: Ints
    values: tuple[str, ...]

    @classmethod
    def of(cls, texts: Sequence[str | None]) -> "Labels":
        """Number the texts in order of appearance."""
        values = tuple(text for text in dict.fromkeys(texts) if text is not None)
        codes: dict[str | None, int] = {value: code for code, value in enumerate(values)}
        codes[None] = -1
        return cls(np.fromiter(map(codes.__getitem__, texts), np.int64, len(texts)), values)

    def text(self, row: int) -> str | None:
        """Return the text of one span."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]

    def take(self, rows: Ints) -> "Labels":
        """Return the column for some rows only."""
        return Labels(self.codes[rows], self.values)

    def among(self, wanted: Iterable[str]) -> Bools:
        """Tell for each span whether its text is one of these."""
        chosen = set(wanted)
        codes = [code for code, value in enumerate(self.values) if value in chosen]
        return np.isin(self.codes, codes)


@dataclass(frozen=True, slots=True)
class SpanTable:
    """Spans in the order they were read. Ids are unsigned 64-bit, a parent of 0 is none, times Unix ns."""

    trace: Labels
    span: NDArray[np.uint64]
    parent: NDArray[np.uint64]
    name: Labels
    kind: Ints
    start_ns: Ints
    duration_ns: Ints
    status: Ints
    service: Labels
    session: Labels
    verdict: Labels
    error_type: Labels

    def __len__(self) -> int:
        return len(self.span)

    @classmethod
    def of(cls, rows: Sequence[SpanRow]) -> "SpanTable":
        """Turn rows into columns."""
        columns = list(zip(*rows, strict=True)) or [()] * len(SpanRow._fields)
        trace, span, parent, name, kind, start_ns, duration_ns, status, service, facts = columns
        return cls(
            trace=Labels.of(trace),
            span=_ids(span),
            parent=_ids([identifier or "0" * 16 for identifier in parent]),
            name=Labels.of(name),
            kind=np.array(kind, np.int64),
            start_ns=np.array(start_ns, np.int64),
            duration_ns=np.array(duration_ns, np.int64),
            status=np.array(status, np.int64),
            service=Labels.of(service),
            session=Labels.of([fact.session for fact in facts]),
            verdict=Labels.of([fact.verdict for fact in facts]),
            error_type=Labels.of([fact.error_type for fact in facts]),
        )

    @property
    def end_ns(self) -> Ints:
        """Ends, equal to the starts where the end is not known."""
        return self.start_ns + np.maximum(self.duration_ns, 0)

    def take(self, rows: Ints) -> "SpanTable":
        """Return a table of some rows only, in the order given."""
        columns: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, column in columns.items():
            columns[name] = column.take(rows) if isinstance(column, Labels) else column[rows]
        return SpanTable(**columns)

    def first_of_each(self) -> Ints:
        """Return the rows that are left when spans read a second time (same trace and span id) are dropped."""
        _, first = np.unique(self._keys(self.span), return_index=True)
        return np.sort(first)

    def parent_rows(self) -> Ints:
        """Return for each span the row of its parent in the same trace, -1 where it has none here."""
        if not len(self):
            return np.empty(0, np.int64)
        own, wanted = np.split(self._keys(self.span, self.parent), 2)
        order = np.argsort(own, kind="stable")
        place = np.minimum(np.searchsorted(own[order], wanted), len(self) - 1)
        rows = order[place]
        return np.where((own[rows] == wanted) & (self.parent != 0), rows, -1)

    def _keys(self, *columns: NDArray[np.uint64]) -> Ints:
        """Return one number for each trace and span id, equal where both are, for one column after the other."""
        known, codes = np.unique(np.concatenate(columns), return_inverse=True)
        return np.tile(self.trace.codes, len(columns)) * len(known) + codes


def _ids(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Turn ids of 16 hex digits into numbers."""
    return np.frombuffer(bytes.fromhex("".join(texts)), ">u8").astype(np.uint64)
