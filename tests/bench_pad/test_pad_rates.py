"""Error rates and their intervals."""

import pytest

from bench.pad.rates import Rate


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (0, 200, 0.0, 0.018275),  # no error: 1 - 0.025 ** (1 / 200)
        (200, 200, 0.981725, 1.0),
        (5, 100, 0.016432, 0.112835),
        (0, 10, 0.0, 0.308497),
    ],
)
def test_interval_is_that_of_clopper_and_pearson(count: int, total: int, low: float, high: float) -> None:
    """The published values: beta quantiles at 2.5 and 97.5 percent."""
    assert Rate(count, total).interval == pytest.approx((low, high), abs=2e-5)


def test_rate_of_nothing_says_nothing() -> None:
    """Without clips the interval is all there is."""
    assert Rate(0, 0).value == 0.0
    assert Rate(0, 0).interval == (0.0, 1.0)


def test_rate_is_told_in_percent() -> None:
    """The form of the tables."""
    assert str(Rate(5, 100)) == "5.0 % (1.6 to 11.3)"
