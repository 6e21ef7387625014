"""Cut the person out of a portrait."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.samples.canvas import HEIGHT, PIXELS_PER_UNIT, WIDTH, pixel
from pipeline.samples.portrait import Portrait

SHRINK: Final = 4
"""The cut is made on a quarter of the canvas: finer hairs than that would not survive a video either."""

ROUNDS: Final = 6
"""Rounds of GrabCut; the outline no longer changes after about five."""

# Where a person may be, is likely to be, and surely is: half outlines in units, from top to bottom, mirrored at x = 0.
_POSSIBLE: Final = (
    (0.8, -2.8), (1.6, -2.4), (2.0, -1.6), (2.0, 0.5), (1.25, 1.75), (1.3, 2.0), (2.6, 2.4), (3.3, 3.6), (3.6, 6.5),
)  # fmt: skip
_LIKELY_BODY: Final = ((0.8, 1.5), (1.2, 2.2), (2.6, 2.9), (3.2, 6.5))
_SURE_BODY: Final = ((0.55, 1.5), (0.9, 2.4), (1.6, 3.6), (1.6, 6.5))
_LIKELY_HEAD: Final = (0.1, 1.6, 2.2)
"""An ellipse: its centre's y, half width, half height."""
_SURE_HEAD: Final = (0.05, 1.0, 1.65)


def person_mask(portrait: Portrait) -> NDArray[np.bool_]:
    """Tell the person's pixels from the background's (GrabCut, started from where a person's outline usually lies)."""
    size = (WIDTH // SHRINK, HEIGHT // SHRINK)
    small = cv2.resize(portrait.image, size, interpolation=cv2.INTER_AREA)
    labels = _first_guess(size)
    cv2.setRNGSeed(0)  # GrabCut starts its colour clusters at random
    models = np.zeros((1, 65)), np.zeros((1, 65))  # GrabCut's own: five Gaussians each for background and person
    cv2.grabCut(small, labels, (0, 0, 0, 0), *models, ROUNDS, cv2.GC_INIT_WITH_MASK)
    person = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    soft = cv2.GaussianBlur(_one_piece(person).astype(np.float32), (0, 0), 1.2)
    return np.asarray(cv2.resize(soft, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC) > 0.5)


def _first_guess(size: tuple[int, int]) -> NDArray[np.uint8]:
    labels = np.full((size[1], size[0]), cv2.GC_BGD, np.uint8)
    _draw_outline(labels, _POSSIBLE, cv2.GC_PR_BGD)
    _draw_ellipse(labels, _LIKELY_HEAD, cv2.GC_PR_FGD)
    _draw_outline(labels, _LIKELY_BODY, cv2.GC_PR_FGD)
    _draw_ellipse(labels, _SURE_HEAD, cv2.GC_FGD)
    _draw_outline(labels, _SURE_BODY, cv2.GC_FGD)
    return labels


def _draw_outline(labels: NDArray[np.uint8], half: tuple[tuple[float, float], ...], label: int) -> None:
    outline = [*half, *((-x, y) for x, y in reversed(half))]
    cv2.fillPoly(labels, [np.array([pixel(x, y, SHRINK) for x, y in outline])], label)


def _draw_ellipse(labels: NDArray[np.uint8], ellipse: tuple[float, float, float], label: int) -> None:
    y, half_width, half_height = ellipse
    unit = PIXELS_PER_UNIT / SHRINK
    axes = (round(half_width * unit), round(half_height * unit))
    cv2.ellipse(labels, pixel(0, y, SHRINK), axes, 0, 0, 360, label, -1)


def _one_piece(person: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Keep the piece that holds the face, without thin threads and without holes."""
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))
    smooth = cv2.morphologyEx(cv2.morphologyEx(person, cv2.MORPH_CLOSE, brush), cv2.MORPH_OPEN, brush)
    face_x, face_y = pixel(0, 0.5, SHRINK)
    _, pieces = cv2.connectedComponents(smooth)
    piece = (pieces == pieces[face_y, face_x]).astype(np.uint8)
    _, gaps = cv2.connectedComponents(cv2.copyMakeBorder(1 - piece, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1))
    return np.asarray(gaps[1:-1, 1:-1] != gaps[0, 0])
