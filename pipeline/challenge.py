"""Challenges: what a person can be asked to do, and how it is told that they did.

Left and right are the person's own. Angles are measured against how the person began: the median over the first
START_SPAN of the clip. In a sequence, the next gesture counts from where the one before has come half of the way back.
A recording that was mirrored before it was uploaded swaps left and right; one that says so in its metadata is turned
back when it is decoded.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.movement import Movement, Signal, Values
from pipeline.request import gestures_of

TURN_RANGE: Final = 16.0
"""Score threshold, degrees from one side to the other: two people who turned came to 30 and 33, small turns and heads
held still to at most 14; landmarks show two thirds of the turns of rendered heads (docs/thresholds.md)."""

PARALLAX_RANGE: Final = 12.0
"""The same for turns read from parallax, which sees less of them: 13 and more where people turned, else at most 11."""

NOD_RANGE: Final = 19.5
"""Score threshold, degrees from up to down: people held still came to at most 19, with expressions; nods by 13 to 22
degrees to either side of rendered heads to 19 and more."""

ONE_WAY: Final = 0.5
"""Share of the range that is asked for in one direction from the start."""

CLOSER: Final = 1.25
"""Score threshold: how many times larger the face has to become."""

START_SPAN: Final = 0.5
"""Seconds that show how the person begins."""


class Problem(StrEnum):
    """Why a gesture does not count as performed."""

    NOT_FAR_ENOUGH = "challenge_not_performed"
    WRONG_DIRECTION = "wrong_direction"
    WRONG_ORDER = "wrong_order"


@dataclass(frozen=True, slots=True)
class Performance:
    """How far one gesture was performed: the measured value beside its score threshold, and since when it counts."""

    gesture: str
    value: float
    threshold: float
    unit: str
    done_at: float | None
    """Seconds since the first frame, None when not performed."""
    over_at: float | None
    """From when on the next gesture counts: when the head had come half of the way back or, if it never did, when the
    gesture was done."""
    problem: Problem | None


def measure(challenge: str, movement: Movement) -> list[Performance]:
    """Measure the gestures of a challenge one after the other, each in what the one before has left of the clip."""
    performances: list[Performance] = []
    since = 0.0
    for gesture in gestures_of(challenge):
        performance = _GESTURES[gesture](gesture, movement, since)
        if performance.over_at is not None:
            since = performance.over_at
        elif since > 0.0 and _GESTURES[gesture](gesture, movement, 0.0).done_at is not None:
            performance = _with(performance, Problem.WRONG_ORDER)
        performances.append(performance)
    return performances


def performed(performances: list[Performance]) -> bool:
    """Tell whether every gesture was performed."""
    return all(performance.done_at is not None for performance in performances)


def _head_movement(gesture: str, movement: Movement, since: float) -> Performance:
    """Turn or nod, in any direction: whichever is further over its threshold.

    A range takes in the noise of both ends, so parallax, which has more of it, only counts where landmarks say nothing.
    """
    signal, threshold = next(_turns(movement))
    turn = _ranged(gesture, signal.since(since), threshold)
    return max(turn, _ranged(gesture, movement.nod.since(since), NOD_RANGE), key=_clarity)


def _turn_to(sign: int) -> Callable[[str, Movement, float], Performance]:
    """Turn to one side, seen in whichever way shows it more clearly."""

    def turn(gesture: str, movement: Movement, since: float) -> Performance:
        seen = [
            _one_way(gesture, _from_start(signal, sign).since(since), ONE_WAY * threshold)
            for signal, threshold in _turns(movement)
        ]
        return max(seen, key=_clarity)

    return turn


def _look(sign: int) -> Callable[[str, Movement, float], Performance]:
    def look(gesture: str, movement: Movement, since: float) -> Performance:
        return _one_way(gesture, _from_start(movement.nod, sign).since(since), ONE_WAY * NOD_RANGE)

    return look


def _nod(gesture: str, movement: Movement, since: float) -> Performance:
    """Up or down from the start, and at least half of the way back."""
    signal = _from_start(movement.nod).since(since)
    away = np.abs(signal.values)
    threshold = ONE_WAY * NOD_RANGE
    done_at = _first(signal, (np.maximum.accumulate(away) >= threshold) & _half_back(away))
    return _performance(gesture, _furthest(away), threshold, "degrees", done_at)


def _move_closer(gesture: str, movement: Movement, since: float) -> Performance:
    signal = movement.size.since(since)
    times_larger = signal.values / _start(movement.size)
    done_at = _first(signal, times_larger >= CLOSER)
    return _performance(gesture, float(times_larger.max(initial=1.0)), CLOSER, "times larger", done_at)


_GESTURES: Final[dict[str, Callable[[str, Movement, float], Performance]]] = {
    "head_movement": _head_movement,
    "turn_left": _turn_to(1),
    "turn_right": _turn_to(-1),
    "nod": _nod,
    "look_up": _look(-1),
    "look_down": _look(1),
    "move_closer": _move_closer,
}


def _turns(movement: Movement) -> Iterator[tuple[Signal, float]]:
    """Yield each way in which turns were seen, and its score threshold."""
    if movement.landmark_turn is not None:
        yield movement.landmark_turn, TURN_RANGE
    yield movement.parallax_turn, PARALLAX_RANGE


def _clarity(performance: Performance) -> tuple[bool, float]:
    """Whether a gesture was performed, and how far it is over its threshold."""
    return performance.done_at is not None, performance.value / performance.threshold


def _ranged(gesture: str, signal: Signal, threshold: float) -> Performance:
    value = signal.range
    reach = np.maximum.accumulate(signal.values) - np.minimum.accumulate(signal.values)
    done_at = _first(signal, reach >= threshold) if value >= threshold else None
    return _performance(gesture, value, threshold, "degrees", done_at)


def _one_way(gesture: str, away: Signal, threshold: float) -> Performance:
    """Away from the start in one direction; as far in the other one only is the wrong direction.

    The head has to be seen before it went there, for in a sequence it may be there already.
    """
    there = away.values >= threshold
    done_at = _first(away, there & np.logical_or.accumulate(~there))
    if done_at is None:
        performance = _performance(gesture, _furthest(away.values), threshold, "degrees", None)
        return _with(performance, Problem.WRONG_DIRECTION) if (away.values <= -threshold).any() else performance
    since = away.since(done_at)
    over_at = _first(since, _half_back(since.values))
    performance = _performance(gesture, _furthest(away.values), threshold, "degrees", done_at)
    return performance if over_at is None else replace(performance, over_at=over_at)


def _half_back(away: Values) -> NDArray[np.bool_]:
    """Where the head has come half of the way back from its furthest."""
    return np.asarray(away <= np.maximum.accumulate(away) / 2, np.bool_)


def _first(signal: Signal, where: NDArray[np.bool_]) -> float | None:
    """The first time at which a condition holds; None when it never does."""
    found = np.flatnonzero(where)
    return float(signal.times[found[0]]) if len(found) else None


def _from_start(signal: Signal, sign: int = 1) -> Signal:
    """The way from how the person began, in a direction."""
    return Signal(signal.times, sign * (signal.values - _start(signal)))


def _start(signal: Signal) -> float:
    if len(signal.values) == 0:
        return 0.0
    beginning = signal.times <= signal.times[0] + START_SPAN
    return float(np.median(signal.values[beginning]))


def _furthest(away: Values) -> float:
    return float(away.max(initial=0.0))


def _performance(gesture: str, value: float, threshold: float, unit: str, done_at: float | None) -> Performance:
    problem = Problem.NOT_FAR_ENOUGH if done_at is None else None
    return Performance(gesture, value, threshold, unit, done_at, done_at, problem)


def _with(performance: Performance, problem: Problem) -> Performance:
    return replace(performance, done_at=None, over_at=None, problem=problem)
