"""Percentiles and averages of durations."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.analyzer.statistics import nearest_rank, summarize

SECOND = 10**9


def test_summary_of_few_values_by_hand() -> None:
    """Each number of a summary, for values whose answer is plain to see."""
    summary = summarize(np.array([4, 1, 3, 2]) * SECOND)

    assert summary is not None
    assert (summary.count, summary.min, summary.max, summary.mean, summary.median) == (4, 1.0, 4.0, 2.5, 2.5)
    assert (summary.p95, summary.p99) == (4.0, 4.0)


def test_nothing_has_no_summary() -> None:
    """Without a value there is no mean, not even a NaN."""
    assert summarize(np.array([], np.int64)) is None


@pytest.mark.parametrize(
    ("count", "place95", "place99"), [(1, 1, 1), (20, 19, 20), (42, 40, 42), (100, 95, 99), (101, 96, 100)]
)
def test_percentiles_are_values_at_known_places(count: int, place95: int, place99: int) -> None:
    """The place is ceil(p * n / 100); with the 42 values of the original sample P99 is the maximum."""
    ordered = np.arange(1, count + 1)

    assert (nearest_rank(ordered, 95), nearest_rank(ordered, 99)) == (place95, place99)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=400), st.integers(1, 100))
def test_nearest_rank_is_the_definition(values: list[int], percent: int) -> None:
    """It is the smallest value that at least ``percent`` of all values do not exceed."""
    ordered = np.sort(np.array(values))

    found = nearest_rank(ordered, percent)

    assert 100 * np.count_nonzero(ordered <= found) >= percent * len(ordered)
    assert 100 * np.count_nonzero(ordered < found) < percent * len(ordered)
