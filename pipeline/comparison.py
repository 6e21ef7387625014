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
from pipeline.observation import FrameObservation, look
from pipeline.quality import MIN_SHARPNESS
from pipeline.result import Comparison, ComparisonOutcome, Reason
from telemetry.spans import StageRecorder
from telemetry.stages import Attribute, Stage

COMPARED_FRAMES: Final = 3
"""Good frames compared; their median counts, so one bad view decides nothing."""

REFERENCE_SIZE: Final = 640
"""Long side, pixels, at which faces are looked for in a reference photo."""

MIN_REFERENCE_EYE_DISTANCE: Final = 30.0
"""Pixels between the eyes; dlib's network looks at faces twice that size."""

MAX_REFERENCE_TURN: Final = 0.35
"""Distance of the nose from the middle of the face, IOD: a turn by about 30 degrees."""

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
        seen = look(np.asarray(small, np.uint8), self._detector)
        flaw = reference_flaw(seen, scale)
        probes = keepsakes.best(COMPARED_FRAMES)
        if flaw is None and not probes:
            flaw = Reason("no_face_in_video", "No frame of the video shows one face well enough to compare.")
        if flaw is not None or seen.face is None:
            return Comparison(ComparisonOutcome.NOT_POSSIBLE, None, None, 0, flaw)
        known = self._embedder.embed(reference, seen.face.scaled(1 / scale))
        scores = [
            self._embedder.similarity(known, self._embedder.embed(probe.frame.full_size(), probe.face_in_full()))
            for probe in probes
        ]
        return self._judge(float(np.median(scores)), len(scores))

    def _judge(self, score: float, frames: int) -> Comparison:
        threshold = self._embedder.threshold
        outcome = ComparisonOutcome.MATCH if score >= threshold else ComparisonOutcome.NO_MATCH
        return Comparison(outcome, round(score, 4), threshold, frames)


def reference_flaw(seen: FrameObservation, scale: float) -> Reason | None:
    """Return why a reference photo, seen shrunk by ``scale``, cannot be compared with; None when it can."""
    if seen.face is None or seen.nose is None or seen.sharpness is None:
        return Reason("no_face_in_reference", "No face was found in the reference photo.")
    if seen.faces > 1:
        message = "The reference photo shows more than one face."
        return Reason("several_faces_in_reference", message, float(seen.faces), 1.0, "faces")
    eye_distance = seen.face.eye_distance / scale
    if eye_distance < MIN_REFERENCE_EYE_DISTANCE:
        message = "The face in the reference photo is too small."
        return Reason("reference_too_small", message, round(eye_distance, 1), MIN_REFERENCE_EYE_DISTANCE, "pixels")
    if seen.sharpness < MIN_SHARPNESS:
        message = "The reference photo is blurred."
        return Reason("reference_blurred", message, seen.sharpness, MIN_SHARPNESS, "squared grey levels")
    aside = abs(float(seen.nose[0]))
    if aside > MAX_REFERENCE_TURN:
        message = "The face in the reference photo is turned aside."
        return Reason("reference_turned", message, round(aside, 3), MAX_REFERENCE_TURN, "IOD")
    return None
