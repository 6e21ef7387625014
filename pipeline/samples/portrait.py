"""A photograph of one person, laid out on the canvas by its eyes."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.detectors import DlibDetector
from pipeline.frame import Image
from pipeline.samples.canvas import HEIGHT, LEFT, PIXELS_PER_UNIT, TOP, WIDTH
from pipeline.samples.filling import fill

SEARCH_SIZE: Final = 900
"""Long side, pixels, at which the face is looked for: faces from a tenth of the photograph are found."""

Point = NDArray[np.float64]


class SampleError(Exception):
    """A sample cannot be made; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """The photograph on the canvas, which of its pixels the photograph covers, and the base of the nose (units)."""

    image: Image
    covered: NDArray[np.bool_]
    nose: tuple[float, float]

    @classmethod
    def from_image(cls, path: Path) -> Self:
        """Read a photograph; the largest face in it counts.

        Raises:
            SampleError: not an image, or no face in it.
        """
        photo = cv2.imread(str(path))
        if photo is None:
            raise SampleError(f"{path} is not an image that can be read")
        right_eye, left_eye, nose = _landmarks(np.asarray(photo, np.uint8), path)
        matrix = _to_canvas(right_eye, left_eye)
        base = (matrix[:, :2] @ nose + matrix[:, 2]) / PIXELS_PER_UNIT
        covered = _warp(np.full(photo.shape[:2], 255, np.uint8), matrix, cv2.BORDER_CONSTANT) > 250
        image = fill(_warp(np.asarray(photo, np.uint8), matrix, cv2.BORDER_REPLICATE), covered.astype(np.float32))
        return cls(
            image.astype(np.uint8),
            covered,
            (float(base[0]) + LEFT, float(base[1]) + TOP),
        )


def shipped_photo() -> Path:
    """Find the portrait of Grace Hopper (U.S. Navy, 1984, public domain) among matplotlib's sample data.

    Raises:
        SampleError: matplotlib is not installed, or comes without its sample data.
    """
    spec = find_spec("matplotlib")
    if spec is None or not spec.submodule_search_locations:
        raise SampleError("matplotlib carries the sample portrait: install video-liveness[samples]")
    photo = Path(spec.submodule_search_locations[0]) / "mpl-data" / "sample_data" / "grace_hopper.jpg"
    if not photo.is_file():
        raise SampleError("this matplotlib comes without grace_hopper.jpg in its sample data")
    return photo


def _to_canvas(right_eye: Point, left_eye: Point) -> NDArray[np.float64]:
    """Return the 2x3 similarity that puts the eyes level, one unit apart, around the origin."""
    across = left_eye - right_eye
    scale = PIXELS_PER_UNIT / float(across @ across)
    turn = scale * np.array([[across[0], across[1]], [-across[1], across[0]]])
    origin = np.array([-LEFT, -TOP]) * PIXELS_PER_UNIT - 0.5
    return np.column_stack([turn, origin - turn @ ((left_eye + right_eye) / 2)])


def _warp(image: Image, matrix: NDArray[np.float64], border: int) -> Image:
    shrinks = float(np.hypot(matrix[0, 0], matrix[1, 0])) < 1
    flags = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    return np.asarray(cv2.warpAffine(image, matrix, (WIDTH, HEIGHT), flags=flags, borderMode=border), np.uint8)


def _landmarks(photo: Image, path: Path) -> tuple[Point, Point, Point]:
    """Return the centres of the eyes, the person's right one first, and the base of the nose, in pixels."""
    scale = min(1.0, SEARCH_SIZE / max(photo.shape[:2]))
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    faces = DlibDetector().detect(np.asarray(small, np.uint8))
    if not faces:
        raise SampleError(f"no face was found in {path}")
    right_eye, left_eye, nose = faces[0].points / scale
    return right_eye, left_eye, nose
