"""How runs are timed and put together."""

import time

import pytest

from bench.stopwatch import Sample, in_turns, median_cpu, median_wall, ratio_interval, timed, timed_child
from tests.bench.programs import burn_in_child


def burn(seconds: float = 0.05) -> None:
    """Use CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_work_left_behind_counts_as_cpu() -> None:
    """What a run leaves to be settled is part of what it costs."""
    assert timed(lambda: None, burn).cpu >= 0.05


def test_child_counts_as_its_parents_run() -> None:
    """A command's CPU is seen although another process used it."""
    assert timed_child(burn_in_child).cpu >= 0.05


def test_sides_run_in_turns() -> None:
    """Whatever disturbs the machine for a while disturbs both sides."""
    order: list[str] = []

    results = in_turns(2, lambda: order.append("ours"), lambda: order.append("other"))

    assert order == ["ours", "other", "ours", "other"]
    assert [len(result) for result in results] == [2, 2]


def test_medians_ignore_an_outlier() -> None:
    """One disturbed run in three changes nothing."""
    samples = [Sample(1.0, 0.5), Sample(90.0, 45.0), Sample(1.1, 0.6)]

    assert (median_wall(samples), median_cpu(samples)) == (1.1, 0.6)


def test_interval_of_equal_sides_holds_one() -> None:
    """Two sides that differ by noise alone have a ratio that may be 1."""
    ours = [1.0 + 0.01 * (number % 7) for number in range(100)]
    other = [1.0 + 0.01 * (number % 5 + 1) for number in range(100)]

    low, high = ratio_interval(ours, other)

    assert low < 1 < high


def test_interval_of_rounds_that_drift_together_is_narrow() -> None:
    """Rounds are drawn whole, so a machine that slows down for both sides leaves their ratio known."""
    drift = [1.0 + number / 50 for number in range(100)]

    low, high = ratio_interval([1.1 * load for load in drift], drift)

    assert (low, high) == pytest.approx((1.1, 1.1))
