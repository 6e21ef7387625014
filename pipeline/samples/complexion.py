"""Colours of a person: skin, hair, how smooth the skin is, glasses worn or taken off, and what is behind."""

from dataclasses import dataclass
from typing import Final, Self

import cv2
import numpy as np

from pipeline.frame import Image
from pipeline.samples.canvas import PIXELS_PER_UNIT, Plane, coordinates, pixel
from pipeline.samples.head import Head, skin_mask

Rng = np.random.Generator

_HAIR_ENDS: Final = 1.6
"""Height (y) down to which what is no skin counts as hair, hat or brows."""

_LENSES: Final = (0.40, 0.31)
"""Half width and half height of a lens, units."""


@dataclass(frozen=True, slots=True)
class Complexion:
    """How the colours of a person differ from the portrait's."""

    skin: tuple[float, float, float] = (1.0, 0.0, 0.0)
    """CIE Lab: lightness times the first, the second added to a, the third to b."""
    hair: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Gain of blue, green and red."""
    room: tuple[float, float, float] = (1.0, 1.0, 1.0)
    smoothness: float = 0.0
    """Share of the skin's wrinkles and pores that is gone."""
    bare: bool = False
    """Whether glasses (and with them the brows) are painted over."""
    glasses: tuple[int, int, int] | None = None
    """Colour (BGR) of glasses painted on."""

    @classmethod
    def drawn(cls, rng: Rng) -> Self:
        """Draw a complexion at random: skin from light to dark, glasses on every third person."""
        dark = rng.uniform(0.45, 1.08)
        hair = rng.uniform(0.4, 1.7) * rng.uniform(0.85, 1.15, 3)
        glasses = tuple(rng.integers(10, 110, 3).tolist()) if rng.random() < 0.33 else None
        return cls(
            skin=(dark, rng.uniform(-4, 4), rng.uniform(-6, 8)),
            hair=tuple(hair.tolist()),
            room=tuple((rng.uniform(0.5, 1.2) * rng.uniform(0.8, 1.2, 3)).tolist()),
            smoothness=rng.uniform(0.0, 0.8),
            bare=bool(rng.random() < 0.6),
            glasses=glasses,
        )

    def painted(self, image: Image, head: Head) -> Image:
        """Return an image of a head, laid out on the canvas, in these colours."""
        inside = _soft(head.surface.back < 5)
        skin = _soft(skin_mask(image)) * inside
        _, y = coordinates()
        hair = inside * (1 - skin) * np.clip((_HAIR_ENDS - y) / 0.2, 0, 1)
        plain = _without_glasses(image) if self.bare else image
        coloured = _mixed(plain, self._skin(plain), skin)
        coloured = _mixed(coloured, self.tinted(coloured), np.asarray(hair, np.float32))
        return coloured if self.glasses is None else _with_glasses(coloured, self.glasses)

    def tinted(self, image: Image) -> Image:
        """Return an image of hair in the colour of this hair."""
        return _gained(image, self.hair)

    def behind(self, background: Image) -> Image:
        """Return the background in the colour of this room."""
        return _gained(background, self.room)

    def _skin(self, image: Image) -> Image:
        smooth = cv2.bilateralFilter(image, 9, 40, 6)
        image = np.asarray(cv2.addWeighted(image, 1 - self.smoothness, smooth, self.smoothness, 0), np.uint8)
        lab = cv2.cvtColor(image, cv2.COLOR_BGR2LAB).astype(np.float32)
        lightness, red, yellow = self.skin
        lab[..., 0] *= lightness
        lab[..., 1:] += (red, yellow)
        return np.asarray(cv2.cvtColor(np.clip(lab, 0, 255).astype(np.uint8), cv2.COLOR_LAB2BGR), np.uint8)


def _with_glasses(image: Image, colour: tuple[int, int, int]) -> Image:
    worn = image.copy()
    axes = (round(_LENSES[0] * PIXELS_PER_UNIT), round(_LENSES[1] * PIXELS_PER_UNIT))
    for side in (-1, 1):
        cv2.ellipse(worn, pixel(side * 0.5, 0.03), axes, 0, 0, 360, colour, 5, cv2.LINE_AA)
        cv2.line(worn, pixel(side * 0.9, 0), pixel(side * 1.25, -0.05), colour, 5, cv2.LINE_AA)
    cv2.line(worn, pixel(-0.1, 0), pixel(0.1, 0), colour, 5, cv2.LINE_AA)
    return worn


def _without_glasses(image: Image) -> Image:
    """Paint over, around the eyes, what has not the colour of skin."""
    x, y = coordinates()
    around = (np.abs(x) < 1.2) & (y > -0.5) & (y < 0.6)
    eyes = ((np.abs(x) - 0.5) / 0.27) ** 2 + ((y + 0.0) / 0.15) ** 2 < 1
    odd = around & ~eyes & ~skin_mask(image)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    mask = cv2.dilate(odd.astype(np.uint8), brush) & (~eyes & around).astype(np.uint8)
    return np.asarray(cv2.inpaint(image, mask, 7, cv2.INPAINT_TELEA), np.uint8)


def _gained(image: Image, gain: tuple[float, float, float]) -> Image:
    return np.asarray(np.clip(image * np.asarray(gain, np.float32), 0, 255), np.uint8)


def _soft(mask: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]") -> Plane:
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 3), np.float32)


def _mixed(one: Image, other: Image, share: Plane) -> Image:
    return np.asarray(cv2.blendLinear(other, one, share, 1 - share), np.uint8)
