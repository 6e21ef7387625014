"""Face embedders: a face in, a vector out; similar faces have similar vectors."""

from pathlib import Path
from typing import Final, Protocol

import cv2
import dlib
import numpy as np
from numpy.typing import NDArray

from pipeline.config import PipelineConfig
from pipeline.face import LEFT_EYE, NOSE, RIGHT_EYE, Box, Face, has_mouth
from pipeline.frame import Image
from pipeline.models import SFACE, packaged_model

Embedding = NDArray[np.float64]


class FaceEmbedder(Protocol):
    """Describes faces by vectors; ``threshold`` is the similarity from which two are taken for one person."""

    name: str
    threshold: float

    def embed(self, image: Image, face: Face) -> Embedding:
        """Return the vector of a face in a BGR image; the face is given in pixels of that image."""
        ...

    def similarity(self, first: Embedding, second: Embedding) -> float:
        """Return how alike two vectors are: higher is closer, 1 is the same."""
        ...


class DlibEmbedder:
    """dlib's ResNet (King 2017): 128 numbers, compared by their Euclidean distance.

    Similarity is 1 minus the distance. dlib's usual limit is a distance of 0.6 (99.38 % on LFW); different people of
    the clips it was tried on come as close as 0.47, frames of one person stay below 0.38 in the median, so the
    threshold lies between them, at 0.43 (docs/thresholds.md).
    """

    name = "dlib-resnet-v1"
    threshold = 0.57
    _CHIP: Final = 150
    _PADDING: Final = 0.25

    def __init__(self) -> None:
        self._predict = dlib.shape_predictor(str(packaged_model("shape_predictor_5_face_landmarks.dat")))
        self._net = dlib.face_recognition_model_v1(str(packaged_model("dlib_face_recognition_resnet_model_v1.dat")))

    def embed(self, image: Image, face: Face) -> Embedding:
        """Return the 128 numbers of a face, aligned the way the network was trained."""
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        shape = self._predict(rgb, _dlib_box(face))
        chip = dlib.get_face_chip(rgb, shape, self._CHIP, self._PADDING)
        return np.array(self._net.compute_face_descriptor(chip), np.float64)

    def similarity(self, first: Embedding, second: Embedding) -> float:
        """Return 1 minus the Euclidean distance."""
        return 1.0 - float(np.linalg.norm(first - second))


class SFaceEmbedder:
    """SFace (Zhong et al. 2021) by OpenCV: 128 numbers, compared by their cosine; threshold from OpenCV's model zoo."""

    name = SFACE.version
    threshold = 0.363

    def __init__(self, model: Path) -> None:
        self._net = cv2.FaceRecognizerSF.create(str(model), "")

    def embed(self, image: Image, face: Face) -> Embedding:
        """Return the 128 numbers of a face, aligned by its five landmarks."""
        chip = self._net.alignCrop(image, _detector_row(face))
        return np.asarray(self._net.feature(chip), np.float64).ravel()

    def similarity(self, first: Embedding, second: Embedding) -> float:
        """Return the cosine of the angle between two vectors."""
        return float(first @ second / (np.linalg.norm(first) * np.linalg.norm(second)))


def load_embedder(config: PipelineConfig) -> FaceEmbedder:
    """Return the embedder the settings ask for; ``auto`` takes SFace when its file is there.

    Raises:
        ModelError: a file that was asked for is missing, or is not what it should be.
    """
    model = SFACE.chosen(config.embedder, config.model_dir)
    return SFaceEmbedder(model) if model is not None else DlibEmbedder()


def _dlib_box(face: Face) -> dlib.rectangle:
    """Return the square that dlib's own detector would give; with landmarks of YuNet the box is taller than wide."""
    if not has_mouth(face.points):
        box = face.box
        return dlib.rectangle(round(box.x), round(box.y), round(box.x + box.width), round(box.y + box.height))
    x, y = face.box.center
    half = 0.83 * face.box.height / 2
    y += 0.05 * face.box.height
    return dlib.rectangle(round(x - half), round(y - half), round(x + half), round(y + half))


def _detector_row(face: Face) -> NDArray[np.float32]:
    """Return a face the way FaceDetectorYN gives it; a mouth nobody saw is put where an upright face has it."""
    points = face.points
    if not has_mouth(points):
        eyes, nose = points[[RIGHT_EYE, LEFT_EYE]], points[NOSE]
        down = nose - eyes.mean(axis=0)
        corners = eyes.mean(axis=0) + 1.44 * down + 0.8 * (eyes - eyes.mean(axis=0))
        points = np.vstack([points, corners])
    box: Box = face.box
    return np.array([box.x, box.y, box.width, box.height, *points.ravel(), face.score], np.float32)
