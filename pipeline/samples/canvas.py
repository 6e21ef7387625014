"""The sheet every portrait is laid out on: eyes level and a fixed distance apart, so a face has known coordinates.

The origin lies between the eyes; x runs to the right of the image (the person's own left), y down, z towards the
camera. The unit is the inter-ocular distance, the distance between the centres of the eyes.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Image

PIXELS_PER_UNIT: Final = 96
LEFT: Final = -4.0
TOP: Final = -4.0
WIDTH: Final = 8 * PIXELS_PER_UNIT
"""Pixels: 8 units, a torso and some of its surroundings."""
HEIGHT: Final = 10 * PIXELS_PER_UNIT
"""Pixels: 10 units, from well above a hat to the chest."""

FACE_WIDTH: Final = 2.2
"""Units: the cheekbones are about 137 mm wide, the pupils of adults about 62 mm apart."""

Plane = NDArray[np.float32]
"""Height x width, one number per pixel."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in units."""

    left: float
    top: float
    right: float
    bottom: float


def coordinates() -> tuple[Plane, Plane]:
    """Return x and y, in units, of every pixel of the canvas."""
    x = (np.arange(WIDTH) + 0.5) / PIXELS_PER_UNIT + LEFT
    y = (np.arange(HEIGHT) + 0.5) / PIXELS_PER_UNIT + TOP
    grid_x, grid_y = np.meshgrid(x.astype(np.float32), y.astype(np.float32))
    return np.asarray(grid_x, np.float32), np.asarray(grid_y, np.float32)


def pixel(x: float, y: float, shrink: int = 1) -> tuple[int, int]:
    """Return the pixel (column, row) at a place in units, on the canvas or on one shrunk by a whole number."""
    unit = PIXELS_PER_UNIT / shrink
    return round((x - LEFT) * unit), round((y - TOP) * unit)


def cropped(image: Image, box: Box) -> Image:
    """Return the part of a canvas-sized image inside a box."""
    (left, top), (right, bottom) = pixel(box.left, box.top), pixel(box.right, box.bottom)
    return image[top:bottom, left:right]


def units_to_pixels() -> NDArray[np.float64]:
    """Return the 3x3 matrix from units to positions on the canvas, where pixel centres are whole numbers."""
    return np.array(
        [
            [PIXELS_PER_UNIT, 0, -LEFT * PIXELS_PER_UNIT - 0.5],
            [0, PIXELS_PER_UNIT, -TOP * PIXELS_PER_UNIT - 0.5],
            [0, 0, 1],
        ]
    )
