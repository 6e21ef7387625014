"""Flat and bent sheets that show a face: prints, cut-out prints, phones."""

from dataclasses import dataclass, replace
from math import cos, radians, sin
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Image
from pipeline.samples.camera import DISTANCE, View
from pipeline.samples.canvas import (
    FACE_WIDTH,
    HEIGHT,
    LEFT,
    PIXELS_PER_UNIT,
    TOP,
    WIDTH,
    Box,
    Plane,
    coordinates,
    pixel,
)
from pipeline.samples.head import Head
from pipeline.samples.motion import Pose, rotations
from pipeline.samples.photograph import printed
from pipeline.samples.scene import flat

HOLE: Final = (0.30, 0.17)
"""Half width and half height of the holes cut for the eyes, units."""

SCREEN: Final = Box(-1.9, -2.5, 1.9, 3.1)
"""What a phone's screen shows of the canvas; at a head's size in reality the screen of a large phone or a tablet."""

SPOT_SPEED: Final = 12.0
"""Degrees of turn that move the reflection of a lamp by one unit: it stands some six units in front of the sheet."""

_EYES: Final = 0.5


@dataclass(frozen=True, slots=True)
class Sheet:
    """A canvas-sized picture, and 1 where there is paper (or a phone), 0 where one looks past it."""

    image: Image
    cover: Plane

    @classmethod
    def print_of(cls, head: Head) -> Self:
        """Print a portrait, with a white border."""
        return cls(*printed(head.portrait))

    @classmethod
    def cut_out(cls, head: Head) -> Self:
        """Print a portrait and cut the person out along the outline."""
        person = (head.surface.back < 5).astype(np.float32)
        return cls(head.front, np.asarray(cv2.GaussianBlur(person, (0, 0), 1), np.float32))

    @classmethod
    def phone(cls, picture: Image) -> Self:
        """Show a canvas-sized picture on a phone: bluish, with a dark rim."""
        (left, top), (right, bottom) = pixel(SCREEN.left, SCREEN.top), pixel(SCREEN.right, SCREEN.bottom)
        image = np.full_like(picture, 25)
        shown = picture[top:bottom, left:right] * np.array([1.08, 1.0, 0.96], np.float32) + 8
        image[top:bottom, left:right] = np.clip(shown, 0, 255).astype(np.uint8)
        cover = np.zeros((HEIGHT, WIDTH), np.float32)
        cover[max(0, top - 30) : bottom + 30, max(0, left - 12) : right + 12] = 1
        return cls(image, cover)

    def with_holes(self) -> Self:
        """Cut holes for the eyes."""
        cover = self.cover.copy()
        axes = (round(HOLE[0] * PIXELS_PER_UNIT), round(HOLE[1] * PIXELS_PER_UNIT))
        for x in (-_EYES, _EYES):
            cv2.ellipse(cover, pixel(x, 0), axes, 0, 0, 360, 0.0, -1)
        return replace(self, cover=np.asarray(cv2.GaussianBlur(cover, (0, 0), 1), np.float32))

    def over(self, behind: Image, pose: Pose, view: View) -> Image:
        """Draw the sheet, flat, in front of what is behind it."""
        cover = cv2.warpPerspective(self.cover, view.of_canvas(pose), (view.width, view.height))
        return np.asarray(cv2.blendLinear(flat(self.image, pose, view), behind, cover, 1 - cover), np.uint8)


@dataclass(frozen=True, slots=True)
class Bend:
    """A cylinder around which a sheet is bent."""

    radius: float
    """Units, positive: towards the camera like a face, negative: like the inside of a pipe. 1.3 is a head's."""
    slant: float = 0.0
    """Degrees of the axis away from upright."""

    def over(self, sheet: Sheet, behind: Image, pose: Pose, view: View) -> Image:
        """Draw a bent sheet in front of what is behind it."""
        x, y, met = self._meeting_points(pose, view)
        cover = np.asarray(cv2.remap(sheet.cover, x, y, cv2.INTER_LINEAR) * met, np.float32)
        colours = cv2.remap(sheet.image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.blendLinear(colours, behind, cover, 1 - cover), np.uint8)

    def _meeting_points(self, pose: Pose, view: View) -> tuple[Plane, Plane, NDArray[np.bool_]]:
        """Return the place of the canvas (pixels) at which each ray meets the sheet, and whether it does."""
        upright = _about_depth(-self.slant)
        back = upright @ rotations(*(np.array([angle]) for angle in (pose.yaw, pose.pitch, pose.roll)))[0].T
        across, along, depth = back @ (
            np.array([0, 0, DISTANCE]) - np.array([pose.x, pose.y, -pose.distance]) * FACE_WIDTH
        )
        right, down = view.directions()
        step_across, step_along, step_depth = (row[0] * right + row[1] * down - row[2] for row in back)
        middle = depth + self.radius  # the cylinder touches the plane of the flat sheet in its middle line
        a = step_across**2 + step_depth**2
        b = across * step_across + middle * step_depth
        root = b**2 - a * (across**2 + middle**2 - self.radius**2)
        way = (-b - np.sign(self.radius) * np.sqrt(np.maximum(root, 0))) / a
        angle = np.arctan2(across + way * step_across, (middle + way * step_depth) * np.sign(self.radius))
        there = abs(self.radius) * angle, along + way * step_along
        x, y = (upright.T[row, 0] * there[0] + upright.T[row, 1] * there[1] for row in (0, 1))
        met = (root > 0) & (np.abs(angle) < np.pi / 2)
        return (
            np.asarray((x - LEFT) * PIXELS_PER_UNIT - 0.5, np.float32),
            np.asarray((y - TOP) * PIXELS_PER_UNIT - 0.5, np.float32),
            met,
        )


class Glare:
    """A lamp on a glossy sheet: a soft spot that runs over it as the sheet is turned."""

    def __init__(self, x: float, y: float) -> None:
        self._place = x, y
        across, along = coordinates()
        self._spot = np.asarray(150 * np.exp(-((across / 0.5) ** 2) - (along / 0.7) ** 2), np.float32)

    def on(self, frame: Image, sheet: Sheet, pose: Pose, view: View) -> Image:
        """Add the spot to a frame that shows the sheet in a pose."""
        shift = np.eye(3)
        shift[:2, 2] = self._place[0] - pose.yaw / SPOT_SPEED, self._place[1] + pose.pitch / SPOT_SPEED
        shift[:2, 2] *= PIXELS_PER_UNIT
        size = (view.width, view.height)
        spot = cv2.warpPerspective(self._spot, view.of_canvas(pose) @ shift, size)
        spot = cv2.multiply(spot, cv2.warpPerspective(sheet.cover, view.of_canvas(pose), size))
        return np.asarray(np.clip(frame + spot[..., None], 0, 255), np.uint8)


def _about_depth(degrees: float) -> NDArray[np.float64]:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
