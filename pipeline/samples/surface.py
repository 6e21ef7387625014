"""The head-shaped surface that gives a portrait its depth: an ellipsoid, features on it, and a back of the head.

Depths are in units of the canvas, zero a little in front of the ears. The proportions follow MediaPipe's canonical
face model (modules/face_geometry/data/canonical_face_model.obj, Apache-2.0): its depths of nose, lips, chin, cheeks and
edges are met to about a tenth of a unit (tests/samples/test_surface.py).
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.samples.canvas import PIXELS_PER_UNIT, Plane, coordinates

NOSE_BASE: Final = 0.74
"""Height of the nose's base below the eyes for which the features are laid out; other faces are stretched to it."""

HALF_WIDTH: Final = 1.30
HALF_HEIGHT: Final = 2.3
HALF_DEPTH: Final = 1.55
MIDDLE: Final = -0.75
"""Depth of the ellipsoid's middle."""

EARS: Final = -0.55
"""Depth of the outline: there the front of the head meets its back."""

NOSE_HEIGHT: Final = 0.45
_NOSE_PROFILE: Final = ((-0.25, 0.0), (0.0, 0.30), (0.25, 0.64), (0.55, 1.0), (0.62, 0.97), (0.76, 0.40), (0.9, 0.0))
"""Down the ridge: y, share of the height."""
_NOSE_WIDTH: Final = ((-0.3, 0.16), (0.0, 0.16), (0.3, 0.19), (0.6, 0.26), (0.8, 0.26))
"""Down the ridge: y, distance to the side at which the height has fallen to 1/e."""


@dataclass(frozen=True, slots=True)
class _Bump:
    """A soft rise (or hollow) of the face, on both sides of the middle: height, place, reach."""

    height: float
    x: float
    y: float
    reach_x: float
    reach_y: float


_FEATURES: Final = (
    _Bump(-0.13, 0.50, 0.02, 0.28, 0.20),  # eye sockets
    _Bump(0.05, 0.00, -0.38, 0.80, 0.16),  # brow
    _Bump(0.20, 0.00, 1.00, 0.42, 0.26),  # lips
    _Bump(0.30, 0.00, 1.75, 0.40, 0.30),  # chin
    _Bump(0.05, 0.62, 0.62, 0.30, 0.30),  # cheeks
)

_BODY_DEPTH: Final = ((1.7, -0.75), (2.2, -0.45), (3.2, -0.05), (6.4, 0.10))
"""Down the middle of neck and chest: y, depth."""
NECK_TOP: Final = 1.6
NECK_BOTTOM: Final = 2.4
"""Where the head's roundness gives way to the body's (y)."""


@dataclass(frozen=True, slots=True)
class Surface:
    """The person as a solid: at every pixel of the canvas it reaches from ``back`` to ``front``; outside, back is 9."""

    front: Plane
    back: Plane

    @classmethod
    def of(cls, person: NDArray[np.bool_], nose: tuple[float, float]) -> "Surface":
        """Shape the solid inside a person's outline, its features stretched to where the nose is."""
        depth = face_depth(nose)
        front = np.minimum(depth, EARS + 1.9 * roundness(person))
        back = np.minimum(front, EARS) - _thickness(person)
        return cls(front, np.where(person, back, np.float32(9)))


def face_depth(nose: tuple[float, float]) -> Plane:
    """Return the depth of face, neck and chest over the whole canvas."""
    x, y = coordinates()
    y = y * np.float32(NOSE_BASE / nose[1])
    x = x - np.clip(y / NOSE_BASE, 0, 1) * np.float32(nose[0])  # a face turned a little: its middle leans to the nose
    depth = _ellipsoid(x, y) + _nose(x, y)
    for bump in _FEATURES:
        depth += bump.height * np.exp(
            -(((np.abs(x) - bump.x) / bump.reach_x) ** 2) - ((y - bump.y) / bump.reach_y) ** 2
        )
    body = _interpolate(y, _BODY_DEPTH) - 0.06 * x**2
    joined = np.logaddexp(6 * depth, 6 * body) / 6  # the higher of the two, with a soft seam
    return np.asarray(cv2.GaussianBlur(joined.astype(np.float32), (0, 0), 2), np.float32)


def roundness(person: NDArray[np.bool_]) -> Plane:
    """Return 0 at the outline, rising like a quarter circle to 1 well inside it."""
    reach = 0.5 + 0.6 * _headness()
    inside = np.asarray(cv2.distanceTransform(person.astype(np.uint8), cv2.DIST_L2, 5), np.float32)
    share = np.clip(inside / PIXELS_PER_UNIT / reach, 0, 1)
    return np.asarray(np.sqrt(1 - (1 - share) ** 2), np.float32)


def _thickness(person: NDArray[np.bool_]) -> Plane:
    """Return how far the back lies behind the ears' depth: more in the head than in the body."""
    return (0.6 + 0.5 * _headness()) * roundness(person)


def _headness() -> Plane:
    """Return 1 at the head, 0 at the body, and in between along the neck."""
    _, y = coordinates()
    return np.asarray(1 - np.clip((y - NECK_TOP) / (NECK_BOTTOM - NECK_TOP), 0, 1), np.float32)


def _ellipsoid(x: Plane, y: Plane) -> Plane:
    """A head's front, flatter than an ellipsoid, that falls away steadily (to hair or a hat) where it would end."""
    reach = (np.abs(x) / HALF_WIDTH) ** 2.2 + (np.abs(y + 0.1) / HALF_HEIGHT) ** 4
    inside = np.minimum(reach, 0.93)
    depth = HALF_DEPTH * (np.sqrt(1 - inside) - 1.9 * (reach - inside)) + MIDDLE
    return np.asarray(np.maximum(depth, -0.9), np.float32)


def _nose(x: Plane, y: Plane) -> Plane:
    ridge = NOSE_HEIGHT * _interpolate(y, _NOSE_PROFILE)
    return np.asarray(ridge * np.exp(-((x / _interpolate(y, _NOSE_WIDTH)) ** 2)), np.float32)


def _interpolate(y: Plane, points: tuple[tuple[float, float], ...]) -> Plane:
    at, values = zip(*points, strict=True)
    return np.asarray(np.interp(y, at, values), np.float32)
