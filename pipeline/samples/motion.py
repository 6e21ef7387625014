"""How a person (or a sheet of paper) is held and moved: poses, and functions of time that give them."""

from collections.abc import Callable
from dataclasses import astuple, dataclass
from math import pi, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles in degrees, places in face widths, all relative to looking straight into the camera."""

    yaw: float = 0.0
    """Turned towards the person's own left, which is the right of the image."""
    pitch: float = 0.0
    """Turned up."""
    roll: float = 0.0
    """Tilted towards the person's own left shoulder: clockwise in the image."""
    x: float = 0.0
    """To the right of the image."""
    y: float = 0.0
    """Down."""
    distance: float = 0.0
    """Further from the camera than usual."""

    def __add__(self, other: "Pose") -> "Pose":
        return Pose(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


Motion = Callable[[float], Pose]
"""Gives the pose at a time, in seconds from the start."""


def still(pose: Pose | None = None) -> Motion:
    """Hold one pose."""
    held = pose or Pose()
    return lambda _seconds: held


def swing(pose: Pose, period: float) -> Motion:
    """Swing from the middle to ``pose``, back through the middle to its opposite, and so on; period in seconds."""
    return lambda seconds: Pose(*(part * sin(2 * pi * seconds / period) for part in astuple(pose)))


def together(*motions: Motion) -> Motion:
    """Add several motions up."""
    return lambda seconds: sum((motion(seconds) for motion in motions), Pose())


def drift(extent: Pose, rng: np.random.Generator) -> Motion:
    """Wander slowly around the middle, each part of the pose by its own in ``extent``, as nobody holds quite still."""
    wobbles = [(part, wobble(rng, DRIFT_FREQUENCIES)) for part in astuple(extent)]
    return lambda seconds: Pose(*(part * wander(seconds) for part, wander in wobbles))


DRIFT_FREQUENCIES: Final = (0.15, 0.7)
"""Hertz, slowest and fastest sway of a head that is kept still."""


def wobble(rng: np.random.Generator, frequencies: tuple[float, float]) -> Callable[[float], float]:
    """Return a smooth random function of time, seldom beyond -1 to 1, made of waves between two frequencies (Hz)."""
    hertz = rng.uniform(*frequencies, WAVES)
    phases = rng.uniform(0, 2 * pi, WAVES)
    return lambda seconds: float(np.sin(2 * pi * hertz * seconds + phases).sum() / WAVES**0.5)


WAVES: Final = 4


def rotations(yaw: NDArray[np.float64], pitch: NDArray[np.float64], roll: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one 3x3 matrix per triple of angles (degrees): roll first, then pitch, then yaw.

    In the axes of the canvas: x right, y down, z towards the camera.
    """
    a, b, c = np.radians(yaw), -np.radians(pitch), np.radians(roll)
    zero, one = np.zeros_like(a), np.ones_like(a)
    turn = _stack([[np.cos(a), zero, np.sin(a)], [zero, one, zero], [-np.sin(a), zero, np.cos(a)]])
    nod = _stack([[one, zero, zero], [zero, np.cos(b), np.sin(b)], [zero, -np.sin(b), np.cos(b)]])
    tilt = _stack([[np.cos(c), -np.sin(c), zero], [np.sin(c), np.cos(c), zero], [zero, zero, one]])
    return np.asarray(turn @ nod @ tilt)


def _stack(rows: list[list[NDArray[np.float64]]]) -> NDArray[np.float64]:
    return np.moveaxis(np.array(rows), -1, 0)
