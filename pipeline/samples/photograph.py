"""The attack with a photograph: a flat print of the same portrait, held in front of a room."""

from typing import Final

import cv2
import numpy as np

from pipeline.frame import Image
from pipeline.samples.camera import View
from pipeline.samples.canvas import HEIGHT, WIDTH, Box, Plane, pixel
from pipeline.samples.head import Head
from pipeline.samples.motion import Pose
from pipeline.samples.portrait import Portrait
from pipeline.samples.scene import Scene, flat

PRINT: Final = Box(-2.9, -2.6, 2.9, 4.6)
"""What a print shows, as far as the photograph covers it: head and shoulders."""

MARGIN: Final = 12
"""White border of a print, in pixels of the canvas."""

_FURNITURE: Final = (
    (Box(-3.6, -3.2, -1.9, 0.6), (245, 240, 235)),  # window
    (Box(-2.8, -3.2, -2.7, 0.6), (190, 190, 195)),  # its bar
    (Box(2.2, -2.4, 4.0, 6.0), (96, 118, 140)),  # door
    (Box(-4.0, 2.4, 0.4, 2.6), (70, 92, 120)),  # shelf
    (Box(-3.4, 1.5, -3.1, 2.4), (60, 60, 150)),  # books
    (Box(-3.1, 1.3, -2.8, 2.4), (120, 90, 50)),
    (Box(-2.8, 1.6, -2.4, 2.4), (70, 120, 80)),
)
"""What stands in the room, with its colour (BGR)."""


def photograph(head: Head) -> Scene:
    """A person's photograph instead of the person; it turns around the point between the eyes."""
    sheet, paper = printed(head.portrait)
    room = plain_room()

    def draw(pose: Pose, view: View) -> Image:
        cover = cv2.warpPerspective(paper, view.of_canvas(pose), (view.width, view.height))
        behind = flat(room, Pose(), view)
        return np.asarray(cv2.blendLinear(flat(sheet, pose, view), behind, cover, 1 - cover), np.uint8)

    return draw


def printed(portrait: Portrait) -> tuple[Image, Plane]:
    """Return a canvas with the print on it, white around, and 1 where its paper is."""
    rows = np.flatnonzero(portrait.covered.any(axis=1))
    columns = np.flatnonzero(portrait.covered.any(axis=0))
    (left, top), (right, bottom) = pixel(PRINT.left, PRINT.top), pixel(PRINT.right, PRINT.bottom)
    left, right = max(left, columns[0]), min(right, columns[-1])
    top, bottom = max(top, rows[0]), min(bottom, rows[-1])
    sheet = np.full_like(portrait.image, 245)
    sheet[top:bottom, left:right] = portrait.image[top:bottom, left:right]
    paper = np.zeros((HEIGHT, WIDTH), np.float32)
    paper[max(0, top - MARGIN) : bottom + MARGIN, max(0, left - MARGIN) : right + MARGIN] = 1
    return sheet, paper


def plain_room() -> Image:
    """Paint a room out of focus: a wall in the light of a window, a door and a shelf with books."""
    light = np.linspace(205, 150, WIDTH)[None, :, None] * np.array([0.90, 0.97, 1.0])
    room = np.repeat(light, HEIGHT, axis=0).astype(np.uint8)
    for box, colour in _FURNITURE:
        cv2.rectangle(room, pixel(box.left, box.top), pixel(box.right, box.bottom), colour, -1)
    return np.asarray(cv2.GaussianBlur(room, (0, 0), 9), np.uint8)
