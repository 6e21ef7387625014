"""Lines of performance.log: the eight timing points, read and written in the original's form.

``2024-01-15 10:30:18,456 - INFO - VIDEO_LIVENESS_COMPLETE - session_id: abc123, result: pass, total_time: 3.333s``

Times are local, cut to the millisecond; durations are seconds rounded to the millisecond.
"""

import re
import time
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from telemetry.analyzer.table import UNFINISHED

MAX_LOG_TIME_NS: Final = 2**62
"""The year 2116: later than any log, and small enough for sums of two to fit 64 bits."""


class Point(StrEnum):
    """A timing point, in the order in which they happen to a session."""

    REQUEST_START = "VIDEO_LIVENESS_REQUEST_START"
    RECEIVE_START = "VIDEO_FILE_RECEIVE_START"
    RECEIVE_COMPLETE = "VIDEO_FILE_RECEIVE_COMPLETE"
    SAVE_COMPLETE = "VIDEO_FILE_SAVE_COMPLETE"
    PROCESSING_START = "VIDEO_PROCESSING_START"
    PROCESSING_COMPLETE = "VIDEO_PROCESSING_COMPLETE"
    COMPLETE = "VIDEO_LIVENESS_COMPLETE"
    FAILED = "VIDEO_LIVENESS_FAILED"


DETAIL_LINES: Final = ("VIDEO_PROCESSING_DETAILS", "FRAME_PROCESSING_DETAILS")
"""Lines of facematch.log, which may have been written to the same file; nothing of them is needed."""

DURATIONS: Final[Mapping[Point, tuple[str, ...]]] = {
    Point.RECEIVE_COMPLETE: ("duration",),
    Point.SAVE_COMPLETE: ("duration",),
    Point.PROCESSING_COMPLETE: ("duration",),
    Point.COMPLETE: ("total_time", "processing_time", "video_receive_time", "file_save_time"),
    Point.FAILED: ("total_time",),
}
"""The durations of a point; a line must have the first, and all of them when it may be cut off."""

_POINTS = frozenset(map(str, Point))
_LINE = re.compile(
    r"(?P<second>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),(?P<millisecond>\d{3}) - \w+ - (?P<point>\w+) - (?P<fields>.*)",
    re.ASCII,
)
_FIELD = re.compile(r"(\w+): (.*?)(?:, (?=\w+: )|$)", re.ASCII)
_SECONDS = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?s", re.ASCII)


class TimingLine(NamedTuple):
    """One timing point of one session; a duration that is negative in the log is UNFINISHED here."""

    point: Point
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
    if match is None and any(point in text for point in Point):
        raise MalformedLine("not in the form of a timing point")
    if match is None or match["point"] not in _POINTS:
        return None
    point = Point(match["point"])
    fields = dict(_FIELD.findall(match["fields"]))
    session = fields.get("session_id")
    if not session:
        raise MalformedLine("no session_id")
    at_ns = _local_ns(match["second"]) + int(match["millisecond"]) * 1_000_000
    durations_ns = _durations(point, fields, ended=ended)
    return TimingLine(point, at_ns, session, durations_ns, fields.get("result") or fields.get("error"))


def format_line(point: Point, at_ns: int, fields: Mapping[str, str]) -> str:
    """Write one line, newline included; a failure is logged as an error."""
    second, rest_ns = divmod(at_ns, 1_000_000_000)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(second))
    level = "ERROR" if point is Point.FAILED else "INFO"
    rendered = ", ".join(f"{key}: {value}" for key, value in fields.items())
    return f"{moment},{rest_ns // 1_000_000:03d} - {level} - {point} - {rendered}\n"


def format_seconds(duration_ns: int) -> str:
    """Write a duration the way the lines do."""
    return f"{duration_ns / 1e9:.3f}s"


def is_detail_line(text: str) -> bool:
    """Tell whether a line belongs to facematch.log."""
    return any(f" - {name} - " in text for name in DETAIL_LINES)


def _durations(point: Point, fields: Mapping[str, str], *, ended: bool) -> dict[str, int]:
    expected = DURATIONS.get(point, ())
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
