"""Descriptive statistics of durations.

Percentiles are nearest rank: the p-th of n sorted values is the one at place ceil(p * n / 100). It is always a value
that was measured, and with few values P99 is the maximum, as in the original report. The median is the mean of
the two middle values when n is even.
"""

from typing import Final

import msgspec
import numpy as np

from telemetry.analyzer.table import Ints

SESSIONS_FOR_BOUND: Final = {95: 59, 99: 299}
"""How many independent values a one-sided 95 % upper bound of a percentile needs: ln 0.05 / ln (p / 100)."""


class Summary(msgspec.Struct, frozen=True):
    """Durations in seconds, and how many they are."""

    count: int
    mean: float
    median: float
    min: float
    max: float
    p95: float
    p99: float


def summarize(durations_ns: Ints) -> Summary | None:
    """Describe durations given in nanoseconds; without any there is nothing to describe."""
    if not len(durations_ns):
        return None
    ordered = np.sort(durations_ns)
    return Summary(
        count=len(ordered),
        mean=seconds(ordered.mean()),
        median=seconds(np.median(ordered)),
        min=seconds(ordered[0]),
        max=seconds(ordered[-1]),
        p95=seconds(nearest_rank(ordered, 95)),
        p99=seconds(nearest_rank(ordered, 99)),
    )


def nearest_rank(ordered: Ints, percent: int) -> int:
    """Return the value at place ceil(percent * n / 100), counted from 1, of sorted values."""
    place = -(-percent * len(ordered) // 100)
    return int(ordered[max(place, 1) - 1])


def seconds(nanoseconds: float) -> float:
    """Return nanoseconds as seconds, without digits finer than a nanosecond."""
    return round(float(nanoseconds) / 1e9, 9)
