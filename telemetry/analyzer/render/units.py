"""Numbers in units a person can read at a glance."""

NO_DATA = "no data"


def fixed_seconds(value: float | None) -> str:
    """Write seconds the way the original report does: ``5.201s``."""
    return NO_DATA if value is None else f"{value:.3f}s"


def percent(fraction: float | None) -> str:
    """Write a fraction the way the original report does: ``84.00%``."""
    return NO_DATA if fraction is None else f"{fraction:.2%}"


def short_duration(value: float) -> str:
    """Write seconds with three to four digits: ``5.201 s``, ``312 ms``, ``3.12 ms``, ``0.045 ms``."""
    if value >= 1:
        return f"{value:.3f} s" if value < 100 else f"{value:.1f} s"
    milliseconds = value * 1000
    decimals = 0 if milliseconds >= 100 else 1 if milliseconds >= 10 else 2 if milliseconds >= 1 else 3
    return f"{milliseconds:.{decimals}f} ms"


def long_duration(value: float) -> str:
    """Write seconds in the unit that suits a span of time: ``45.2 min``, ``23.6 h``, ``6.8 days``."""
    for unit, size, least in (("days", 86400, 2), ("h", 3600, 2), ("min", 60, 2)):
        if value >= least * size:
            return f"{value / size:.1f} {unit}"
    return f"{value:.1f} s"


def rate(per_second: float | None) -> str:
    """Write a rate per second, or per hour where that has too few digits."""
    if per_second is None:
        return NO_DATA
    return f"{per_second:.3f} req/s" if per_second >= 0.1 else f"{per_second * 3600:.2f} req/h"


def number_of(count: int, noun: str) -> str:
    """Write a count with its noun: ``1 span``, ``2 spans``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
