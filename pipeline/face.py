"""A face in an image: its box, its landmarks, and the small upright grey crop that movement is measured on.

Lengths on a face are given in inter-ocular distances (IOD), the distance between the eye centres seen from the
front, so that they do not depend on the camera or how far away the person is.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Image

Points = NDArray[np.float64]
"""N x 2: x to the right, y down, in pixels of the image they were found in."""

RIGHT_EYE, LEFT_EYE, NOSE = 0, 1, 2
RIGHT_MOUTH, LEFT_MOUTH = 3, 4

CROP_SIZE: Final = 112
"""Side of a face crop, pixels."""

CROP_IOD: Final = 38.0
"""Inter-ocular distance in a face crop, pixels."""

CROP_EYES_Y: Final = 38.0
"""Height of the eyes in a face crop, pixels from the top; across, the face is centred."""

FIVE_POINT_FRAME: Final[dict[int, tuple[float, float]]] = {
    RIGHT_EYE: (-0.5, 0.0),
    LEFT_EYE: (0.5, 0.0),
    RIGHT_MOUTH: (-0.4, 1.08),
    LEFT_MOUTH: (0.4, 1.08),
}
"""Where eyes and mouth corners lie on an upright face, from the midpoint of the eyes, in IOD."""

UPRIGHT_FACE: Final[Points] = np.array([(-0.5, 0.0), (0.5, 0.0), (0.0, 0.62), (-0.4, 1.08), (0.4, 1.08)])
"""The five landmarks of an upright face, in the order of Face.points and the units of FIVE_POINT_FRAME."""

THREE_POINT_FRAME: Final[dict[int, tuple[float, float]]] = {
    RIGHT_EYE: (-0.5, 0.0),
    LEFT_EYE: (0.5, 0.0),
    NOSE: (0.0, 0.75),
}
"""The same for landmarks without a mouth: eyes and the base of the nose."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in an image, pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        """X and y of the middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def overlap(self, other: "Box") -> float:
        """Area that both cover, as a share of the area that either does."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        both = max(width, 0.0) * max(height, 0.0)
        return both / (self.area + other.area - both)

    def scaled(self, factor: float) -> "Box":
        """The same box in an image enlarged by ``factor``."""
        return Box(self.x * factor, self.y * factor, self.width * factor, self.height * factor)


@dataclass(frozen=True, slots=True)
class Face:
    """A detected face; ``points`` has the rows right eye, left eye, nose and, from some detectors, the mouth.

    Right and left are the person's own.
    """

    box: Box
    score: float
    points: Points

    @property
    def eye_distance(self) -> float:
        """Distance between the eyes as seen, pixels."""
        return float(np.hypot(*(self.points[LEFT_EYE] - self.points[RIGHT_EYE])))

    def scaled(self, factor: float) -> "Face":
        """The same face in an image enlarged by ``factor``."""
        return Face(self.box.scaled(factor), self.score, self.points * factor)


def has_mouth(points: Points) -> bool:
    """Tell whether landmarks include the corners of the mouth."""
    return len(points) > LEFT_MOUTH


class _CropPlaces:
    """Where landmarks lie in a face crop, as points of the complex plane."""

    def __init__(self, frame: dict[int, tuple[float, float]]) -> None:
        self.rows = list(frame)
        places = _on_the_plane(np.array(list(frame.values())) * CROP_IOD + (CROP_SIZE / 2, CROP_EYES_Y))
        self.middle = complex(places.mean())
        self.centered = places - self.middle


def _on_the_plane(points: Points) -> NDArray[np.complex128]:
    return points.view(np.complex128).ravel()


_FIVE_POINTS: Final = _CropPlaces(FIVE_POINT_FRAME)
_THREE_POINTS: Final = _CropPlaces(THREE_POINT_FRAME)


def crop_transform(face: Face) -> NDArray[np.float64]:
    """Return the 2 x 3 similarity that takes the image to the face crop.

    The least-squares similarity between the landmarks and their places on an upright face (Umeyama 1991, in two
    dimensions and without reflection, where it is the product with one complex number and the sum with another).
    """
    target = _FIVE_POINTS if has_mouth(face.points) else _THREE_POINTS
    source = _on_the_plane(face.points[target.rows])
    middle = source.mean()
    centered = source - middle
    turn = complex(np.vdot(centered, target.centered)) / float(np.vdot(centered, centered).real)
    shift = target.middle - turn * complex(middle)
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def crop_face(grey: Image, transform: NDArray[np.float64]) -> Image:
    """Cut the CROP_SIZE x CROP_SIZE face out of a grey image."""
    size = (CROP_SIZE, CROP_SIZE)
    crop = cv2.warpAffine(grey, transform, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(crop, np.uint8)


def nose_position(points: Points) -> NDArray[np.float64]:
    """Return where the nose lies, across (towards the person's left) and along (downwards) the face, IOD.

    Measured from the midpoint of the eyes, after eyes and mouth corners were mapped to FIVE_POINT_FRAME by an affine
    transform; without a mouth, after the eyes were mapped to the same places by a similarity.
    """
    if has_mouth(points):
        return _nose_after_affine(points)
    eyes = points[LEFT_EYE] - points[RIGHT_EYE]
    away = points[NOSE] - (points[LEFT_EYE] + points[RIGHT_EYE]) / 2
    return np.array([away @ eyes, eyes[0] * away[1] - eyes[1] * away[0]]) / float(eyes @ eyes)


_ROWS: Final = list(FIVE_POINT_FRAME)
_PLACES: Final[Points] = np.array(list(FIVE_POINT_FRAME.values()))
_PLACES_MIDDLE: Final = _PLACES.mean(axis=0)
_CENTERED_PLACES: Final[Points] = _PLACES - _PLACES_MIDDLE
_NEVER_ZERO: Final = 1e-12
"""Share by which landmarks on one line are taken to spread aside, so that they have an answer as well."""


def _nose_after_affine(points: Points) -> NDArray[np.float64]:
    """Map the nose by the affine transform that fits the other landmarks best: two by two normal equations."""
    middle = points[_ROWS].mean(axis=0)
    centered = points[_ROWS] - middle
    (a, b), (_, d) = (centered.T @ centered).tolist()
    determinant = a * d - b * b + _NEVER_ZERO * (a + d) ** 2
    inverse = np.array([[d, -b], [-b, a]]) / determinant
    return np.asarray(_PLACES_MIDDLE + (points[NOSE] - middle) @ inverse @ (centered.T @ _CENTERED_PLACES), np.float64)
