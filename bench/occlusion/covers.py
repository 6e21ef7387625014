"""What covers a face, drawn from chance in the coordinates of the face, and what does not although it changes much.

The coordinates are those of an upright face: x across and y down from the midpoint of the eyes, in distances of the
eyes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Values = NDArray[np.float32]
Outline = NDArray[np.float64]
"""N x 2 points of a polygon."""
Colour = NDArray[np.float64]
"""Blue, green and red."""

UNIT: Final = 48
"""Pixels of a sheet to the distance of the eyes."""

LEFT, TOP, WIDTH, HEIGHT = -2.5, -2.0, 5, 6
_SHAPE: Final = (HEIGHT * UNIT, WIDTH * UNIT)
_Y, _X = np.mgrid[0 : _SHAPE[0], 0 : _SHAPE[1]] / UNIT + np.array([TOP, LEFT])[:, None, None]
_CIRCLE: Final = np.array([(np.cos(angle), np.sin(angle)) for angle in np.linspace(0, 2 * np.pi, 72)])

_MASK: Final = [(-1, 0.35), (-0.45, 0.42), (0, 0.2), (0.45, 0.42), (1, 0.35), (1, 1), (0.6, 1.65), (0, 1.85)]
_MASK_LEFT: Final = [(-0.6, 1.65), (-1, 1)]
_FINGERS: Final = [(-0.95, -0.38), (0.2, -0.42), (0.75, -0.36), (0.95, -0.2), (1, 0.1), (0.9, 0.35), (0.3, 0.48)]
_FINGERS_END: Final = [(-0.95, 0.5)]
_PALM: Final = [(-0.75, 0.42), (0.1, 0.5), (0.7, 0.45), (1.6, 0.3), (1.6, -0.3), (0.7, -0.45), (0.1, -0.5)]
_PALM_END: Final = [(-0.75, -0.42)]
_JAW: Final = [(-1.05, 0.6), (-0.75, 0.9), (0, 0.8), (0.75, 0.9), (1.05, 0.6), (1, 1.3), (0.6, 1.8), (0, 1.95)]
_JAW_LEFT: Final = [(-0.6, 1.8), (-1, 1.3)]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is laid over a face: colours, height x width x 3, and how much they hide, height x width, 0 to 1."""

    colours: Values
    opacity: Values


Cover = Callable[[Rng, Colour], Sheet]
"""Draws a cover at random, one that has a side on the person's right; the colour is that of the person's skin."""


def _mask(rng: Rng, _skin: Colour) -> Sheet:
    """A mask over nose and mouth: light blue, white or black, and with pleats unless black."""
    colour = ((190, 170, 130), (225, 225, 222), (32, 30, 30))[rng.integers(3)]
    sheet = _cloth(colour, rng) * (1 - 0.12 * np.clip(_Y - 0.6, 0, 2))
    for height in () if colour[0] < 100 else (0.75, 1.0, 1.25):
        sheet = sheet * (1 - 0.18 * _ridge(_Y - height - rng.normal(0, 0.04) - 0.05 * _X**2, 0.025))
    return _sheet(_round(sheet), _polygon(np.array(_MASK + _MASK_LEFT) + rng.normal(0, 0.04, 2)))


def _scarf(rng: Rng, _skin: Colour) -> Sheet:
    """A scarf from the nose or the lip downwards, plain or chequered, with two folds."""
    sheet = _cloth(rng.integers(20, 230, 3), rng)
    if rng.random() < 0.5:
        slant, across, along = rng.uniform(-0.4, 0.4), *rng.uniform(0.2, 0.5, 2)
        stripes = (np.sin(2 * np.pi * (_X + slant * _Y) / across) > 0.2) * 0.5
        stripes = stripes + (np.sin(2 * np.pi * (_Y - slant * _X) / along) > 0.2) * 0.5
        sheet = sheet * (1 - stripes) + stripes * rng.integers(20, 230, 3)[:, None, None]
    sheet = sheet * (1 - 0.2 * _ridge(_Y - 1 - 0.2 * _X - rng.normal(0, 0.1), 0.05))
    sheet = sheet * (1 - 0.2 * _ridge(_Y - 1.4 + 0.15 * _X, 0.06))
    top = rng.uniform(0.45, 0.75)
    edge = [(-1.3, top - 0.1), (0, top + 0.05), (1.3, top - 0.1), (1.4, 2.6), (-1.4, 2.6)]
    return _sheet(_round(sheet), _polygon(np.array(edge) + rng.normal(0, 0.04, 2)))


def _hand_on_mouth(rng: Rng, skin: Colour) -> Sheet:
    """A hand laid across the mouth, its fingers to one side."""
    return _hand(rng, skin, _FINGERS + _FINGERS_END, rng.normal((0, 1.12), 0.06), rng.uniform(-0.35, 0.35))


def _hand_on_eye(rng: Rng, skin: Colour) -> Sheet:
    """A hand laid upright over the right eye."""
    place = rng.normal((-0.55, 0.02), 0.05)
    return _hand(rng, skin, _PALM + _PALM_END, place, np.pi / 2 + rng.uniform(-0.3, 0.3))


def _hand(rng: Rng, skin: Colour, outline: Sequence[tuple[float, float]], place: Outline, angle: float) -> Sheet:
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    beside = (_Y - place[1]) * np.cos(angle) - (_X - place[0]) * np.sin(angle)
    sheet = _cloth(skin * rng.uniform(0.75, 1.1), rng) * (1 - 0.25 * np.clip(np.abs(beside) / 0.5, 0, 1) ** 3)
    for finger in (-0.21, 0.0, 0.21):
        sheet = sheet * (1 - 0.35 * _ridge(beside - finger, 0.02))
    return _sheet(sheet, _polygon(np.array(outline) @ turn + place))


def _thing_at_mouth(rng: Rng, _skin: Colour) -> Sheet:
    """A sheet of paper, a phone or a cup held before the mouth, from one side."""
    grey = rng.choice([15, 40, 200, 228])
    left, top = rng.uniform(-1.2, -0.5), rng.uniform(0.65, 0.8)
    edge = np.array([(left, top + 0.08), (1.3, top - 0.08), (1.4, 2.4), (left + 0.1, 2.5)])
    return _sheet(_cloth((grey,) * 3, rng), _polygon(edge))


def _thing_at_eye(rng: Rng, _skin: Colour) -> Sheet:
    """A phone or a sheet of paper held before the right half of the face."""
    grey = rng.choice([15, 40, 200, 228])
    inner = rng.uniform(-0.18, -0.07)
    edge = np.array([(inner, -0.9), (-1.3, -1), (-1.35, 1.5), (inner, 1.6)])
    return _sheet(_cloth((grey,) * 3, rng), _polygon(edge))


def _patch_on_eye(rng: Rng, _skin: Colour) -> Sheet:
    """A patch: black, or white as after an operation."""
    grey = rng.choice([25, 215])
    axes = (rng.uniform(0.38, 0.48), rng.uniform(0.30, 0.38))
    return _sheet(_cloth((grey,) * 3, rng), _ellipse((-0.5, 0.02), axes))


def _sunglasses(rng: Rng, _skin: Colour) -> Sheet:
    """Dark lenses, lighter at the top."""
    sheet = _cloth((rng.uniform(8, 45),) * 3, rng) * (1 + 0.8 * np.clip(0.3 - _Y, 0, 1))
    axes = (rng.uniform(0.38, 0.46), rng.uniform(0.28, 0.38))
    lenses = [_ellipse((x, 0.06), axes) for x in (-0.52, 0.52)]
    return _sheet(sheet, np.maximum.reduce([_frame(axes, 3), *lenses]))


def _glasses(rng: Rng, _skin: Colour) -> Sheet:
    """Clear glasses in a frame."""
    axes = (rng.uniform(0.33, 0.44), rng.uniform(0.24, 0.33))
    return _sheet(_cloth(rng.integers(10, 110, 3), rng), _frame(axes, int(rng.integers(2, 5))))


def _beard(rng: Rng, _skin: Colour) -> Sheet:
    """A beard of any colour around the lips."""
    sheet = _cloth(rng.choice([25, 60, 130, 190]) * np.array([0.9, 0.95, 1.05]), rng, rough=0.12)
    hair = np.clip(_polygon(np.array(_JAW + _JAW_LEFT)) - _ellipse((0, 1.08), (0.45, 0.17)), 0, 1)
    return _sheet(sheet, cv2.GaussianBlur(hair, (0, 0), 3) * rng.uniform(0.5, 0.9))


COVERS: Final[dict[str, Cover]] = {
    "mask": _mask,
    "scarf": _scarf,
    "hand_on_mouth": _hand_on_mouth,
    "thing_at_mouth": _thing_at_mouth,
    "hand_on_eye": _hand_on_eye,
    "thing_at_eye": _thing_at_eye,
    "patch_on_eye": _patch_on_eye,
    "sunglasses": _sunglasses,
}

HARMLESS: Final[dict[str, Cover]] = {"glasses": _glasses, "beard": _beard}


def _cloth(colour: Sequence[float] | NDArray[np.generic], rng: Rng, rough: float = 0.03) -> Outline:
    """Return a sheet of one colour that is a little uneven, 3 x height x width."""
    uneven = cv2.GaussianBlur(rng.normal(0, 1, _SHAPE), (0, 0), 4.5)
    shade: Outline = 1 + rough * uneven / uneven.std()
    return np.asarray(colour, np.float64)[:, None, None] * shade


def _round(sheet: Outline) -> Outline:
    """Shade a sheet as what is wrapped around a face is."""
    return np.asarray(sheet * (1 - 0.35 * np.clip(np.abs(_X) / 1.1, 0, 1) ** 2), np.float64)


def _ridge(distance: Outline, width: float) -> Outline:
    return np.asarray(np.exp(-((distance / width) ** 2)), np.float64)


def mirrored(sheet: Sheet) -> Sheet:
    """Return a sheet for the other side of the face."""
    return Sheet(np.ascontiguousarray(sheet.colours[:, ::-1]), np.ascontiguousarray(sheet.opacity[:, ::-1]))


def _sheet(colours: Outline, opacity: Values) -> Sheet:
    return Sheet(np.ascontiguousarray(np.moveaxis(colours, 0, -1), np.float32), opacity)


def _polygon(outline: Outline) -> Values:
    opacity = np.zeros(_SHAPE, np.uint8)
    cv2.fillPoly(opacity, [_fixed(outline)], 255, cv2.LINE_AA, 3)
    return np.asarray(opacity / 255, np.float32)


def _ellipse(center: tuple[float, float], axes: tuple[float, float]) -> Values:
    return _polygon(_CIRCLE * axes + center)


def _frame(axes: tuple[float, float], width: int) -> Values:
    opacity = np.zeros(_SHAPE, np.uint8)
    lines = [_CIRCLE * axes + (side * 0.52, 0.05) for side in (-1, 1)]
    lines += [np.array([(-0.14, 0), (0.14, 0)]), *(np.array([(x * 0.9, -0.04), (x * 1.3, -0.08)]) for x in (-1, 1))]
    cv2.polylines(opacity, [_fixed(line) for line in lines], False, 255, width, cv2.LINE_AA, 3)
    return np.asarray(opacity / 255, np.float32)


def _fixed(outline: Outline) -> NDArray[np.int32]:
    """Points in eighths of a pixel of the sheet."""
    return np.round((outline - (LEFT, TOP)) * UNIT * 8).astype(np.int32)
