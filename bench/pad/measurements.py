"""What is measured in a clip, and on which side of its score threshold each kind of clip should lie."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bench.pad.outcome import Outcome
from bench.pad.species import NODS, TURNS, Kind
from pipeline.challenge import NOD_RANGE, PARALLAX_RANGE, TURN_RANGE, measure
from pipeline.decision import HEAD_RELIEF, HEADS_OWN_RELIEF, MIN_VIEWS, PLANE_RELIEF
from pipeline.movement import LEAP, Movement, Signal
from pipeline.quality import MIN_LIKENESS

Test = Callable[[Outcome], bool]

_ONE_WAY: Final = ("turn_left", "turn_right")


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement with its score threshold."""

    constant: str
    """Name of the score threshold in the code."""
    title: str
    unit: str
    threshold: float
    values: Callable[[Outcome], Sequence[float]]
    """None, one or several values of a clip."""
    below: Test
    """Whether a clip should lie below the score threshold."""
    above: Test


def _relief(side: str) -> Callable[[Outcome], Sequence[float]]:
    def values(outcome: Outcome) -> Sequence[float]:
        value = outcome.relief(side)
        return [] if value is None else [value]

    return values


def _reach(
    gestures: Sequence[str], full: float, seen_by: Callable[[Movement], Movement] = lambda movement: movement
) -> Callable[[Outcome], Sequence[float]]:
    """Measure how far a clip went in the gesture it was asked for or, asked for another, in each; as a whole range."""

    def values(outcome: Outcome) -> Sequence[float]:
        if outcome.movement is None:
            return []
        movement = seen_by(outcome.movement)
        asked = outcome.key.challenge
        measured = [asked] if asked in gestures else gestures
        return [full * one.value / one.threshold for gesture in measured for one in measure(gesture, movement)]

    return values


def _by_landmarks(movement: Movement) -> Movement:
    return replace(movement, parallax_turn=Signal(np.empty(0), np.empty(0)))


def _by_parallax(movement: Movement) -> Movement:
    return replace(movement, landmark_turn=None)


def _turn_by_landmarks(outcome: Outcome) -> Sequence[float]:
    seen = outcome.movement is not None and outcome.movement.landmark_turn is not None
    return _reach(_ONE_WAY, TURN_RANGE, _by_landmarks)(outcome) if seen else []


def _heads_own_relief(outcome: Outcome) -> Sequence[float]:
    return [outcome.movement.heads_own_relief()] if outcome.relief("as_head") is not None and outcome.movement else []


def _leap(outcome: Outcome) -> Sequence[float]:
    leap = outcome.movement.leap if outcome.movement is not None else 0.0
    return [leap] if leap > 0 else []


def _unbroken_views(outcome: Outcome) -> Sequence[float]:
    leapt = outcome.movement is not None and outcome.movement.leap >= LEAP
    return [float(outcome.movement.unbroken.views)] if leapt and outcome.movement else []


def _likeness(outcome: Outcome) -> Sequence[float]:
    return [outcome.evidence.continuity.likeness]


def _is(kind: Kind) -> Test:
    return lambda outcome: outcome.species.kind is kind


def _performed(gestures: Sequence[str]) -> Test:
    return lambda outcome: outcome.species.kind is Kind.PERFORMED and outcome.key.challenge in gestures


def _something_else(others: Sequence[str]) -> Test:
    """People who kept still, or were asked for something else and did it."""
    return lambda outcome: outcome.species.kind is Kind.NOT_PERFORMED or _performed(others)(outcome)


MEASUREMENTS: Final = (
    Measurement(
        "PLANE_RELIEF",
        "relief of views tilted like a plane",
        "IOD",
        PLANE_RELIEF,
        _relief("as_plane"),
        below=_is(Kind.PLANAR),
        above=_is(Kind.PERFORMED),
    ),
    Measurement(
        "HEAD_RELIEF",
        "relief of views with parallax",
        "IOD",
        HEAD_RELIEF,
        _relief("as_head"),
        below=_is(Kind.PLANAR),
        above=_is(Kind.PERFORMED),
    ),
    Measurement(
        "TURN_RANGE",
        "turn, from landmarks",
        "degrees",
        TURN_RANGE,
        _turn_by_landmarks,
        below=_something_else(NODS),
        above=_performed(_ONE_WAY),
    ),
    Measurement(
        "PARALLAX_RANGE",
        "turn, from parallax",
        "degrees",
        PARALLAX_RANGE,
        _reach(_ONE_WAY, PARALLAX_RANGE, _by_parallax),
        below=_something_else(NODS),
        above=_performed(_ONE_WAY),
    ),
    Measurement(
        "NOD_RANGE",
        "nod",
        "degrees",
        NOD_RANGE,
        _reach(NODS, NOD_RANGE),
        below=_something_else(TURNS),
        above=_performed(NODS),
    ),
    Measurement(
        "HEADS_OWN_RELIEF",
        "relief that only a head explains",
        "IOD",
        HEADS_OWN_RELIEF,
        _heads_own_relief,
        below=_is(Kind.PLANAR),
        above=_is(Kind.PERFORMED),
    ),
    Measurement(
        "LEAP",
        "largest gap in the parallax",
        "share of the way",
        LEAP,
        _leap,
        below=_is(Kind.PERFORMED),
        above=_is(Kind.PLANAR_TWICE),
    ),
    Measurement(
        "MIN_VIEWS",
        "views with relief on one side of a leap",
        "views",
        MIN_VIEWS,
        _unbroken_views,
        below=_is(Kind.PLANAR_TWICE),
        above=_is(Kind.PERFORMED),
    ),
    Measurement(
        "MIN_LIKENESS",
        "likeness of neighbouring views",
        "correlation",
        MIN_LIKENESS,
        _likeness,
        below=_is(Kind.PLANAR_TWICE),
        above=_is(Kind.PERFORMED),
    ),
)
