"""Face detectors: an image in, faces out, the largest first."""

from pathlib import Path
from typing import Final, Protocol

import cv2
import dlib
import numpy as np

from pipeline.config import PipelineConfig
from pipeline.face import Box, Face
from pipeline.frame import Image
from pipeline.models import YUNET, packaged_model


class FaceFinder(Protocol):
    """Finds faces with at least three landmarks."""

    def detect(self, image: Image) -> list[Face]:
        """Return the faces in a BGR image, the largest first."""
        ...


class FaceDetector(FaceFinder, Protocol):
    """Finds faces in any image; where one is expected, a lower score may do."""

    name: str
    ample_height: float
    """Pixels of a face's height from which more of them neither place landmarks better nor find a second person."""

    def detect(self, image: Image, expected: Box | None = None) -> list[Face]:
        """Return the faces in a BGR image, the largest first, one of which is expected in a box."""
        ...


class YuNetDetector:
    """YuNet (Wu et al. 2023) by OpenCV: box and five landmarks."""

    name = YUNET.version
    ample_height = 66.0
    """Turns come out as exact as in whole analysed frames; with fewer pixels they begin to come out too small
    (docs/performance.md)."""
    SCORE: Final = 0.6
    """Score threshold: OpenCV's demo uses 0.9; turned heads fall to about 0.7 on the clips measured."""

    def __init__(self, model: Path) -> None:
        self._size = (320, 320)
        self._net = cv2.FaceDetectorYN.create(str(model), "", self._size, self.SCORE)

    def detect(self, image: Image, expected: Box | None = None) -> list[Face]:  # noqa: ARG002 - see below
        """Return the faces in a BGR image, the largest first.

        Where one is expected changes nothing: turned heads are found anyway, and what has a lower score is misplaced.
        """
        size = (image.shape[1], image.shape[0])
        if size != self._size:
            self._net.setInputSize(size)
            self._size = size
        rows = self._net.detect(image)[1]
        return _largest_first([] if rows is None else [self._face(row.astype(np.float64)) for row in rows])

    @staticmethod
    def _face(row: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Face:
        x, y, width, height = row[:4].tolist()
        return Face(Box(x, y, width, height), float(row[14]), row[4:14].reshape(5, 2))


class DlibDetector:
    """dlib's HOG detector (King 2015) with the 5-point predictor: eye corners and the base of the nose."""

    name = f"dlib-hog-{dlib.__version__}"
    ample_height = 150.0
    """It finds faces from 80 pixels on, and a second prominent one may be half as high as the first."""

    SCORE: Final = 0.0
    """Score threshold, dlib's own."""
    EXPECTED_SCORE: Final = -0.3
    """The same where a face is expected: heads in deep nods and wide turns fall below the other one."""
    EXPECTED_OVERLAP: Final = 0.4
    """Overlap (intersection over union) with where a face is expected, from which one is taken for it."""

    def __init__(self) -> None:
        self._detect = dlib.get_frontal_face_detector()
        self._predict = dlib.shape_predictor(str(packaged_model("shape_predictor_5_face_landmarks.dat")))

    def detect(self, image: Image, expected: Box | None = None) -> list[Face]:
        """Return the faces in a BGR image, the largest first, one of which is expected in a box."""
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
        boxes, scores, _ = self._detect.run(grey, 0, self.SCORE if expected is None else self.EXPECTED_SCORE)
        faces = [self._face(grey, box, score) for box, score in zip(boxes, scores, strict=True)]
        return _largest_first([face for face in faces if self._believed(face, expected)])

    def _believed(self, face: Face, expected: Box | None) -> bool:
        return face.score >= self.SCORE or (
            expected is not None and face.box.overlap(expected) >= self.EXPECTED_OVERLAP
        )

    def _face(self, grey: Image, box: dlib.rectangle, score: float) -> Face:
        shape = self._predict(grey, box)
        left_outer, left_inner, right_outer, right_inner, nose = (
            (shape.part(index).x, shape.part(index).y) for index in range(5)
        )
        eyes = [np.mean([right_outer, right_inner], axis=0), np.mean([left_outer, left_inner], axis=0)]
        outline = Box(float(box.left()), float(box.top()), float(box.width()), float(box.height()))
        return Face(outline, float(score), np.array([*eyes, nose], np.float64))


def load_detector(config: PipelineConfig) -> FaceDetector:
    """Return the detector the settings ask for; ``auto`` takes YuNet when its file is there.

    Raises:
        ModelError: a file that was asked for is missing, or is not what it should be.
    """
    model = YUNET.chosen(config.detector, config.model_dir)
    return YuNetDetector(model) if model is not None else DlibDetector()


def _largest_first(faces: list[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: face.box.area, reverse=True)
