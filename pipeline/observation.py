"""What one analysed frame shows: how many people, where the face is, how well it can be seen."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.alignment import normalised
from pipeline.contrast import Grey
from pipeline.detectors import FaceFinder
from pipeline.face import CROP_SIZE, Face, crop_face, crop_transform, nose_position
from pipeline.frame import Frame, Image
from telemetry.leaves import Leaves
from telemetry.spans import StageRecorder
from telemetry.stages import Attribute, Stage

PROMINENT: Final = 0.3
"""A second face counts when its area is at least this share of the largest one's; a passer-by's is smaller."""

_INNER = slice(CROP_SIZE // 5, -CROP_SIZE // 5)


@dataclass(frozen=True)
class FrameObservation:
    """The measurements of one frame; the last five are None where no face was found."""

    index: int
    time: float
    """Seconds since the first frame."""
    faces: int
    """Prominent faces."""
    face: Face | None = None
    """The largest face, in pixels of the analysed image."""
    crop: Image | None = None
    """Its grey face crop."""
    nose: NDArray[np.float64] | None = None
    """Where its nose lies, across and along the face, IOD."""
    sharpness: float | None = None
    """Variance of the Laplacian over the face (Pech-Pacheco 2000), squared grey levels."""
    brightness: float | None = None
    """Mean grey level of the face, 0 to 1."""

    @cached_property
    def grey(self) -> Grey | None:
        """The face crop normalised, once for everyone who aligns it or looks at its parts."""
        return normalised(self.crop) if self.crop is not None else None


def from_usual_pose(noses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far each of the noses (N x 2, IOD) lies from where they usually lie, across and along together."""
    return np.asarray(np.abs(noses - np.median(noses, axis=0)).sum(axis=1), np.float64)


def spread(count: int, most: int) -> list[int]:
    """Return the places of up to ``most`` items, spread over ``count`` of them from the first to the last."""
    return [round(float(place)) for place in np.linspace(0, count - 1, min(most, count))]


def observe(frame: Frame, finder: FaceFinder, stages: StageRecorder | Leaves) -> FrameObservation:
    """Find and measure the face in a frame, as one stage."""
    with stages.stage(Stage.ANALYZE_FRAME) as stage:
        seen = look(frame.image, finder, frame.index, frame.time)
        stage.set(
            {Attribute.FRAME_INDEX: seen.index, Attribute.FRAME_TIME: seen.time, Attribute.FRAME_FACES: seen.faces}
        )
        if seen.sharpness is not None and seen.brightness is not None:
            stage.set({Attribute.FRAME_SHARPNESS: seen.sharpness, Attribute.FRAME_BRIGHTNESS: seen.brightness})
    return seen


def look(image: Image, finder: FaceFinder, index: int = 0, time: float = 0.0) -> FrameObservation:
    """Find and measure the face in a BGR image."""
    faces = finder.detect(image)
    if not faces:
        return FrameObservation(index, time, 0)
    face = faces[0]
    grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)
    transform = crop_transform(face)
    crop = crop_face(grey, transform)
    inner = crop[_INNER, _INNER]
    return FrameObservation(
        index=index,
        time=time,
        faces=sum(other.box.area >= PROMINENT * face.box.area for other in faces),
        face=face,
        crop=crop,
        nose=nose_position(face.points),
        sharpness=round(float(cv2.meanStdDev(cv2.Laplacian(inner, cv2.CV_32F))[1].item()) ** 2, 1),
        brightness=round(cv2.mean(inner)[0] / 255, 3),
    )
