"""Other people made from one head: its face stretched, made flatter or deeper, mirrored, and coloured anew.

They are no replacement for portraits of real people: all of them have something of the one they were made from.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Image
from pipeline.samples.canvas import HEIGHT, LEFT, PIXELS_PER_UNIT, TOP, WIDTH, Plane, coordinates
from pipeline.samples.complexion import Complexion
from pipeline.samples.head import Head
from pipeline.samples.surface import EARS, Surface
from pipeline.samples.tracing import NEAREST

Rng = np.random.Generator

_HEIGHTS: Final = (TOP, -2.4, -0.35, 0.30, 0.80, 1.25, 1.90, 6.0)
"""Down the middle: top, crown, brow, below the eyes, base of the nose, below the mouth, below the chin, bottom (y)."""

_DEEPEST: Final = NEAREST - 0.02
"""Nothing may be nearer to the camera than where rays begin."""


@dataclass(frozen=True, slots=True)
class Build:
    """How the shape of a person differs from the portrait's; 1 changes nothing.

    Facial proportions of adults vary by 5 to 10 % around their mean (standard deviations in Farkas 1994, Anthropometry
    of the Head and Face).
    """

    width: float = 1.0
    jaw: float = 1.0
    """Width below the mouth, on top of the whole width."""
    forehead: float = 1.0
    eyes: float = 1.0
    nose: float = 1.0
    mouth: float = 1.0
    chin: float = 1.0
    """Heights of the parts of the face."""
    relief: float = 1.0
    """Depth of the whole face."""
    nose_height: float = 0.0
    """Units by which the nose stands out further."""
    mirrored: bool = False

    @classmethod
    def drawn(cls, rng: Rng) -> Self:
        """Draw a person at random."""
        forehead, eyes, nose, mouth, chin = np.clip(rng.normal(1, 0.06, 5), 0.87, 1.13).tolist()
        return cls(
            width=rng.uniform(0.90, 1.12),
            jaw=rng.uniform(0.88, 1.12),
            forehead=forehead,
            eyes=eyes,
            nose=nose,
            mouth=mouth,
            chin=chin,
            relief=rng.uniform(0.86, 1.04),
            nose_height=rng.uniform(-0.08, 0.05),
            mirrored=bool(rng.random() < 0.5),
        )


def somebody(head: Head, rng: Rng) -> Head:
    """Make another person, drawn at random, of a head."""
    return recoloured(reshaped(head, Build.drawn(rng)), Complexion.drawn(rng))


def reshaped(head: Head, build: Build) -> Head:
    """Give a head another build."""
    x, y = _sources(build)
    front, back = (_plane(plane, x, y) for plane in (head.surface.front, head.surface.back))
    front = _with_depth(front, build)
    person = back < 5  # Surface holds 9 outside of the person
    surface = Surface(front, np.where(person, np.minimum(back, front), np.float32(9)))
    portrait = replace(
        head.portrait,
        image=_image(head.portrait.image, x, y),
        covered=_plane(head.portrait.covered.astype(np.float32), x, y) > 0.5,
    )
    background = np.asarray(head.background[:, ::-1] if build.mirrored else head.background, np.uint8)
    return Head(portrait, surface, _image(head.front, x, y), _image(head.back, x, y), background)


def recoloured(head: Head, complexion: Complexion) -> Head:
    """Give a head another complexion, and what stands behind it another colour."""
    portrait, front = (complexion.painted(image, head) for image in (head.portrait.image, head.front))
    return replace(
        head,
        portrait=replace(head.portrait, image=portrait),
        front=front,
        back=complexion.tinted(head.back),
        background=complexion.behind(head.background),
    )


def _sources(build: Build) -> tuple[Plane, Plane]:
    """Return where, in pixels of the old canvas, each pixel of the new one comes from."""
    x, y = coordinates()
    factors = (1.0, build.forehead, build.eyes, build.nose, build.mouth, build.chin, 1.0)
    heights = np.concatenate([[0.0], np.cumsum(np.diff(_HEIGHTS) * factors)])
    heights -= np.interp(0.0, _HEIGHTS, heights)  # the eyes stay where they are
    old_y = _smooth(np.interp(y[:, 0], heights, _HEIGHTS))
    width = _smooth(np.interp(y[:, 0], (0.6, 1.4, 2.2, 3.2), (1.0, build.jaw, 1.0, 1 / build.width)) * build.width)
    old_x = x / width[:, None] * (-1 if build.mirrored else 1)
    return (
        np.asarray((old_x - LEFT) * PIXELS_PER_UNIT - 0.5, np.float32),
        np.asarray(np.repeat((old_y[:, None] - TOP) * PIXELS_PER_UNIT - 0.5, WIDTH, axis=1), np.float32),
    )


def _with_depth(front: Plane, build: Build) -> Plane:
    x, y = coordinates()
    nose_y = 0.6 * build.nose
    tip = build.nose_height * np.exp(-((x / 0.24) ** 2) - ((y - nose_y) / 0.3) ** 2)
    deeper = np.where(front > EARS, EARS + (front - EARS) * build.relief, front) + tip
    return np.asarray(np.minimum(deeper, _DEEPEST), np.float32)


def _image(image: Image, x: Plane, y: Plane) -> Image:
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _plane(plane: Plane, x: Plane, y: Plane) -> Plane:
    return np.asarray(cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.GaussianBlur(values.reshape(HEIGHT, 1), (0, 0), 12).ravel(), np.float64)
