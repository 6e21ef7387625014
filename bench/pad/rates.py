"""Error rates with their 95 % intervals."""

from dataclasses import dataclass
from math import exp, lgamma, log
from typing import Final

TAIL: Final = 0.025
"""Probability left out at each end of a 95 % interval."""

_HALVINGS: Final = 50


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many."""

    count: int
    total: int

    @property
    def value(self) -> float:
        """The share; 0 of nothing."""
        return self.count / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of Clopper and Pearson (1934): never too narrow, however few there are."""
        low = 0.0 if self.count == 0 else _probability(self.count, self.total, TAIL)
        high = 1.0 if self.count == self.total else _probability(self.count + 1, self.total, 1 - TAIL)
        return low, high

    def __str__(self) -> str:
        """Return the rate and its interval in percent."""
        low, high = self.interval
        return f"{100 * self.value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _probability(count: int, total: int, chance: float) -> float:
    """Return the probability of each at which ``count`` or more of ``total`` have the given chance."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = _at_least(count, total, middle) < chance
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2


def _at_least(count: int, total: int, probability: float) -> float:
    return sum(_exactly(number, total, probability) for number in range(count, total + 1))


def _exactly(count: int, total: int, probability: float) -> float:
    ways = lgamma(total + 1) - lgamma(count + 1) - lgamma(total - count + 1)
    return exp(ways + count * log(probability) + (total - count) * log(1 - probability))
