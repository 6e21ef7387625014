"""Where the rays of a frame meet a person's surface: hidden parts stay hidden, however the head is turned.

A turning head twists the neck and leaves the shoulders almost where they are. So every row of the frame gets its
own rotation, whole at the face and a fraction of it from the collar down, and its rays are turned the other way and
followed, straight, through the resting surface.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Image
from pipeline.samples.camera import DISTANCE, View
from pipeline.samples.canvas import FACE_WIDTH, LEFT, PIXELS_PER_UNIT, TOP, Plane
from pipeline.samples.motion import Pose, rotations
from pipeline.samples.surface import Surface

PIVOT: Final = np.array([0.0, 1.0, -0.55])
"""The top of the neck, around which a head turns: about 7 cm behind the eyes."""

CHIN: Final = np.array([0.0, 1.75, 0.3])
COLLAR: Final = 3.0
"""Height (y) from which the body follows only by BODY_SHARE."""
BODY_SHARE: Final = 0.12

NEAREST: Final = 1.35
FARTHEST: Final = -1.7
"""Depths, in units, between which the whole surface lies."""
STEPS: Final = 26
"""Steps a ray takes through them: 0.12 units, about the width of a nostril, so that no feature is stepped over."""
HALVINGS: Final = 4
"""Halvings of the step in which the ray met the surface: to 0.008 units, half a pixel at the widest turn."""


@dataclass(frozen=True, slots=True)
class Rays:
    """One ray per pixel of a frame, as the places of the canvas (pixels) it passes at each depth (units)."""

    x: Plane
    y: Plane
    slope_x: Plane
    slope_y: Plane

    @classmethod
    def of(cls, pose: Pose, view: View) -> "Rays":
        """Turn a view's rays into the resting person's axes."""
        back = _row_rotations(pose, view).transpose(0, 2, 1)
        camera = np.array([0, 0, DISTANCE]) - np.array([pose.x, pose.y, -pose.distance]) * FACE_WIDTH
        origin = (back @ (camera - PIVOT) + PIVOT).astype(np.float32)
        right, down = view.directions()
        turned = back.astype(np.float32)
        ray = [turned[:, i, :1] * right + turned[:, i, 1:2] * down - turned[:, i, 2:] for i in range(3)]
        slope_x, slope_y = ray[0] / ray[2], ray[1] / ray[2]
        return cls(
            (origin[:, :1] - origin[:, 2:] * slope_x - LEFT) * PIXELS_PER_UNIT - 0.5,
            (origin[:, 1:2] - origin[:, 2:] * slope_y - TOP) * PIXELS_PER_UNIT - 0.5,
            slope_x * PIXELS_PER_UNIT,
            slope_y * PIXELS_PER_UNIT,
        )

    def places(self, depth: Plane) -> tuple[Plane, Plane]:
        """Return where on the canvas (pixels) each ray passes a depth."""
        return self.x + depth * self.slope_x, self.y + depth * self.slope_y


class Solid:
    """A surface made ready for rays: cut into slices, one for each step of a ray."""

    def __init__(self, surface: Surface) -> None:
        self._planes = np.asarray(np.dstack([surface.front, surface.back]), np.float32)
        self._depths = np.linspace(NEAREST, FARTHEST, STEPS)
        self._slices = [self._slice(surface, step) for step in range(STEPS)]

    def _slice(self, surface: Surface, step: int) -> Image:
        """Hold the number of steps that are left where the solid is, so that the first hit is the largest number."""
        inside = (surface.front >= self._depths[step]) & (surface.back <= self._depths[step])
        return np.where(inside, STEPS - step, 0).astype(np.uint8)

    def first_hits(self, rays: Rays) -> tuple[Plane, NDArray[np.bool_]]:
        """Return the depth at which each ray meets the solid first, and whether it does."""
        left = self._steps_left(rays)
        stride = (FARTHEST - NEAREST) / (STEPS - 1)
        inside = np.asarray(FARTHEST - stride * (left.astype(np.float32) - 1), np.float32)
        outside = np.asarray(inside - stride, np.float32)
        for _ in range(HALVINGS):
            middle = np.asarray((outside + inside) / 2, np.float32)
            found = cv2.remap(self._planes, *rays.places(middle), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            within = (found[..., 0] >= middle) & (found[..., 1] <= middle)
            inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
        return inside, left > 0

    def _steps_left(self, rays: Rays) -> Image:
        """Walk all rays through the slices; return the steps left when each first met the solid, 0 for never."""
        left = np.zeros(rays.x.shape, np.uint8)
        for depth, piece in zip(self._depths, self._slices, strict=True):
            x = cv2.scaleAdd(rays.slope_x, depth, rays.x)
            y = cv2.scaleAdd(rays.slope_y, depth, rays.y)
            cv2.max(left, cv2.remap(piece, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE), dst=left)
        return left


def _row_rotations(pose: Pose, view: View) -> NDArray[np.float64]:
    """Return one rotation per row: the head's down to the chin, wherever that is now, then less and less."""
    angles = np.array([pose.yaw, pose.pitch, pose.roll])
    chin = rotations(*angles[:, None])[0] @ (CHIN - PIVOT) + PIVOT
    top = max(chin[1] + 0.15, 1.6)
    share = np.clip((view.row_heights() - pose.y * FACE_WIDTH - top) / max(COLLAR - top, 0.6), 0, 1)
    follow = 1 - (1 - BODY_SHARE) * share**2 * (3 - 2 * share)
    return rotations(*(angles[:, None] * follow))
