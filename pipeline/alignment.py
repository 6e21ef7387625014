"""Align two face crops as views of one surface: a plane that moves as planes do, and heights on it that shift.

Two views of a rigid scene differ by the homography of a plane in it and by a shift of every point that is
proportional to the point's height over that plane (plane and parallax: Irani and Anandan 1996). With the heights of an
average head the ten numbers of such a motion are found directly from the grey values, by Gauss-Newton steps with
robust weights (Lucas and Kanade 1981; Baker and Matthews 2004). A flat photograph has no parallax, and one that is
bent has that of a cylinder.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.contrast import Grey, against_neighbourhood
from pipeline.face import CROP_EYES_Y, CROP_IOD, CROP_SIZE
from pipeline.frame import Image

SIZE: Final = CROP_SIZE // 2
"""Side of the images aligned, pixels: half a face crop keeps all that survives the blur."""

BLUR: Final = 1.2
"""Standard deviation of the blur, pixels: wide enough to bridge what landmarks leave misaligned."""

PARALLAX_DEGREES: Final = 42.5
"""Degrees of turn or nod for parallax 1: 0.0235 a degree on rendered heads whose angles are known."""

STEPS: Final = 8
"""Gauss-Newton steps at most; most views have converged after five."""

_CONTRAST_SIGMA: Final = 8.0
_IOD: Final = CROP_IOD / 2
_CENTER_X: Final = SIZE / 2
_CENTER_Y: Final = (CROP_EYES_Y + CROP_IOD / 2) / 2
_TO_PIXELS: Final = np.array([[_IOD, 0, _CENTER_X], [0, _IOD, _CENTER_Y], [0, 0, 1.0]])
_PLANE_NUMBERS: Final = 8
_DAMPING: Final = ([1.5e-4] * 6 + [7.5e-3] * 2, [3e-3] * 2)
"""Damping of the steps of a plane and of each height on it, as a share of the number of pixels: perspective and
parallax are the least certain."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a crop differs from the reference: a plane's motion, parallax, and how well both explain it."""

    plane: NDArray[np.float64]
    """3 x 3 homography from the reference to the crop, pixels of a face crop."""
    correlation: float
    """Correlation of the reference with the crop brought back to it, -1 to 1."""
    motion: NDArray[np.float64]
    """Eight numbers of the plane and two for each height on it, from which another alignment can start."""

    @property
    def parallax(self) -> NDArray[np.float64]:
        """Shift per height of the first heights, across and along the face: for a head about 1.8 times the sine of the
        turn and of the nod; nothing for a plane, which has no heights."""
        return self.motion[_PLANE_NUMBERS : _PLANE_NUMBERS + 2]

    @property
    def shift(self) -> float:
        """Parallax in whichever direction."""
        return float(np.hypot(*self.parallax))


class _Face:
    """The pixels of a halved crop that show the face, and how much each of them counts."""

    def __init__(self) -> None:
        rows, columns = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32)
        all_x, all_y = (columns - _CENTER_X) / _IOD, (rows - _CENTER_Y) / _IOD
        inside = all_x**2 + ((all_y - 0.08) / 1.02) ** 2 < 1
        self.inside = np.flatnonzero(inside)
        self.x, self.y = all_x[inside], all_y[inside]
        self.places = np.stack([self.x, self.y, np.ones_like(self.x)])
        eyes = 0.8 * np.exp(-(((np.abs(self.x) - 0.5) / 0.25) ** 2) - ((self.y + 0.5) / 0.16) ** 2)
        mouth = 0.8 * np.exp(-((self.x / 0.45) ** 2) - ((self.y - 0.62) / 0.22) ** 2)
        self.weight = (1 - eyes) * (1 - mouth)


_FACE: Final = _Face()


class Surface:
    """What a face is taken for: a plane and any number of heights on it, each with a parallax of its own."""

    def __init__(self, *heights: Grey) -> None:
        x, y = _FACE.x, _FACE.y
        self._heights = np.reshape(np.array(heights, np.float32), (len(heights), len(x)))
        one, zero = np.ones_like(x), np.zeros_like(x)
        across, along = [one, zero, x, y, zero, zero, x * x, x * y], [zero, one, zero, zero, x, y, x * y, y * y]
        for shifted in heights:
            across += [shifted, zero]
            along += [zero, shifted]
        self._across, self._along = np.stack(across), np.stack(along)
        plane, height = _DAMPING
        self.damping = np.array(plane + height * len(heights)) * len(x)
        self.numbers = len(self.damping)

    def moved(self, motion: NDArray[np.float64]) -> Grey:
        """Where each pixel of the reference that counts lies in the crop, pixels: x and y, 2 x pixels."""
        plane = (_TO_PIXELS @ _homography(motion)).astype(np.float32)
        x, y, depth = plane @ _FACE.places
        parallax = (motion[_PLANE_NUMBERS:].reshape(-1, 2).T * _IOD).astype(np.float32) @ self._heights
        return np.asarray(np.stack([x, y]) / depth + parallax, np.float32)

    def slopes(self, image: Grey) -> Grey:
        """How each grey value of a reference changes with each number of the motion, numbers x pixels."""
        across, along = (
            _inside(np.asarray(cv2.Sobel(image, cv2.CV_32F, *order, scale=_IOD / 8), np.float32))
            for order in ((1, 0), (0, 1))
        )
        return np.asarray(across * self._across + along * self._along, np.float32)


def _skull_heights() -> Grey:
    """Height of an average skull over the plane of eyes and mouth, IOD: an ellipsoid."""
    x, y = _FACE.x, _FACE.y + 0.5
    return _centered(1.35 * np.sqrt(np.clip(1 - (x / 1.35) ** 2 - ((y - 0.45) / 1.9) ** 2, 0.05, 1)))


def _nose_heights() -> Grey:
    """What nose and eyes add to the skull, IOD.

    A ridge that rises from between the eyes to the tip and ends above the lip, and hollows for the eyes; proportions
    after Farkas (1994), Anthropometry of the Head and Face.
    """
    x, y = _FACE.x, _FACE.y + 0.5
    rise = np.clip(y / 0.66, 0, 1)
    ridge = np.where(y < 0.66, rise**1.3, np.clip(1 - (y - 0.66) / 0.22, 0, 1)) * 0.42
    nose = ridge * np.exp(-((x / (0.10 + 0.10 * rise)) ** 2))
    hollows = 0.10 * np.exp(-(((np.abs(x) - 0.5) / 0.2) ** 2) - (y / 0.14) ** 2)
    return _centered(nose - hollows)


def bent_heights(degrees: float) -> Grey:
    """Heights of a sheet bent about an axis so many degrees from upright, IOD; to second order, for any radius."""
    angle = np.radians(degrees)
    return _centered((_FACE.x * np.cos(angle) + _FACE.y * np.sin(angle)) ** 2)


def _centered(heights: Grey) -> Grey:
    return np.asarray(heights - heights.mean(), np.float32)


NOSE_HEIGHTS: Final = _nose_heights()
HEAD_HEIGHTS: Final = _skull_heights() + NOSE_HEIGHTS
PLANE: Final = Surface()
HEAD: Final = Surface(HEAD_HEIGHTS)


class Reference:
    """The view the others are aligned with."""

    def __init__(self, view: Grey) -> None:
        self._image = view
        self._values = _inside(self._image)
        self._slopes: dict[Surface, Grey] = {}

    def align(self, view: Grey, surface: Surface = HEAD, start: NDArray[np.float64] | None = None) -> Alignment:
        """Find the motion that takes this view of a surface to another one, both normalised.

        It begins from the motion of an earlier alignment, also of a surface with fewer or more heights.
        """
        motion = np.zeros(surface.numbers)
        if start is not None:
            known = min(len(start), surface.numbers)
            motion[:known] = start[:known]
        for _ in range(STEPS):
            step = self._step(_sample(view, surface.moved(motion)), surface)
            motion += step
            if float(np.abs(step).max()) < 2e-3:
                break
        correlation = _correlation(_sample(view, surface.moved(motion)), self._values)
        return Alignment(_in_crop_pixels(_homography(motion)), correlation, motion)

    def _step(self, values: Grey, surface: Surface) -> NDArray[np.float64]:
        error = values - self._values
        scale = 2 * (1.48 * _median(np.abs(error)) + 1e-3)
        slopes = self._slopes_of(surface)
        weighted = slopes * (_FACE.weight / (1 + (error / scale) ** 2))
        normal = (weighted @ slopes.T).astype(np.float64)
        normal.flat[:: surface.numbers + 1] += surface.damping
        return np.asarray(np.linalg.solve(normal, -(weighted @ error)), np.float64)

    def _slopes_of(self, surface: Surface) -> Grey:
        if surface not in self._slopes:
            self._slopes[surface] = surface.slopes(self._image)
        return self._slopes[surface]


def likeness(first: Grey, second: Grey) -> float:
    """Correlation of two normalised face crops as they are, -1 to 1."""
    return _correlation(_inside(first), _inside(second))


def normalised(crop: Image) -> Grey:
    """Halve a crop, even out its light and contrast and blur it."""
    small = cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)
    difference, contrast = against_neighbourhood(small, lambda values: _blurred(values, _CONTRAST_SIGMA))
    return _blurred(difference / contrast, BLUR)


def _blurred(image: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def _inside(image: Grey) -> Grey:
    """The pixels that count, in a row."""
    return np.asarray(image.ravel()[_FACE.inside], np.float32)


def _sample(image: Grey, places: Grey) -> Grey:
    x, y = places[:, None]
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
