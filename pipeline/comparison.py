"""Compare the person in the video with a reference photo. The outcome never changes the verdict."""

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pipeline.detectors import FaceDetector
from pipeline.embedders import FaceEmbedder
from pipeline.errors import UnusableReference
from pipeline.frame import Image
from pipeline.keepsakes import Keepsakes
from pipeline.result import Comparison, ComparisonOutcome, Reason
from telemetry.spans import StageRecorder
from telemetry.stages import Attribute, Stage

COMPARED_FRAMES: Final = 3
"""Good frames compared; their median counts, so one bad view decides nothing."""

REFERENCE_SIZE: Final = 640
"""Long side, pixels, at which faces are looked for in a reference photo."""

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


def read_reference(path: Path) -> Image:
    """Return a JPEG or PNG photo as upright BGR.

    Raises:
        UnusableReference: it is neither, or cannot be read.
    """
    data = path.read_bytes()
    if not data.startswith((_JPEG, _PNG)):
        raise UnusableReference("the reference is not a JPEG or PNG image")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise UnusableReference("the reference image cannot be read") from error
    if image is None:
        raise UnusableReference("the reference image cannot be read")
    return np.asarray(image, np.uint8)


class Comparer:
    """Compares faces with one detector and one embedder."""

    def __init__(self, detector: FaceDetector, embedder: FaceEmbedder) -> None:
        self._detector = detector
        self._embedder = embedder

    def compare(self, reference: Image, keepsakes: Keepsakes, stages: StageRecorder) -> Comparison:
        """Compare a reference photo with the best frames, as one stage."""
        with stages.stage(Stage.COMPARE_FACES) as stage:
            comparison = self._compare(reference, keepsakes)
            stage.set(
                {
                    Attribute.COMPARISON_OUTCOME: comparison.outcome,
                    Attribute.COMPARISON_FRAMES: comparison.frames,
                }
            )
        return comparison

    def _compare(self, reference: Image, keepsakes: Keepsakes) -> Comparison:
        scale = min(1.0, REFERENCE_SIZE / max(reference.shape[:2]))
        small = cv2.resize(reference, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        faces = self._detector.detect(np.asarray(small, np.uint8))
        if not faces:
            return _not_possible("no_face_in_reference", "No face was found in the reference photo.")
        probes = keepsakes.best(COMPARED_FRAMES)
        if not probes:
            return _not_possible("no_face_in_video", "No frame of the video shows one face well enough to compare.")
        known = self._embedder.embed(reference, faces[0].scaled(1 / scale))
        scores = [
            self._embedder.similarity(known, self._embedder.embed(probe.frame.full_size(), probe.face_in_full()))
            for probe in probes
        ]
        return self._judge(float(np.median(scores)), len(scores))

    def _judge(self, score: float, frames: int) -> Comparison:
        threshold = self._embedder.threshold
        outcome = ComparisonOutcome.MATCH if score >= threshold else ComparisonOutcome.NO_MATCH
        return Comparison(outcome, round(score, 4), threshold, frames)


def _not_possible(code: str, message: str) -> Comparison:
    return Comparison(ComparisonOutcome.NOT_POSSIBLE, None, None, 0, Reason(code, message))
