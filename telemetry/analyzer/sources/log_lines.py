"""Lines of performance.log, the eight timing points, read back: times that are local, durations in seconds."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from telemetry.analyzer.table import UNFINISHED
from telemetry.timing_lines import FIELDS, POINTS, DetailLine, Kind, TimingPoint

MAX_LOG_TIME_NS: Final = 2**62
"""The year 2116: later than any log, and small enough for sums of two to fit 64 bits."""

DURATIONS: Final[Mapping[TimingPoint, tuple[str, ...]]] = {
    point: tuple(key for key in POINTS[point] if FIELDS[key].kind is Kind.SECONDS) for point in TimingPoint
}
"""The durations of a point; a line must have the first, and all of them when it may be cut off."""

_NAMES = frozenset(map(str, TimingPoint))
_LINE = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(?P<millisecond>\d{3}) - \w+ - (?P<point>\w+) - (?P<fields>.*)",
    re.ASCII,
)
_FIELD = re.compile(r"(\w+): (.*?)(?:, (?=\w+: )|$)", re.ASCII)
_SECONDS = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?s", re.ASCII)


class TimingLine(NamedTuple):
    """One timing point of one session; a duration that is negative in the log is UNFINISHED here."""

    point: TimingPoint
    at_ns: int
    session: str
    durations_ns: Mapping[str, int]
    outcome: str | None
    """The result of a completed session, the error of a failed one."""


class MalformedLine(ValueError):
    """The line names a timing point but cannot be read."""


def parse_line(text: str, *, ended: bool = True) -> TimingLine | None:
    """Read one line; None means that it is no timing point. A line that has not ``ended`` must be complete.

    Raises:
        MalformedLine: it is a timing point that cannot be read.
    """
    match = _LINE.fullmatch(text)
    if match is None and any(point in text for point in TimingPoint):
        raise MalformedLine("not in the form of a timing point")
    if match is None or match["point"] not in _NAMES:
        return None
    point = TimingPoint(match["point"])
    fields = dict(_FIELD.findall(match["fields"]))
    session = fields.get("session_id")
    if not session:
        raise MalformedLine("no session_id")
    at_ns = _local_ns(match["second"]) + int(match["millisecond"]) * 1_000_000
    durations_ns = _durations(point, fields, ended=ended)
    return TimingLine(point, at_ns, session, durations_ns, fields.get("result") or fields.get("error"))


def is_detail_line(text: str) -> bool:
    """Tell whether a line belongs to facematch.log, which may have been written to the same file."""
    return any(f" - {name} - " in text for name in DetailLine)


def _durations(point: TimingPoint, fields: Mapping[str, str], *, ended: bool) -> dict[str, int]:
    expected = DURATIONS[point]
    needed = expected[:1] if ended else expected
    if missing := [key for key in needed if key not in fields]:
        raise MalformedLine(f"no {missing[0]}")
    return {key: _duration_ns(fields[key]) for key in expected if key in fields}


def _duration_ns(text: str) -> int:
    if not _SECONDS.fullmatch(text):
        raise MalformedLine(f"not a number of seconds: {text}")
    seconds = float(text.removesuffix("s"))
    return round(seconds * 1e9) if seconds >= 0 else UNFINISHED


@lru_cache(maxsize=4096)
def _local_ns(second: str) -> int:
    try:
        at_ns = int(datetime.fromisoformat(second).timestamp()) * 1_000_000_000
    except (ValueError, OverflowError, OSError):
        raise MalformedLine(f"no such time: {second}") from None
    if not 0 < at_ns < MAX_LOG_TIME_NS:
        raise MalformedLine(f"no time of a log: {second}")
    return at_ns
