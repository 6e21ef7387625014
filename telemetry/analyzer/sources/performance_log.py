"""The original performance.log, also one that others wrote: sessions rebuilt from their timing points."""

from collections.abc import Iterator
from typing import Final

from telemetry.analyzer.loaded import LoadedSpans
from telemetry.analyzer.problems import ProblemKind, ProblemLog
from telemetry.analyzer.sources.files import find_files
from telemetry.analyzer.sources.lines import Line, read_lines
from telemetry.analyzer.sources.log_lines import MalformedLine, TimingLine, is_detail_line, parse_line
from telemetry.analyzer.sources.log_sessions import ENDS, LogSession, find_sessions
from telemetry.analyzer.sources.log_spans import spans_of
from telemetry.analyzer.table import UNFINISHED

LOG_FILE_MARK: Final = ".log"
BACKWARDS_NS: Final = 1_000_000_000
"""How far the time of an end line may lie before that of the last one: processes that end sessions at the same
moment may swap their lines. Other lines say nothing, for a session that is not identified yet writes them late."""


def load(path: str) -> LoadedSpans:
    """Read the sessions of a log file, of several (a glob), or of standard input (``-``).

    Raises:
        SourceFailed: there is nothing to read, or nothing that can be opened.
    """
    problems = ProblemLog()
    files = find_files(path, LOG_FILE_MARK)
    sessions, strays = find_sessions(_timing_lines(read_lines(files, problems), problems))
    problems.note(ProblemKind.STRAY_LINE, None, strays)
    for session in sessions:
        _note_oddities(session, problems)
    rows = [row for number, session in enumerate(sessions, 1) for row in spans_of(session, number)]
    return LoadedSpans.of(rows, problems, kind="performance_log", name=path, files=len(files))


def _timing_lines(lines: Iterator[Line], problems: ProblemLog) -> Iterator[TimingLine]:
    """Give the timing points in file order, noting every other line and where time runs backwards."""
    file, latest_ns = "", 0
    for line in lines:
        timing_line = _parsed(line, problems)
        if timing_line is None:
            continue
        if timing_line.point in ENDS:
            if line.file == file and timing_line.at_ns < latest_ns - BACKWARDS_NS:
                problems.note(ProblemKind.TIME_RUNS_BACKWARDS, line.place)
            file, latest_ns = line.file, timing_line.at_ns
        yield timing_line


def _parsed(line: Line, problems: ProblemLog) -> TimingLine | None:
    text = line.text.decode(errors="replace").strip()
    try:
        timing_line = parse_line(text, ended=line.ended)
    except MalformedLine:
        problems.note(ProblemKind.MALFORMED_LINE if line.ended else ProblemKind.TRUNCATED_LINE, line.place)
        return None
    if timing_line is None and not is_detail_line(text):
        # what was to become of a line cut off early cannot be told
        problems.note(ProblemKind.FOREIGN_LINE if line.ended else ProblemKind.TRUNCATED_LINE, line.place)
    return timing_line


def _note_oddities(session: LogSession, problems: ProblemLog) -> None:
    if session.start is None:
        problems.note(ProblemKind.LOST_START, session.identifier)
    if session.clock_step:
        problems.note(ProblemKind.CLOCK_STEP, session.identifier)
    lines = [*session.lines.values(), *filter(None, [session.end])]
    negative = sum(UNFINISHED in line.durations_ns.values() for line in lines)
    problems.note(ProblemKind.NEGATIVE_DURATION, session.identifier, negative)
