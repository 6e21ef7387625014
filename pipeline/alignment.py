"""Align two face crops with a model of a head: a plane that moves as planes do, and relief on it that shifts.

Two views of a rigid scene differ by the homography of a plane in it and by a shift of every point that is
proportional to the point's height over that plane (plane and parallax: Irani and Anandan 1996). With the heights of an
average head the ten numbers of such a motion are found directly from the grey values, by Gauss-Newton steps with
robust weights (Lucas and Kanade 1981; Baker and Matthews 2004). A photograph, whatever is done to it, has no parallax.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.face import CROP_EYES_Y, CROP_IOD, CROP_SIZE
from pipeline.frame import Image

Grey = NDArray[np.float32]

SIZE: Final = CROP_SIZE // 2
"""Side of the images aligned, pixels: half a face crop keeps all that survives the blur."""

BLUR: Final = 1.2
"""Standard deviation of the blur, pixels: wide enough to bridge what landmarks leave misaligned."""

PARALLAX_DEGREES: Final = 42.5
"""Degrees of turn or nod for parallax 1: 0.0235 a degree on rendered heads whose angles are known."""

STEPS: Final = 8
"""Gauss-Newton steps at most; most views have converged after five."""

_CONTRAST_SIGMA: Final = 8.0
_NOISE_LEVEL: Final = 25.0
_IOD: Final = CROP_IOD / 2
_CENTER_X: Final = SIZE / 2
_CENTER_Y: Final = (CROP_EYES_Y + CROP_IOD / 2) / 2
_TO_PIXELS: Final = np.array([[_IOD, 0, _CENTER_X], [0, _IOD, _CENTER_Y], [0, 0, 1.0]])
_PRIOR: Final = np.array([1.5e-4] * 6 + [7.5e-3, 7.5e-3, 3e-3, 3e-3])
"""Damping of the ten steps, as a share of the number of pixels: perspective and parallax are the least certain."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a crop differs from the reference: a plane's motion, parallax, and how well both explain it."""

    plane: NDArray[np.float64]
    """3 x 3 homography from the reference to the crop, pixels of a face crop."""
    turn: float
    """Parallax across the face: shift per height over the plane, about 1.8 times the sine of the turn."""
    nod: float
    """The same along the face."""
    correlation: float
    """Correlation of the reference with the crop brought back to it, -1 to 1."""
    motion: NDArray[np.float64]
    """The ten numbers, from which the next view of a clip can start."""

    @property
    def shift(self) -> float:
        """Parallax in whichever direction."""
        return float(np.hypot(self.turn, self.nod))


def _head_heights(x: Grey, y: Grey) -> Grey:
    """Height of an average head over the plane of eyes and mouth, IOD; x and y in IOD from the eyes' midpoint.

    An ellipsoid, a ridge for the nose that rises from between the eyes to the tip and ends above the lip, and hollows
    for the eyes; proportions after Farkas (1994), Anthropometry of the Head and Face.
    """
    skull = 1.35 * np.sqrt(np.clip(1 - (x / 1.35) ** 2 - ((y - 0.45) / 1.9) ** 2, 0.05, 1))
    rise = np.clip(y / 0.66, 0, 1)
    ridge = np.where(y < 0.66, rise**1.3, np.clip(1 - (y - 0.66) / 0.22, 0, 1)) * 0.42
    nose = ridge * np.exp(-((x / (0.10 + 0.10 * rise)) ** 2))
    hollows = 0.10 * np.exp(-(((np.abs(x) - 0.5) / 0.2) ** 2) - (y / 0.14) ** 2)
    heights = skull + nose - hollows
    return np.asarray(heights - heights.mean(), np.float32)


class _Model:
    """The fixed part: which pixels count and how much, their heights, and how each number moves them."""

    def __init__(self) -> None:
        rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
        all_x, all_y = (columns - _CENTER_X) / _IOD, (rows - _CENTER_Y) / _IOD
        inside = all_x**2 + ((all_y - 0.08) / 1.02) ** 2 < 1
        self.inside = np.flatnonzero(inside)
        x, y = all_x[inside], all_y[inside]
        one, zero = np.ones_like(x), np.zeros_like(x)
        self.places = np.stack([x, y, one])
        self.heights = _head_heights(all_x, all_y + 0.5)[inside]
        eyes = 0.8 * np.exp(-(((np.abs(x) - 0.5) / 0.25) ** 2) - ((y + 0.5) / 0.16) ** 2)
        mouth = 0.8 * np.exp(-((x / 0.45) ** 2) - ((y - 0.62) / 0.22) ** 2)
        self.weight = (1 - eyes) * (1 - mouth)
        self.across = np.stack([one, zero, x, y, zero, zero, x * x, x * y, self.heights, zero])
        self.along = np.stack([zero, one, zero, zero, x, y, x * y, y * y, zero, self.heights])

    def moved(self, motion: NDArray[np.float64]) -> Grey:
        """Where each pixel of the reference that counts lies in the crop, pixels: x and y, 2 x pixels."""
        plane = (_TO_PIXELS @ _homography(motion)).astype(np.float32)
        x, y, depth = plane @ self.places
        parallax = (motion[8:, None] * _IOD).astype(np.float32) * self.heights
        return np.asarray(np.stack([x, y]) / depth + parallax, np.float32)


_MODEL: Final = _Model()


class Reference:
    """The view the others are aligned with."""

    def __init__(self, crop: Image | Grey) -> None:
        self._image = _grey(crop)
        self._values = _inside(self._image)

    @cached_property
    def _slopes(self) -> Grey:
        """10 x pixels: how each grey value changes with each number of the motion."""
        across, along = (
            _inside(np.asarray(cv2.Sobel(self._image, cv2.CV_32F, *order, scale=_IOD / 8), np.float32))
            for order in ((1, 0), (0, 1))
        )
        return np.asarray(across * _MODEL.across + along * _MODEL.along, np.float32)

    def align(
        self, crop: Image | Grey, *, as_plane: bool = False, start: NDArray[np.float64] | None = None
    ) -> Alignment:
        """Find the motion that takes this view to ``crop``, from a first guess; ``as_plane`` allows no parallax.

        Both views may be given normalised, which spares doing it again.
        """
        image = _grey(crop)
        numbers = 8 if as_plane else 10
        motion = np.zeros(10) if start is None else start.copy()
        for _ in range(STEPS):
            step = self._step(_sample(image, motion), numbers)
            motion[:numbers] += step
            if float(np.abs(step).max()) < 2e-3:
                break
        correlation = _correlation(_sample(image, motion), self._values)
        plane = _in_crop_pixels(_homography(motion))
        return Alignment(plane, float(motion[8]), float(motion[9]), correlation, motion)

    def _step(self, values: Grey, numbers: int) -> NDArray[np.float64]:
        error = values - self._values
        scale = 2 * (1.48 * _median(np.abs(error)) + 1e-3)
        slopes = self._slopes[:numbers]
        weighted = slopes * (_MODEL.weight / (1 + (error / scale) ** 2))
        normal = (weighted @ slopes.T).astype(np.float64)
        normal.flat[:: numbers + 1] += _PRIOR[:numbers] * len(error)
        return np.asarray(np.linalg.solve(normal, -(weighted @ error)), np.float64)


def likeness(first: Grey, second: Grey) -> float:
    """Correlation of two normalised face crops as they are, -1 to 1."""
    return _correlation(_inside(first), _inside(second))


def normalised(crop: Image) -> Grey:
    """Halve a crop, even out its light and contrast and blur it."""
    small = cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)
    difference = small - cv2.GaussianBlur(small, (0, 0), _CONTRAST_SIGMA)
    contrast = np.sqrt(cv2.GaussianBlur(difference**2, (0, 0), _CONTRAST_SIGMA) + _NOISE_LEVEL)
    return np.asarray(cv2.GaussianBlur(difference / contrast, (0, 0), BLUR), np.float32)


def _grey(view: Image | Grey) -> Grey:
    return normalised(np.asarray(view, np.uint8)) if view.dtype == np.uint8 else np.asarray(view, np.float32)


def _inside(image: Grey) -> Grey:
    """The pixels that count, in a row."""
    return np.asarray(image.ravel()[_MODEL.inside], np.float32)


def _sample(image: Grey, motion: NDArray[np.float64]) -> Grey:
    x, y = _MODEL.moved(motion)[:, None]
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0], np.float32)


def _median(values: Grey) -> float:
    """The upper median; unlike numpy's it does nothing else."""
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])


def _correlation(first: Grey, second: Grey) -> float:
    """Pearson's; unlike numpy's it makes no matrix. 0 where nothing varies."""
    one, other = first - first.mean(), second - second.mean()
    power = float(one @ one) * float(other @ other)
    return float(one @ other) / power**0.5 if power > 0 else 0.0


def _homography(motion: NDArray[np.float64]) -> NDArray[np.float64]:
    """The plane's motion in IOD; to first order its displacement is the eight-parameter quadratic flow."""
    return np.array(
        [
            [1 + motion[2], motion[3], motion[0]],
            [motion[4], 1 + motion[5], motion[1]],
            [-motion[6], -motion[7], 1.0],
        ]
    )


def _in_crop_pixels(plane: NDArray[np.float64]) -> NDArray[np.float64]:
    to_crop = np.array([[CROP_IOD, 0, 2 * _CENTER_X], [0, CROP_IOD, 2 * _CENTER_Y], [0, 0, 1.0]])
    moved = to_crop @ plane @ np.linalg.inv(to_crop)
    return np.asarray(moved / moved[2, 2], np.float64)
