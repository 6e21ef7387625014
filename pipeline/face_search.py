"""The search for faces through one clip, in pictures no larger than the face in them calls for.

What a detector costs grows with the pixels it is given, and beyond some height of the face more of them place its
landmarks no better. It is always the whole picture that is searched, only smaller, so a second person cannot hide
where nobody looks. Every clip has a search of its own: nothing carries over from one to the next.
"""

from math import ceil
from typing import Final

import cv2
import numpy as np

from pipeline.detectors import FaceDetector
from pipeline.face import Face
from pipeline.frame import Image

STEP: Final = 32
"""The long side of a smaller picture is a multiple of it, pixels: the coarsest cells of YuNet are filled."""

SUITABLE: Final = (0.75, 1.5)
"""How high the face may be, as a share of the detector's ample height, before another size is chosen: landmarks are
the steadier the longer the size stays."""


class FaceSearch:
    """A detector for the frames of one clip in their order; the first is searched in full size."""

    def __init__(self, detector: FaceDetector) -> None:
        self.name = detector.name
        self.ample_height = detector.ample_height
        self._detector = detector
        self._size: int | None = None

    def detect(self, image: Image) -> list[Face]:
        """Return the faces in a BGR image, the largest first.

        A smaller picture that shows no face, or only one too small, is not believed: then the full size is searched.
        """
        longest = max(image.shape[:2])
        scale = min(self._size or longest, longest) / longest
        faces = self._look(image, scale)
        if scale < 1 and self._height(faces, scale) < SUITABLE[0]:
            scale = 1.0
            faces = self._look(image, scale)
        self._choose_size(self._height(faces, scale), round(scale * longest), longest)
        return faces

    def _look(self, image: Image, scale: float) -> list[Face]:
        if scale == 1:
            return self._detector.detect(image)
        return [face.scaled(1 / scale) for face in self._detector.detect(_shrunk(image, scale))]

    def _height(self, faces: list[Face], scale: float) -> float:
        """Height of the largest face in what was searched, as a share of the ample height; 0 without a face."""
        return faces[0].box.height * scale / self.ample_height if faces else 0.0

    def _choose_size(self, height: float, size: int, longest: int) -> None:
        suitable = SUITABLE[0] <= height <= SUITABLE[1]
        if height == 0:
            self._size = longest
        elif size == longest or not suitable:
            self._size = min(longest, STEP * ceil(size / height / STEP))


def _shrunk(image: Image, scale: float) -> Image:
    """Shrink a picture; down to one half, two neighbours in each direction leave nothing out and cost the least."""
    how = cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=how), np.uint8)
