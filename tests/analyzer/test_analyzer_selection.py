"""Times and durations as they are typed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from telemetry.analyzer.errors import UsageError
from telemetry.analyzer.selection import parse_duration, parse_time

SECOND = 10**9
NOW = 1_768_473_015 * SECOND


def ns(moment: datetime) -> int:
    """Return whole seconds as Unix nanoseconds."""
    return int(moment.timestamp()) * SECOND


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), ("1h", 3600), ("1.5h", 5400), ("7d", 604800), ("2 w", 1209600)]
)
def test_durations(text: str, seconds: int) -> None:
    """A number and a unit."""
    assert parse_duration(text) == seconds * SECOND


@pytest.mark.parametrize("text", ["", "h", "1", "-1h", "1y", "1h30m", "0s", "1e3s", "٣h", "9999999999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """The message shows what is meant."""
    with pytest.raises(UsageError, match="write 90s, 30m, 1h, 7d or 2w"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-15T10:30:00Z", datetime(2026, 1, 15, 10, 30, tzinfo=UTC)),
        ("2026-01-15T10:30:00+02:00", datetime(2026, 1, 15, 10, 30, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-01-15 10:30", datetime(2026, 1, 15, 10, 30).astimezone()),
        ("2026-01-15", datetime(2026, 1, 15).astimezone()),
        ("20260115T1030", datetime(2026, 1, 15, 10, 30).astimezone()),
        ("1768473015", datetime.fromtimestamp(1768473015, UTC)),
    ],
)
def test_times(text: str, moment: datetime) -> None:
    """ISO 8601, local without an offset, or an epoch."""
    assert parse_time(text, NOW) == ns(moment)


@pytest.mark.parametrize("text", ["1768473015.25", "1768473015250", "1768473015250000", "1768473015250000000"])
def test_epochs_of_every_resolution(text: str) -> None:
    """The number of digits says which it is; fractions are kept."""
    assert parse_time(text, NOW) == NOW + SECOND // 4


def test_microseconds_of_a_time_are_kept() -> None:
    """A span that starts within the second must not fall out."""
    assert parse_time("2026-01-15T10:30:00.000001Z", NOW) % SECOND == 1000


def test_duration_counts_back_from_now() -> None:
    """``--since 2h`` is two hours ago, and never before 1970."""
    assert parse_time("2h", NOW) == NOW - 7200 * SECOND
    assert parse_time("9999w", NOW) == 0


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01", "17684730", "0001-01-01", "9999-12-31", "9" * 19, "12:30"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """Also what is a time but cannot be one of a span."""
    with pytest.raises(UsageError, match="time"):
        parse_time(text, NOW)
