"""Score thresholds: what one half of the clips would choose, and how the other half fares with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.pad.measurements import MEASUREMENTS, Measurement
from bench.pad.outcome import Outcome
from bench.pad.rates import Rate

Sides = tuple[list[float], list[float]]
"""Values that should lie below a score threshold, and values that should lie above."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A score threshold, and what of the other half lies on its wrong side."""

    threshold: float
    above: Rate
    """Of what should lie below."""
    below: Rate
    """Of what should lie above."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The score threshold in the code beside the one that the half for choosing would choose."""

    measurement: Measurement
    in_code: Trial
    chosen: Trial | None
    """None where one side of that half is empty."""


def choices(outcomes: Sequence[Outcome]) -> Iterator[Choice]:
    """Choose every score threshold that the outcomes of one engine set have something to say about."""
    for measurement in MEASUREMENTS:
        first, other = (_sides(measurement, outcomes, half) for half in (True, False))
        if any((*first, *other)):
            chosen = _tried(best_threshold(*first), other) if all(first) else None
            yield Choice(measurement, _tried(measurement.threshold, other), chosen)


def best_threshold(below: Sequence[float], above: Sequence[float]) -> float:
    """Return the middle of the gap between two groups or, where they overlap, what misplaces the least of both."""
    edges = np.unique([*below, *above])
    candidates = [edges[0], *(edges[1:] + edges[:-1]) / 2, edges[-1]]
    misplaced = [np.mean(np.array(below) >= at) + np.mean(np.array(above) < at) for at in candidates]
    return float(candidates[int(np.argmin(misplaced))])


def _sides(measurement: Measurement, outcomes: Sequence[Outcome], for_choosing: bool) -> Sides:
    half = [outcome for outcome in outcomes if outcome.is_for_choosing is for_choosing]
    below = [value for one in half if measurement.below(one) for value in measurement.values(one)]
    return below, [value for one in half if measurement.above(one) for value in measurement.values(one)]


def _tried(threshold: float, sides: Sides) -> Trial:
    below, above = sides
    return Trial(
        threshold,
        Rate(sum(value >= threshold for value in below), len(below)),
        Rate(sum(value < threshold for value in above), len(above)),
    )
