"""Challenges: what the person can be asked to do, and how it is told that they did."""

from dataclasses import dataclass
from typing import Final

from pipeline.movement import Movement

TRAVEL: Final = 0.25
"""Score threshold: travel of the nose, IOD. People who turned their heads came to 0.33 and more, heads held still and
small turns stayed at or below 0.21 (docs/thresholds.md)."""

PARALLAX_TURN: Final = 0.18
"""Score threshold for a turn read from parallax, IOD: 0.22 and more for turned heads, at most 0.15 for still ones."""


@dataclass(frozen=True, slots=True)
class Performance:
    """How far a challenge was performed: the measured value beside its score threshold, IOD."""

    value: float
    threshold: float

    @property
    def performed(self) -> bool:
        """Whether the movement was large enough."""
        return self.value >= self.threshold


def _head_movement(movement: Movement) -> Performance:
    """Turn or nod, in any direction: whichever is further over its threshold."""
    turn = Performance(movement.turn, PARALLAX_TURN if movement.turn_from_parallax else TRAVEL)
    nod = Performance(movement.nod, TRAVEL)
    return max(turn, nod, key=lambda performance: performance.value / performance.threshold)


_MEASURES: Final = {"head_movement": _head_movement}


def measure(name: str, movement: Movement) -> Performance:
    """Return how far the challenge called ``name`` (of pipeline.request.CHALLENGES) was performed."""
    return _MEASURES[name](movement)
