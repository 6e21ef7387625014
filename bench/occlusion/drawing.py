"""Lays covers over the faces in pictures, and changes the light of pictures."""

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.occlusion.covers import LEFT, TOP, UNIT, Colour, Cover, Rng, mirrored
from pipeline.face import LEFT_EYE, LEFT_MOUTH, NOSE, RIGHT_EYE, RIGHT_MOUTH, UPRIGHT_FACE, Points
from pipeline.frame import Image

Light = Callable[[Image, Rng], Image]
"""Takes a picture in another light, or with another lens."""

FINE: Final = 2
"""Covers are drawn so many times larger than the picture, for smooth edges."""

USUAL_LIGHT: Final = 140.0
"""Grey level of a nose in good light; covers are lit as the nose is."""


def covered(image: Image, face: Points, cover: Cover, rng: Rng, *, on_left: bool = False) -> Image:
    """Return a picture (BGR) with a cover over the face whose five landmarks are given."""
    sheet = cover(rng, _skin(image, face))
    sheet = mirrored(sheet) if on_left else sheet
    height, width = image.shape[:2]
    matrix = np.diag([FINE, FINE]) @ _placed(face)
    size = (width * FINE, height * FINE)
    colours = cv2.warpAffine(sheet.colours, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    opacity = cv2.warpAffine(sheet.opacity, matrix, size)[..., None]
    laid = cv2.resize(colours * opacity, (width, height), interpolation=cv2.INTER_AREA)
    hidden = cv2.resize(opacity, (width, height), interpolation=cv2.INTER_AREA)[..., None]
    light = np.clip(_around(image, face[NOSE]).mean() / USUAL_LIGHT, 0.35, 1.1)
    noise = hidden * rng.normal(0, 1.5, image.shape)
    return _clipped(image * (1 - hidden) + laid * light + noise)


def _dim(image: Image, rng: Rng) -> Image:
    return _clipped(image * 0.35 + rng.normal(0, 3, image.shape))


def _side_light(image: Image, rng: Rng) -> Image:
    falloff = np.linspace(0.25, 1.3, image.shape[1])[:: rng.choice([-1, 1])]
    return _clipped(image * falloff[:, None])


def _glaring(image: Image, _rng: Rng) -> Image:
    return _clipped(image * 1.6)


def _soft(image: Image, _rng: Rng) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.5), np.uint8)


LIGHTS: Final[dict[str, Light]] = {
    "dim": _dim,
    "side_light": _side_light,
    "glaring": _glaring,
    "soft": _soft,
}


def _placed(face: Points) -> NDArray[np.float64]:
    """Return the 2 x 3 similarity from a sheet's pixels to the picture (least squares, Umeyama 1991)."""
    source, target = UPRIGHT_FACE - UPRIGHT_FACE.mean(axis=0), face - face.mean(axis=0)
    norm = float((source**2).sum())
    cos = float((source * target).sum()) / norm
    sin = float((source[:, 0] * target[:, 1] - source[:, 1] * target[:, 0]).sum()) / norm
    linear = np.array([[cos, -sin], [sin, cos]])
    origin = face.mean(axis=0) + linear @ ((LEFT, TOP) - UPRIGHT_FACE.mean(axis=0))
    return np.column_stack([linear / UNIT, origin])


def _skin(image: Image, face: Points) -> Colour:
    """Return the colour of the cheeks."""
    sides = ((RIGHT_EYE, RIGHT_MOUTH), (LEFT_EYE, LEFT_MOUTH))
    cheeks = [_around(image, 0.4 * face[eye] + 0.3 * face[mouth] + 0.3 * face[NOSE]) for eye, mouth in sides]
    return np.asarray(np.median(np.concatenate(cheeks), axis=0), np.float64)


def _around(image: Image, place: NDArray[np.float64]) -> Image:
    """Return the 5 x 5 pixels around a place, as a list of colours."""
    x, y = np.clip(np.round(place).astype(int), 2, np.array(image.shape[1::-1]) - 3)
    return image[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3)


def _clipped(image: NDArray[np.floating[Any]]) -> Image:
    return np.asarray(np.clip(image, 0, 255), np.uint8)
