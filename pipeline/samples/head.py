"""A head that can be turned: a portrait's colours on a head-shaped surface, in front of the portrait's background."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Image
from pipeline.samples.canvas import PIXELS_PER_UNIT, Plane, coordinates
from pipeline.samples.cutout import person_mask
from pipeline.samples.filling import fill
from pipeline.samples.portrait import Portrait, shipped_photo
from pipeline.samples.surface import Surface

RIM: Final = (0.06, 0.40)
"""Distances from the outline, in units, between which the colours of the hair are taken."""

BACKGROUND_BLUR: Final = 7.0
"""Pixels of the canvas: a background out of focus hides that the person was cut out of it."""


@dataclass(frozen=True, slots=True)
class Head:
    """One person. ``front`` colours what the photograph shows, ``back`` what only turning brings into sight."""

    portrait: Portrait
    surface: Surface
    front: Image
    back: Image
    background: Image

    @classmethod
    def from_image(cls, path: Path) -> Self:
        """Make a head of any portrait photograph; the largest face in it counts.

        Raises:
            SampleError: not an image, or no face in it.
        """
        portrait = Portrait.from_image(path)
        person = person_mask(portrait)
        return cls(
            portrait,
            Surface.of(person, portrait.nose),
            _front_colours(portrait.image, person),
            _back_colours(portrait.image, person),
            _background(portrait, person),
        )

    @classmethod
    def shipped(cls) -> Self:
        """Make a head of the portrait that matplotlib ships.

        Raises:
            SampleError: matplotlib or its sample data is missing.
        """
        return cls.from_image(shipped_photo())


def _front_colours(image: Image, person: NDArray[np.bool_]) -> Image:
    """The photograph, its colours near and past the outline continued from the inside: no fringe of background."""
    inner = _shrunk(person, 7)
    keep = cv2.GaussianBlur(_shrunk(person, 5), (0, 0), 1.5)[..., None]
    return (image * keep + fill(image, inner) * (1 - keep)).astype(np.uint8)


def _back_colours(image: Image, person: NDArray[np.bool_]) -> Image:
    """The colours of the outline without those of skin, continued inwards and in the shade: hair, a hat, a collar."""
    _, y = coordinates()
    inside = np.asarray(cv2.distanceTransform(person.astype(np.uint8), cv2.DIST_L2, 5)) / PIXELS_PER_UNIT
    rim = (inside > RIM[0]) & (inside < RIM[1]) & (y < 2.2) & ~skin_mask(image)
    smooth = cv2.GaussianBlur(fill(image, rim.astype(np.float32)), (0, 0), 4)
    return (0.75 * smooth).astype(np.uint8)


def skin_mask(image: Image) -> NDArray[np.bool_]:
    """Pixels coloured like the middle of the face (in CIE Lab) and not much darker."""
    x, y = coordinates()
    face = (x / 0.75) ** 2 + ((y - 0.6) / 0.7) ** 2 < 1
    lab = cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 2), cv2.COLOR_BGR2LAB).astype(np.float32)
    middle = np.median(lab[face], axis=0)
    spread = np.abs(lab[face] - middle).mean(axis=0)
    alike = np.abs(lab[..., 1:] - middle[1:]) < 4.5 * spread[1:] + 4
    return np.asarray(alike.all(axis=-1) & (lab[..., 0] > 0.55 * middle[0]))


def _background(portrait: Portrait, person: NDArray[np.bool_]) -> Image:
    """The photograph without the person, out of focus."""
    around = np.asarray(cv2.dilate(person.astype(np.uint8), np.ones((25, 25), np.uint8)), bool)
    known = (portrait.covered & ~around).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(fill(portrait.image, known), (0, 0), BACKGROUND_BLUR), np.uint8)


def _shrunk(person: NDArray[np.bool_], size: int) -> Plane:
    return np.asarray(cv2.erode(person.astype(np.float32), np.ones((size, size), np.uint8)), np.float32)
