"""What a person does who was asked to move the head, and what a hand does with a print instead."""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Final

import numpy as np

from pipeline.samples.motion import Motion, Pose, drift, still, swing, together

Rng = np.random.Generator

TURN: Final = (18.0, 35.0)
"""Degrees to one side by which people turn their heads when they are asked to."""

NOD: Final = (13.0, 22.0)
"""Degrees up or down by which they nod."""

LEFT, RIGHT = Pose(yaw=1.0), Pose(yaw=-1.0)
UP, DOWN = Pose(pitch=1.0), Pose(pitch=-1.0)
"""Directions, a degree each; left and right are the person's own."""


@dataclass(frozen=True, slots=True)
class Take:
    """A motion, and how long it is filmed."""

    motion: Motion
    seconds: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """A movement away and back again; times in seconds."""

    pose: Pose
    begin: float
    out: float
    hold: float
    back: float

    @property
    def end(self) -> float:
        """When the head is back."""
        return self.begin + self.out + self.hold + self.back

    def __call__(self, seconds: float) -> Pose:
        """Return the pose at a time."""
        away = eased((seconds - self.begin) / self.out) - eased((seconds - self.end + self.back) / self.back)
        return scaled(self.pose, away)


def eased(progress: float) -> float:
    """Return how far a limb has come: 0 before the beginning, 1 after the end, in between with least jerk.

    Flash and Hogan (1985), The coordination of arm movements.
    """
    done = min(max(progress, 0.0), 1.0)
    return done**3 * (10 - 15 * done + 6 * done**2)


def scaled(pose: Pose, factor: float) -> Pose:
    """Return every part of a pose times a factor."""
    return Pose(*(factor * part for part in astuple(pose)))


def performed(challenge: str, rng: Rng) -> Take:
    """Do what was asked as people do: after a moment, by a natural angle, at a natural speed, not in one axis only."""
    strokes: list[Stroke] = []
    begin = rng.uniform(0.4, 0.9)
    for gesture in challenge.split(","):
        for pose in _GESTURES[gesture](rng):
            strokes.append(_stroke(pose, begin, rng))
            begin = strokes[-1].end
        begin += rng.uniform(0.0, 0.3)
    return Take(together(*strokes, _start(rng), unrest(rng)), max(2.5, begin + rng.uniform(0.1, 0.4)))


def kept_still(rng: Rng) -> Take:
    """Look into the camera and do nothing."""
    return Take(together(_start(rng), unrest(rng)), rng.uniform(2.5, 3.2))


def unrest(rng: Rng) -> Motion:
    """What a head does that is held still, and a hand that holds the phone; every fourth phone moves a good deal."""
    quiet = drift(scaled(Pose(0.8, 0.8, 0.6, 0.01, 0.01, 0.03), rng.uniform(0.5, 2)), rng)
    walking = drift(Pose(2.0, 1.5, 2.5, 0.06, 0.05, 0.10), rng)
    return together(quiet, walking) if rng.random() < 0.25 else quiet


def held_up(rng: Rng, unsteady: float = 1.0) -> Motion:
    """A print (or a phone) in a hand: near enough for its face to be found, not upright, never still."""
    place = Pose(roll=rng.uniform(-8, 8), x=rng.uniform(-0.1, 0.1), distance=rng.uniform(-0.2, 0.5))
    return together(still(place), drift(scaled(Pose(2, 2, 1.5, 0.03, 0.03, 0.05), unsteady), rng))


def rocked(pose: Pose, rng: Rng) -> Take:
    """A print rocked to a pose and its opposite, or moved there and back as a head would."""
    seconds = rng.uniform(2.5, 3.4)
    if rng.random() < 0.5:
        return Take(together(swing(pose, rng.uniform(1.6, 3.4)), held_up(rng)), seconds)
    return Take(together(_stroke(pose, rng.uniform(0.4, 0.9), rng), held_up(rng)), seconds)


def shaken(rng: Rng) -> Take:
    """A print shaken fast: some 2 to 4 times a second, in every direction a little."""
    shake = Pose(*(rng.uniform(-1, 1, 6) * (14, 14, 10, 0.12, 0.12, 0.15)).tolist())
    return Take(together(swing(shake, rng.uniform(0.25, 0.5)), held_up(rng, 2)), rng.uniform(2.5, 3.0))


def zoomed(rng: Rng) -> Take:
    """A print moved towards the camera and away, by 10 to 18 cm each way, and turned a little meanwhile."""
    near = Pose(yaw=rng.uniform(-15, 15), pitch=rng.uniform(-15, 15), distance=rng.uniform(0.7, 1.3))
    return Take(together(swing(near, rng.uniform(1.8, 3.4)), held_up(rng)), rng.uniform(2.5, 3.2))


def towards(challenge: str, rng: Rng) -> Pose:
    """Return a degree in the direction that a challenge asks for first."""
    first = challenge.split(",", maxsplit=1)[0]
    return _DIRECTIONS.get(first) or (LEFT, RIGHT, UP, DOWN)[rng.integers(4)]


_DIRECTIONS: Final = {"turn_left": LEFT, "turn_right": RIGHT, "look_up": UP, "look_down": DOWN, "nod": DOWN}


def _stroke(pose: Pose, begin: float, rng: Rng) -> Stroke:
    """Move somewhere and back; what is asked for takes most people half a second each way."""
    out, back = rng.uniform(0.40, 0.85, 2)
    return Stroke(pose, begin, out, rng.uniform(0.05, 0.4), back)


def _start(rng: Rng) -> Motion:
    """How a person begins: seldom quite frontal, for the phone is held too low or to one side."""
    return still(Pose(rng.uniform(-7, 7), rng.uniform(-6, 6), rng.uniform(-7, 7), rng.uniform(-0.1, 0.1), 0, 0))


def _turn(direction: Pose, rng: Rng, reach: tuple[float, float] = TURN) -> Pose:
    degrees = rng.uniform(*reach)
    lean = Pose(pitch=rng.uniform(-4, 4), roll=rng.uniform(-5, 5), x=0.002 * degrees * direction.yaw)
    return scaled(direction, degrees) + lean


def _nod(direction: Pose, rng: Rng) -> Pose:
    return scaled(direction, rng.uniform(*NOD)) + Pose(yaw=rng.uniform(-3, 3), roll=rng.uniform(-2, 2))


def _any_movement(rng: Rng) -> list[Pose]:
    """Most people turn to both sides, some to one only and then further, and some nod."""
    kind = rng.random()
    first, second = (LEFT, RIGHT) if rng.random() < 0.5 else (RIGHT, LEFT)
    if kind < 0.6:
        return [_turn(first, rng), _turn(second, rng)]
    if kind < 0.8:
        return [_turn(first, rng, (26.0, TURN[1]))]
    return [_nod(UP, rng), _nod(DOWN, rng)]


def _nods(rng: Rng) -> list[Pose]:
    """Down and back, and by every third person a second time."""
    return [_nod(DOWN, rng) for _ in range(2 if rng.random() < 0.33 else 1)]


_GESTURES: Final[dict[str, Callable[[Rng], list[Pose]]]] = {
    "head_movement": _any_movement,
    "turn_left": lambda rng: [_turn(LEFT, rng)],
    "turn_right": lambda rng: [_turn(RIGHT, rng)],
    "nod": _nods,
    "look_up": lambda rng: [_nod(UP, rng)],
    "look_down": lambda rng: [_nod(DOWN, rng)],
}
