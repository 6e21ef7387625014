"""What a source hands on: the spans, what was wrong with them, and what was read."""

from dataclasses import dataclass

import msgspec

from telemetry.analyzer.problems import ProblemKind, ProblemLog
from telemetry.analyzer.readable import readable
from telemetry.analyzer.table import SpanRow, SpanTable


class SourceFacts(msgspec.Struct, frozen=True):
    """What was read: the kind of source, its name as given, and how much of it there was."""

    kind: str
    name: str
    files: int
    spans: int


@dataclass(frozen=True, slots=True)
class LoadedSpans:
    """The spans of a source, each once, with the problems found so far."""

    table: SpanTable
    problems: ProblemLog
    source: SourceFacts

    @classmethod
    def of(cls, rows: list[SpanRow], problems: ProblemLog, *, kind: str, name: str, files: int) -> "LoadedSpans":
        """Make the table, dropping spans that were read twice."""
        table = SpanTable.of(rows)
        first = table.first_of_each()
        problems.note(ProblemKind.DUPLICATE_SPAN, None, len(table) - len(first))
        kept = table if len(first) == len(table) else table.take(first)
        return cls(kept, problems, SourceFacts(kind, readable(name), files, len(kept)))
