"""Is the face shown by a screen? A passive detector that looks at texture, when its model is there."""

from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from pipeline.config import PipelineConfig
from pipeline.face import Box, Face
from pipeline.frame import Image
from pipeline.keepsakes import Keepsakes
from pipeline.models import MINIFASNET
from telemetry.spans import StageRecorder
from telemetry.stages import Attribute, Stage

EXAMINED_FRAMES: Final = 5
"""Good frames examined; the median of their scores counts."""


class ReplayDetector(Protocol):
    """Scores a face between 0, shown by a screen, and 1, bona fide."""

    name: str
    threshold: float

    def score(self, image: Image, face: Face) -> float:
        """Return the score of a face in a BGR image; the face is given in pixels of that image."""
        ...


class MiniFasNet:
    """MiniFASNetV2 (minivision, Silent-Face-Anti-Spoofing) by OpenCV, prepared exactly as its authors do.

    Threshold: real people scored 0.58 to 1.00 in the median over frames, videos replayed from a screen 0.00 to 0.14
    (docs/thresholds.md).
    """

    name = MINIFASNET.version
    threshold = 0.35
    _SCALE: Final = 2.7
    _SIZE: Final = (80, 80)
    _BONA_FIDE: Final = 1

    def __init__(self, model: Path) -> None:
        self._net = cv2.dnn.readNetFromONNX(str(model))

    def score(self, image: Image, face: Face) -> float:
        """Return the probability of the class that stands for a real face."""
        blob = cv2.dnn.blobFromImage(cv2.resize(enlarged_crop(image, face.box, self._SCALE), self._SIZE))
        self._net.setInput(blob)
        logits = np.asarray(self._net.forward(), np.float64).ravel()
        weights = np.exp(logits - logits.max())
        return float(weights[self._BONA_FIDE] / weights.sum())


def enlarged_crop(image: Image, box: Box, scale: float) -> Image:
    """Cut out a box enlarged around its middle by ``scale``, or by less to fit, and shifted to lie in the image."""
    height, width = image.shape[:2]
    scale = min((height - 1) / box.height, (width - 1) / box.width, scale)
    half_width, half_height = box.width * scale / 2, box.height * scale / 2
    x = min(max(box.center[0], half_width), width - 1 - half_width)
    y = min(max(box.center[1], half_height), height - 1 - half_height)
    rows = slice(int(y - half_height), int(y + half_height) + 1)
    return image[rows, int(x - half_width) : int(x + half_width) + 1]


def detect_replay(detector: ReplayDetector, keepsakes: Keepsakes, stages: StageRecorder) -> float | None:
    """Return the median score over the best frames, as one stage; None when no frame shows one face."""
    with stages.stage(Stage.DETECT_REPLAY) as stage:
        scores = [
            detector.score(kept.frame.full_size(), kept.face_in_full()) for kept in keepsakes.best(EXAMINED_FRAMES)
        ]
        if not scores:
            return None
        score = float(np.median(scores))
        stage.set({Attribute.REPLAY_SCORE: score})
    return score


def load_replay_detector(config: PipelineConfig) -> ReplayDetector | None:
    """Return the replay detector the settings ask for, None when off or, with ``auto``, when its file is missing.

    Raises:
        ModelError: a file that was asked for is missing, or is not what it should be.
    """
    model = MINIFASNET.chosen(config.replay_detector, config.model_dir)
    return MiniFasNet(model) if model is not None else None
