"""Marked heads: dots painted on a head's surface, to see where a render puts known places of the face."""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.samples.camera import Camera, View, handheld
from pipeline.samples.canvas import HEIGHT, WIDTH, pixel
from pipeline.samples.head import Head
from pipeline.samples.motion import Pose
from pipeline.samples.photograph import photograph
from pipeline.samples.scene import live_head

CAMERA: Final = Camera(shake=0, noise=0)

RIGHT_EYE, LEFT_EYE, NOSE_TIP = (-0.5, 0.0), (0.5, 0.0), (0.0, 0.55)
RIGHT_MOUTH, LEFT_MOUTH = (-0.4, 1.0), (0.4, 1.0)
"""Places of the face on the canvas, in units; right and left are the person's own."""


def still_view() -> View:
    """Return the view of a camera on a tripod."""
    return handheld(CAMERA, np.random.default_rng(0))(0)


def find_live(head: Head, place: tuple[float, float], pose: Pose) -> NDArray[np.float64] | None:
    """Return where a place of the head is seen in a frame (pixels), None when it is hidden."""
    plain = replace(head, front=_dot(place), back=_black(), background=_black())
    return _centre(live_head(plain)(pose, still_view()))


def find_printed(head: Head, place: tuple[float, float], pose: Pose) -> NDArray[np.float64]:
    """Return where a place of the print is seen in a frame (pixels)."""
    marked = replace(head, portrait=replace(head.portrait, image=_dot(place)))
    centre = _centre(photograph(marked)(pose, still_view()))
    assert centre is not None
    return centre


def nose_range(found: list[NDArray[np.float64]]) -> float:
    """Return how far the nose tip moves against eyes and mouth corners, in inter-ocular distances.

    Per frame: right eye, left eye, nose, right and left mouth corner. Eyes and mouth are mapped onto the first
    frame's by the affine transform that fits best; what then remains of the nose's movement is no plane's.
    """
    anchors = [0, 1, 3, 4]
    first = found[0][anchors]
    places = []
    for points in found:
        known = np.column_stack([points[anchors], np.ones(4)])
        affine = np.linalg.lstsq(known, first, rcond=None)[0]
        places.append(np.append(points[2], 1) @ affine)
    return float(np.ptp(np.array(places)[:, 0]) / np.hypot(*(first[1] - first[0])))


def _dot(place: tuple[float, float]) -> NDArray[np.uint8]:
    image = _black()
    cv2.circle(image, pixel(*place), 5, (0, 255, 0), -1)
    return image


def _black() -> NDArray[np.uint8]:
    return np.zeros((HEIGHT, WIDTH, 3), np.uint8)


def _centre(frame: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    blue, green, red = (frame[..., channel].astype(float) for channel in range(3))
    greenness = np.clip(green - np.maximum(blue, red) - 40, 0, None)
    if not greenness.any():
        return None
    rows, columns = np.indices(greenness.shape)
    weight = float(greenness.sum())
    return np.array([(columns * greenness).sum() / weight, (rows * greenness).sum() / weight])
