"""What is wrong with the data that was read: counted by kind, with the place of the first."""

from enum import StrEnum

import msgspec


class ProblemKind(StrEnum):
    """A kind of problem; the value is stable, for programs that read the JSON report."""

    UNREADABLE_FILE = "unreadable_file"
    EMPTY_FILE = "empty_file"
    DAMAGED_GZIP = "damaged_gzip"
    MALFORMED_LINE = "malformed_line"
    TRUNCATED_LINE = "truncated_line"
    FOREIGN_LINE = "foreign_line"
    UNUSABLE_SPAN = "unusable_span"
    DUPLICATE_SPAN = "duplicate_span"
    NEGATIVE_DURATION = "negative_duration"
    CLOCK_STEP = "clock_step"
    TIME_RUNS_BACKWARDS = "time_runs_backwards"
    LOST_START = "lost_start"
    LOST_PARENT = "lost_parent"
    STRAY_LINE = "stray_line"
    INCOMPLETE_SESSION = "incomplete_session"


MEANINGS = {
    ProblemKind.UNREADABLE_FILE: "files that could not be read",
    ProblemKind.EMPTY_FILE: "empty files",
    ProblemKind.DAMAGED_GZIP: "damaged or cut-off gzip files, read as far as they go",
    ProblemKind.MALFORMED_LINE: "malformed lines, skipped",
    ProblemKind.TRUNCATED_LINE: "last lines cut off in the middle, skipped",
    ProblemKind.FOREIGN_LINE: "lines that are no timing points, skipped",
    ProblemKind.UNUSABLE_SPAN: "spans without a usable id, name or time, skipped",
    ProblemKind.DUPLICATE_SPAN: "spans that occur again (same trace and span id), removed",
    ProblemKind.NEGATIVE_DURATION: "spans that end before they start, their durations left out",
    ProblemKind.CLOCK_STEP: "times that contradict each other because a clock was set (durations are kept as measured)",
    ProblemKind.TIME_RUNS_BACKWARDS: "places where time runs backwards because a clock was set or logs were joined",
    ProblemKind.LOST_START: "sessions with an end but no start line, taken to start at their end minus total time",
    ProblemKind.LOST_PARENT: "stages whose parent span is missing",
    ProblemKind.STRAY_LINE: "timing points of no session that starts or ends here, ignored",
    ProblemKind.INCOMPLETE_SESSION: "sessions without a known end, still running or lost, counted nowhere else",
}
"""What each kind means, in words that a count follows."""


class Problem(msgspec.Struct, frozen=True):
    """One kind of problem: how often, and where first (``file:line``, a file, or an id)."""

    kind: ProblemKind
    count: int
    first: str | None
    message: str


class ProblemLog:
    """Collects problems while data is read; a report lists them in the order of ``ProblemKind``."""

    def __init__(self) -> None:
        self._counts: dict[ProblemKind, int] = {}
        self._first: dict[ProblemKind, str | None] = {}

    def note(self, kind: ProblemKind, place: str | None = None, count: int = 1) -> None:
        """Count a problem; the first place noted for a kind is the one that is kept."""
        if count <= 0:
            return
        self._counts[kind] = self._counts.get(kind, 0) + count
        self._first.setdefault(kind, place)

    def problems(self) -> list[Problem]:
        """Return every kind that was noted."""
        return [self._problem(kind) for kind in ProblemKind if kind in self._counts]

    def _problem(self, kind: ProblemKind) -> Problem:
        count, first = self._counts[kind], self._first[kind]
        place = f" (first: {first})" if first else ""
        return Problem(kind, count, first, f"{MEANINGS[kind]}: {count}{place}")
