"""The search for faces through one clip, in pictures no larger than the face in them calls for.

What a detector costs grows with the pixels it is given, and beyond some height of the face more of them place its
landmarks no better. It is always the whole picture that is searched, only smaller, so a second person cannot hide
where nobody looks. A face is expected where the last one was. Every clip has a search of its own: nothing carries over
from one to the next.
"""

from math import ceil
from typing import Final

import cv2
import numpy as np

from pipeline.detectors import FaceDetector
from pipeline.face import Face
from pipeline.frame import Image

STEP: Final = 32
"""One side of a smaller picture is a multiple of it, pixels: the coarsest cells of YuNet are filled that way."""

SUITABLE: Final = (0.75, 1.5)
"""How high the face may be, as a share of the detector's ample height, before another scale is chosen: landmarks are
the steadier the longer the scale stays."""


class FaceSearch:
    """A detector for the frames of one clip in their order; the first is searched in full size."""

    def __init__(self, detector: FaceDetector) -> None:
        self._detector = detector
        self._scale = 1.0
        self._last: Face | None = None

    def detect(self, image: Image) -> list[Face]:
        """Return the faces in a BGR image, the largest first.

        A smaller picture that shows no face, or only one too small, is not believed: then the full size is searched.
        """
        faces = self._look(image)
        if self._scale < 1 and self._height(faces) < SUITABLE[0]:
            self._scale = 1.0
            faces = self._look(image)
        if not faces:
            return faces
        self._last = faces[0]
        if self._scale == 1 or self._height(faces) > SUITABLE[1]:
            self._scale = _scale_for(image, self._detector.ample_height / faces[0].box.height)
        return faces

    def _look(self, image: Image) -> list[Face]:
        expected = self._last.box.scaled(self._scale) if self._last is not None else None
        if self._scale == 1:
            return self._detector.detect(image, expected)
        return [face.scaled(1 / self._scale) for face in self._detector.detect(_shrunk(image, self._scale), expected)]

    def _height(self, faces: list[Face]) -> float:
        """Height of the largest face in what was searched, as a share of the ample height; 0 without a face."""
        return faces[0].box.height * self._scale / self._detector.ample_height if faces else 0.0


def _scale_for(image: Image, least: float) -> float:
    """Return the smallest scale from ``least`` on that makes one side a multiple of STEP, at most 1."""
    fitting: list[float] = [STEP * ceil(least * side / STEP) / side for side in image.shape[:2]]
    return min(1.0, *fitting)


def _shrunk(image: Image, scale: float) -> Image:
    """Shrink a picture; down to one half, two neighbours in each direction leave nothing out and cost the least."""
    how = cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=how), np.uint8)
