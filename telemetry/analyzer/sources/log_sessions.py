"""Which lines of performance.log belong together: sessions out of interleaved lines.

A session id may be used again, lines may be out of order, and a clock may be set meanwhile. An end line says how
long its session took, hence when it started: that finds its start line. What is left is paired in file order.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from telemetry.analyzer.sources.log_lines import TimingLine
from telemetry.analyzer.table import UNFINISHED
from telemetry.timing_lines import TimingPoint

SAME_MOMENT_NS: Final = 1_000_000_000
"""How far an end line minus its total time may lie from its start line. Both are cut to the millisecond; writing
the answer, and a clock that is slewed, take longer. Clocks that are set jump further."""

ENDS: Final = frozenset({TimingPoint.COMPLETE, TimingPoint.FAILED})


@dataclass(slots=True)
class LogSession:
    """The lines of one session; ``clock_step`` when its end is not where its start and total time put it."""

    identifier: str
    start: TimingLine | None
    end: TimingLine | None
    clock_step: bool = False
    lines: dict[TimingPoint, TimingLine] = field(default_factory=dict)

    @property
    def start_ns(self) -> int:
        """When the session started: what the start line says, else the end less the total time."""
        if self.start is not None:
            return self.start.at_ns
        return 0 if self.end is None else _expected_start(self.end)

    @property
    def duration_ns(self) -> int:
        """The total time, UNFINISHED without an end."""
        return UNFINISHED if self.end is None else self.end.durations_ns["total_time"]

    def takes(self, line: TimingLine) -> bool:
        """Tell whether a line may be of this session: its point is not there yet, and its time fits."""
        latest = self.start_ns + self.duration_ns + SAME_MOMENT_NS
        in_time = self.start_ns - SAME_MOMENT_NS <= line.at_ns and (self.end is None or line.at_ns <= latest)
        return line.point not in self.lines and in_time


def find_sessions(lines: Iterable[TimingLine]) -> tuple[list[LogSession], int]:
    """Return the sessions by start, and how many lines belong to none. The lines come in file order."""
    by_identifier: defaultdict[str, list[TimingLine]] = defaultdict(list)
    for line in lines:
        by_identifier[line.session].append(line)
    sessions: list[LogSession] = []
    strays = 0
    for identifier, own_lines in by_identifier.items():
        own = _sessions_of(identifier, own_lines)
        strays += _fill(own, own_lines)
        sessions += own
    return sorted(sessions, key=_start), strays


def _sessions_of(identifier: str, lines: list[TimingLine]) -> list[LogSession]:
    """Return the sessions of one id, by start."""
    pairs = _pairs_by_time(lines)
    paired = {id(line) for pair in pairs for line in pair}
    alone = [line for line in lines if id(line) not in paired]
    sessions = [LogSession(identifier, start, end) for start, end in pairs]
    return sorted([*sessions, *_sessions_by_order(identifier, alone)], key=_start)


def _pairs_by_time(lines: list[TimingLine]) -> list[tuple[TimingLine, TimingLine]]:
    """Pair start and end lines whose times and total time agree."""
    starts = sorted((line for line in lines if line.point is TimingPoint.REQUEST_START), key=lambda line: line.at_ns)
    ends = sorted((line for line in lines if line.point in ENDS), key=_expected_start)
    pairs = []
    first = 0
    for end in ends:
        expected_ns = _expected_start(end)
        while first < len(starts) and starts[first].at_ns < expected_ns - SAME_MOMENT_NS:
            first += 1
        if first < len(starts) and starts[first].at_ns <= expected_ns + SAME_MOMENT_NS:
            pairs.append((starts[first], end))
            first += 1
    return pairs


def _sessions_by_order(identifier: str, lines: list[TimingLine]) -> list[LogSession]:
    """Pair an end line with the last open start line before it; a clock was set between the two."""
    sessions: list[LogSession] = []
    unended: list[LogSession] = []
    for line in lines:
        if line.point is TimingPoint.REQUEST_START:
            unended.append(LogSession(identifier, line, None))
            sessions.append(unended[-1])
        elif line.point in ENDS and unended:
            session = unended.pop()
            session.end, session.clock_step = line, True
        elif line.point in ENDS:
            sessions.append(LogSession(identifier, None, line))
    return sessions


def _fill(sessions: list[LogSession], lines: list[TimingLine]) -> int:
    """Give the lines between start and end to the sessions of their id; return how many fit none."""
    starts = [session.start_ns for session in sessions]
    strays = 0
    for line in lines:
        if line.point is TimingPoint.REQUEST_START or line.point in ENDS:
            continue
        session = _session_for(line, sessions, bisect_right(starts, line.at_ns) - 1)
        if session is None:
            strays += 1
        else:
            session.lines[line.point] = line
    return strays


def _session_for(line: TimingLine, sessions: list[LogSession], latest: int) -> LogSession | None:
    """Return the session of a line: of those near the latest one started by then, the first that takes it.

    Sessions of one id that run at the same time cannot be told apart; the first to start is the first to go on.
    """
    near = [sessions[place] for place in (latest - 1, latest, latest + 1) if 0 <= place < len(sessions)]
    fitting = next((session for session in near if session.takes(line)), None)
    return sessions[0] if fitting is None and len(sessions) == 1 else fitting


def _start(session: LogSession) -> int:
    return session.start_ns


def _expected_start(end: TimingLine) -> int:
    return end.at_ns - max(end.durations_ns["total_time"], 0)
