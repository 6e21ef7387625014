"""Is what moves a plane? Two views of a plane differ by a homography, two views of a head do not.

A face crop is compared with a reference crop: dense optical flow is fitted with a homography by robust least
squares, the crop is warped back by it, and what motion remains is the *residual*. For a photograph, however it is
turned, it is noise; a head's nose and cheeks leave a residual that grows with rotation. Eyes and mouth are left out
because they move on their own. (Plane and parallax: Irani and Anandan 1996.) Light and contrast are evened out before,
for a reflection that runs over a glossy print would be taken for motion.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.contrast import Grey, against_neighbourhood
from pipeline.face import CROP_EYES_Y, CROP_IOD, CROP_SIZE, FIVE_POINT_FRAME, Points
from pipeline.frame import Image

_ROUNDS: Final = (cv2.DISOPTICAL_FLOW_PRESET_FAST, cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
"""How the flow is measured each time it is fitted: from an aligned start, planes tilted by 60 degrees converge in two,
and for the first a coarse flow will do."""

_GRID: Final = 3
"""Every third pixel in x and y is fitted; flow is smoother than that."""

_ROBUST_SCALE: Final = 1.0
"""Pixels at which a flow vector's weight in the fit has fallen to one half (Cauchy weights)."""

_EVENED_SIZE: Final = CROP_SIZE // 4
_EVENED_SIGMA: Final = 4.0
"""Standard deviation, pixels of a crop of a quarter the size, of the neighbourhood whose light and contrast count."""

_EVENED_CONTRAST: Final = 40.0
"""Grey levels to which the contrast of every neighbourhood is brought."""

_MIDDLE = CROP_SIZE / 2


@dataclass(frozen=True, slots=True)
class PlaneFit:
    """How well one crop is explained as another view of the plane seen in the reference crop."""

    residual: float
    """Median length of the motion left over, IOD."""
    tilt: float
    """Degrees by which a plane would have had to turn."""


def _face_mask() -> NDArray[np.bool_]:
    y, x = np.mgrid[0:CROP_SIZE, 0:CROP_SIZE].astype(np.float32)
    mask = ((x - _MIDDLE) / 40) ** 2 + ((y - 62) / 42) ** 2 < 1
    mask &= y > 22
    for row, (across, along) in FIVE_POINT_FRAME.items():
        center_x, center_y = _MIDDLE + across * CROP_IOD, CROP_EYES_Y + along * CROP_IOD
        radius_x, radius_y = (11, 7) if row < 2 else (12, 10)
        mask &= ((x - center_x) / radius_x) ** 2 + ((y - center_y) / radius_y) ** 2 >= 1
    lips = (np.abs(x - _MIDDLE) < 18) & (np.abs(y - CROP_EYES_Y - 1.08 * CROP_IOD) < 9)
    return np.asarray(mask & ~lips, np.bool_)


_MASK: Final = _face_mask()
_FITTED: Final = _MASK & (np.indices((CROP_SIZE, CROP_SIZE)) % _GRID == 0).all(axis=0)
_FITTED_POINTS: Final = np.argwhere(_FITTED)[:, ::-1].astype(np.float64)


class PlaneFitter:
    """Fits planes between face crops; keeps the optical flow engines."""

    def __init__(self) -> None:
        self._rounds = [cv2.DISOpticalFlow.create(preset) for preset in _ROUNDS]
        self._finest = self._rounds[-1]

    def fit(self, reference: Image, crop: Image, start: NDArray[np.float64]) -> PlaneFit:
        """Explain ``crop`` as another view of the plane in ``reference``, given about how that plane moved.

        Both are given evened out.
        """
        homography = start
        warped = _warp(crop, homography)
        for engine in self._rounds:
            flow = engine.calc(reference, warped, np.empty(0))
            step = fit_homography(_FITTED_POINTS, _FITTED_POINTS + flow[_FITTED])
            homography = homography @ step
            warped = _warp(crop, homography)
        left_over = self._finest.calc(reference, warped, np.empty(0))[_MASK]
        residual = float(np.median(np.hypot(left_over[:, 0], left_over[:, 1]))) / CROP_IOD
        return PlaneFit(residual, tilt(homography))


def evened(crop: Image) -> Image:
    """Bring every neighbourhood of a crop to the same mean and, noise aside, the same contrast."""
    difference, contrast = against_neighbourhood(crop.astype(np.float32), _neighbourhoods)
    return np.asarray(np.clip(128 + _EVENED_CONTRAST * difference / contrast, 0, 255), np.uint8)


def _neighbourhoods(values: Grey) -> Grey:
    """Take the mean of wide neighbourhoods, in a small picture because that is cheap."""
    small = cv2.resize(values, (_EVENED_SIZE, _EVENED_SIZE), interpolation=cv2.INTER_AREA)
    wide = cv2.GaussianBlur(small, (0, 0), _EVENED_SIGMA)
    return np.asarray(cv2.resize(wide, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_LINEAR), np.float32)


def fit_homography(source: Points, target: Points, rounds: int = 4) -> NDArray[np.float64]:
    """Return the 3 x 3 homography from ``source`` to ``target`` (N x 2 each), by reweighted least squares.

    Direct linear transform with the last entry fixed to 1 (Hartley and Zisserman 2003, 4.1) on coordinates
    centred and scaled to about 1; Cauchy weights from the second round on.
    """
    middle, scale = source.mean(axis=0), CROP_IOD
    (x, y), (u, v) = ((source - middle) / scale).T, ((target - middle) / scale).T
    one, zero = np.ones_like(x), np.zeros_like(x)
    upper = np.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=1)
    lower = np.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=1)
    weight = one
    solved = np.eye(3)
    for _ in range(rounds):
        normal = (upper * weight[:, None]).T @ upper + (lower * weight[:, None]).T @ lower
        right = (upper * weight[:, None]).T @ u + (lower * weight[:, None]).T @ v
        solved = np.append(np.linalg.lstsq(normal, right, rcond=None)[0], 1.0).reshape(3, 3)
        depth = solved[2, 0] * x + solved[2, 1] * y + 1.0
        error_x = (solved[0, 0] * x + solved[0, 1] * y + solved[0, 2]) / depth - u
        error_y = (solved[1, 0] * x + solved[1, 1] * y + solved[1, 2]) / depth - v
        weight = 1.0 / (1.0 + (error_x**2 + error_y**2) * (scale / _ROBUST_SCALE) ** 2)
    normalise = np.array([[1 / scale, 0, -middle[0] / scale], [0, 1 / scale, -middle[1] / scale], [0, 0, 1]])
    homography = np.linalg.inv(normalise) @ solved @ normalise
    return np.asarray(homography / homography[2, 2], np.float64)


def _warp(crop: Image, homography: NDArray[np.float64]) -> Image:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (CROP_SIZE, CROP_SIZE)
    return np.asarray(
        cv2.warpPerspective(crop, homography, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def tilt(homography: NDArray[np.float64]) -> float:
    """Return the degrees by which a plane has turned to be foreshortened like this in the middle of the face.

    The arc cosine of the ratio of the singular values of the homography's Jacobian there.
    """
    x, y, depth = homography @ (_MIDDLE, 60.0, 1.0)
    jacobian = (homography[:2, :2] - np.outer((x / depth, y / depth), homography[2, :2])) / depth
    largest, smallest = np.linalg.svd(jacobian, compute_uv=False)
    return float(np.degrees(np.arccos(np.clip(smallest / largest, 0.0, 1.0))))
