"""Measured angles against true ones: how much of a turn or nod is seen, and how much of one is taken for the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench.pad.outcome import Outcome
from bench.pad.species import NODS, Kind
from pipeline.movement import Signal

_ONE_WAY_TURNS = ("turn_left", "turn_right")


@dataclass(frozen=True, slots=True)
class Gain:
    """Measured degrees for each degree of the movement that was made: the median and the tenths at both ends."""

    measured: str
    made: str
    clips: int
    low: float
    median: float
    high: float


def gains(outcomes: Sequence[Outcome]) -> Iterator[Gain]:
    """Compare ranges of angles, over clips of people who were asked to turn to one side, and to nod."""
    for made, challenges in (("turn", _ONE_WAY_TURNS), ("nod", NODS)):
        clips = [one for one in outcomes if one.species.kind is Kind.PERFORMED and one.key.challenge in challenges]
        for measured in ("turn", "nod"):
            ratios = [ratio for clip in clips if (ratio := _ratio(clip, measured, made)) is not None]
            if ratios:
                low, median, high = np.percentile(ratios, (10, 50, 90)).tolist()
                yield Gain(measured, made, len(ratios), low, median, high)


def _ratio(outcome: Outcome, measured: str, made: str) -> float | None:
    if outcome.movement is None or outcome.truth is None:
        return None
    times = np.array(outcome.truth.times)
    true = Signal(times, np.array(getattr(outcome.truth, made)))
    signal: Signal = getattr(outcome.movement, measured)
    return signal.range / true.range if true.range > 0 else None
