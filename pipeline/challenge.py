"""Challenges: what a person can be asked to do, and how it is told that they did.

Left and right are the person's own. Angles are measured against how the person began: the median over the first
START_SPAN of the clip, or of what is left of it in a sequence. A recording that was mirrored before it was uploaded
swaps left and right; one that says so in its metadata is turned back when it is decoded.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import numpy as np

from pipeline.movement import Movement, Signal, Values
from pipeline.request import gestures_of

TURN_RANGE: Final = 22.0
"""Score threshold, degrees from one side to the other: two people who turned came to 30 and 33, small turns and heads
held still to at most 14 (docs/thresholds.md)."""

PARALLAX_RANGE: Final = 12.0
"""The same for turns read from parallax, which sees less of them: 13 and more where people turned, else at most 11."""

NOD_RANGE: Final = 25.0
"""Score threshold, degrees from up to down: people who did not nod came to at most 24, with expressions; nods by 14 to
20 degrees to either side of rendered heads to 32 and more."""

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
    JUMPED = "movement_jumped"


@dataclass(frozen=True, slots=True)
class Performance:
    """How far one gesture was performed: the measured value beside its score threshold, and since when it counts."""

    gesture: str
    value: float
    threshold: float
    unit: str
    done_at: float | None
    """Seconds since the first frame, None when not performed."""
    problem: Problem | None


def measure(challenge: str, movement: Movement) -> list[Performance]:
    """Measure the gestures of a challenge one after the other, each in what the one before has left of the clip."""
    performances: list[Performance] = []
    since = 0.0
    for gesture in gestures_of(challenge):
        performance = _GESTURES[gesture](gesture, movement, since)
        if performance.done_at is not None:
            since = performance.done_at
        elif since > 0.0 and _GESTURES[gesture](gesture, movement, 0.0).done_at is not None:
            performance = _with(performance, Problem.WRONG_ORDER)
        performances.append(performance)
    return performances


def performed(performances: list[Performance]) -> bool:
    """Tell whether every gesture was performed."""
    return all(performance.done_at is not None for performance in performances)


def _head_movement(gesture: str, movement: Movement, since: float) -> Performance:
    """Turn or nod, in any direction: whichever is further over its threshold."""
    turn = _ranged(gesture, movement.turn.since(since), _turn_threshold(movement))
    nod = _ranged(gesture, movement.nod.since(since), NOD_RANGE)
    return max(turn, nod, key=lambda performance: performance.value / performance.threshold)


def _turn_to(sign: int) -> Callable[[str, Movement, float], Performance]:
    def turn(gesture: str, movement: Movement, since: float) -> Performance:
        return _one_way(gesture, movement.turn.since(since), sign, ONE_WAY * _turn_threshold(movement))

    return turn


def _look(sign: int) -> Callable[[str, Movement, float], Performance]:
    def look(gesture: str, movement: Movement, since: float) -> Performance:
        return _one_way(gesture, movement.nod.since(since), sign, ONE_WAY * NOD_RANGE)

    return look


def _nod(gesture: str, movement: Movement, since: float) -> Performance:
    """Up or down from the start, and at least half of the way back."""
    signal = movement.nod.since(since)
    away = np.abs(_from_start(signal))
    furthest = np.maximum.accumulate(away)
    threshold = ONE_WAY * NOD_RANGE
    done = np.flatnonzero((furthest >= threshold) & (away <= furthest / 2))
    done_at = float(signal.times[done[0]]) if len(done) else None
    return _seen_moving(_performance(gesture, float(away.max(initial=0.0)), threshold, "degrees", done_at), signal)


def _move_closer(gesture: str, movement: Movement, since: float) -> Performance:
    signal = movement.size.since(since)
    times_larger = signal.values / _start(signal) if len(signal.values) else signal.values
    done = np.flatnonzero(times_larger >= CLOSER)
    done_at = float(signal.times[done[0]]) if len(done) else None
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


def _turn_threshold(movement: Movement) -> float:
    return PARALLAX_RANGE if movement.turn_from_parallax else TURN_RANGE


def _ranged(gesture: str, signal: Signal, threshold: float) -> Performance:
    value = signal.range
    if value < threshold:
        return _performance(gesture, value, threshold, "degrees", None)
    reach = np.maximum.accumulate(signal.values) - np.minimum.accumulate(signal.values)
    done_at = float(signal.times[np.argmax(reach >= threshold)])
    return _seen_moving(_performance(gesture, value, threshold, "degrees", done_at), signal)


def _one_way(gesture: str, signal: Signal, sign: int, threshold: float) -> Performance:
    """Away from the start in one direction; as far in the other one only is the wrong direction."""
    away = sign * _from_start(signal)
    done = np.flatnonzero(away >= threshold)
    value = float(away.max(initial=0.0))
    if len(done):
        done_at = float(signal.times[done[0]])
        return _seen_moving(_performance(gesture, value, threshold, "degrees", done_at), signal)
    performance = _performance(gesture, value, threshold, "degrees", None)
    return _with(performance, Problem.WRONG_DIRECTION) if (away <= -threshold).any() else performance


def _seen_moving(performance: Performance, signal: Signal) -> Performance:
    """A head that was only seen before and after its movement may be two pictures."""
    jumped = performance.done_at is not None and signal.on_the_way == 0
    return _with(performance, Problem.JUMPED) if jumped else performance


def _from_start(signal: Signal) -> Values:
    return signal.values - _start(signal) if len(signal.values) else signal.values


def _start(signal: Signal) -> float:
    beginning = signal.times <= signal.times[0] + START_SPAN
    return float(np.median(signal.values[beginning]))


def _performance(gesture: str, value: float, threshold: float, unit: str, done_at: float | None) -> Performance:
    return Performance(
        gesture, value, threshold, unit, done_at, None if done_at is not None else Problem.NOT_FAR_ENOUGH
    )


def _with(performance: Performance, problem: Problem) -> Performance:
    return replace(performance, done_at=None, problem=problem)
