"""One figure: what was measured, what it is compared with, and the goals it is held to."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Subject(Enum):
    """What of a figure a goal is about."""

    RATIO = "ratio"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured value with its unit, such as ``s``, ``MiB`` or ``MiB/s``."""

    value: float
    unit: str

    def __str__(self) -> str:
        """Return three significant digits and the unit."""
        return f"{significant(self.value)} {self.unit}"


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit that a figure should keep to; written down before anything was measured."""

    bound: str
    limit: float
    of: Subject
    unit: str = ""

    def reached(self, value: float) -> bool:
        """Whether a value keeps to the limit."""
        return _BOUNDS[self.bound](value, self.limit)

    def __str__(self) -> str:
        """Return the goal in words."""
        limit = f"{self.limit:g} {self.unit}".strip()
        return f"{self.bound} {limit}"


_BOUNDS: Final[dict[str, Callable[[float, float], bool]]] = {"at most": operator.le, "at least": operator.ge}


def ratio_at_most(limit: float) -> Goal:
    """Return the goal of a ratio that should be small."""
    return Goal("at most", limit, Subject.RATIO)


def ratio_at_least(limit: float) -> Goal:
    """Return the goal of a ratio that should be large."""
    return Goal("at least", limit, Subject.RATIO)


def ours_at_most(limit: float, unit: str) -> Goal:
    """Return the goal of our own value, in its unit."""
    return Goal("at most", limit, Subject.OURS, unit)


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table: medians, each over so many runs."""

    name: str
    ours: Quantity
    runs: int
    compared_with: str = ""
    other: Quantity | None = None
    other_runs: int | None = None
    """None when both sides ran equally often."""
    ratio: float | None = None
    interval: tuple[float, float] | None = None
    """95 % bootstrap interval of the ratio."""
    goals: tuple[Goal, ...] = ()

    def reached(self, goal: Goal) -> bool:
        """Whether the figure keeps to one of its goals; the interval plays no part."""
        value = self.ratio if goal.of is Subject.RATIO else self.ours.value
        assert value is not None
        return goal.reached(value)


@dataclass(frozen=True, slots=True)
class NotMeasured:
    """A row for what could not be measured, with the reason."""

    name: str
    reason: str


Row = Figure | NotMeasured


def compared(  # noqa: PLR0913 - the cells of a row
    name: str, ours: float, what: str, other: float, *goals: Goal, unit: str, runs: int
) -> Figure:
    """Return the figure of two medians in one unit, with the ratio of ours to the other."""
    return Figure(name, Quantity(ours, unit), runs, what, Quantity(other, unit), ratio=ours / other, goals=goals)


class CannotMeasure(Exception):
    """A figure cannot be measured here; the message says why in a few words."""


def significant(value: float) -> str:
    """Return a number with three significant digits and no exponent, for reading."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.2e}".partition("e")[2])
    return f"{value:.{max(0, 2 - exponent)}f}"
