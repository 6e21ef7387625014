"""Which sessions a report is about: a span of time and a service."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from telemetry.analyzer.errors import UsageError
from telemetry.analyzer.table import MAX_TIME_NS

UNITS_NS: Final = {"s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9, "w": 7 * 86400 * 10**9}

_DURATION = re.compile(r"(\d{1,9}(?:\.\d+)?)\s*([smhdw])", re.ASCII)
_EPOCH = re.compile(r"(\d{9,11})(?:\.(\d{1,9}))?|(\d{13}|\d{16}|\d{19})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Selection:
    """Sessions that start in [since, until), Unix nanoseconds, of one service; None means no limit."""

    since_ns: int | None = None
    until_ns: int | None = None
    service: str | None = None


def parse_duration(text: str) -> int:
    """Return the nanoseconds of ``90s``, ``30m``, ``1.5h``, ``7d`` or ``2w``.

    Raises:
        UsageError: it is none of these.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise UsageError(f"not a duration: {text!r} (write 90s, 30m, 1h, 7d or 2w)")
    return round(float(match[1]) * UNITS_NS[match[2]])


def parse_time(text: str, now_ns: int) -> int:
    """Return the Unix nanoseconds of an ISO 8601 time, an epoch, or a duration back from now.

    A time without an offset is local. An epoch has 10 digits for seconds (and maybe a fraction), 13 for milli-,
    16 for micro- and 19 for nanoseconds.

    Raises:
        UsageError: it is none of these.
    """
    text = text.strip()
    if _DURATION.fullmatch(text):
        return max(now_ns - parse_duration(text), 0)
    epoch = _EPOCH.fullmatch(text)
    if epoch is None:
        return _iso_ns(text)
    if epoch[3]:
        return _within_range(text, int(epoch[3].ljust(19, "0")))
    return int(epoch[1]) * 10**9 + int((epoch[2] or "").ljust(9, "0"))


def _iso_ns(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        whole = int(moment.replace(microsecond=0).timestamp())
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"not a time: {text!r} (write 2026-01-15T10:30, an epoch, or 1h for an hour ago)") from None
    return _within_range(text, whole * 10**9 + moment.microsecond * 1000)


def _within_range(text: str, time_ns: int) -> int:
    if not 0 <= time_ns <= MAX_TIME_NS:
        raise UsageError(f"a time out of range: {text!r}")
    return time_ns
