"""Choosing score thresholds."""

import pytest

from bench.pad.thresholds import best_threshold


def test_middle_of_the_gap_is_chosen() -> None:
    """Groups that do not touch are told apart with as much room on both sides."""
    assert best_threshold([0.0, 1.0, 2.0], [4.0, 9.0]) == pytest.approx(3.0)


def test_overlap_misplaces_the_least() -> None:
    """One stray of each group does not move the score threshold to itself."""
    below, above = [1.0, 2.0, 3.0, 20.0], [0.0, 10.0, 11.0, 12.0]

    assert 3.0 < best_threshold(below, above) <= 10.0


def test_share_counts_and_not_number() -> None:
    """A group of many clips does not outvote a small one."""
    assert best_threshold([1.0] * 100 + [6.0], [5.0, 7.0]) < 5.0
