"""What keeps a clip from being judged, each with its value, its score threshold and advice a client can show."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from pipeline.continuity import Continuity
from pipeline.observation import FrameObservation
from pipeline.result import Reason

MIN_DURATION: Final = 1.0
"""Seconds: nobody turns the head and is seen doing it in less."""

MIN_FACE_SHARE: Final = 0.7
"""Share of the analysed frames that have to show a face."""

MAX_CROWD_SHARE: Final = 0.2
"""Share of the analysed frames that may show a second prominent face: detectors see one in a curtain now and then."""

MIN_EYE_DISTANCE: Final = 12.0
"""Pixels of the analysed frame between the eyes, in the median: a face crop is then enlarged three times."""

MIN_BRIGHTNESS, MAX_BRIGHTNESS = 0.08, 0.94
"""Mean grey level of the face, in the median: real people came to 0.32 to 0.56, and dark skin in dim light to 0.15."""

MIN_SHARPNESS: Final = 8.0
"""Variance of the Laplacian over the face crop, in the median: real people came to 75 and more."""

MAX_FROZEN: Final = 0.6
"""Share of neighbouring views that may be the same picture."""

MIN_LIKENESS: Final = 0.70
"""Correlation of neighbouring views: one person's came to 0.75 and more, two people's to 0.68 at most."""

MAX_OCCLUSION: Final = 0.5
"""How covered mouth or an eye may look, about -1 (can be seen) to 1 (covered): real people came to -0.17 at most,
people rendered from photographs to 0.47, but for one of 156, and masks to 0.47 and more (docs/thresholds.md)."""

MAX_GAP: Final = 1.0
"""Seconds without a face between two with one: a blurred moment or a deep nod is bridged, leaving is not."""


def obstacles(
    duration: float, observations: Sequence[FrameObservation], continuity: Continuity, occlusion: float | None
) -> list[Reason]:
    """Return every obstacle of a clip of ``duration`` seconds; none when it can be judged."""
    found = [
        _too_low("too_short", "The video is too short. Record a few seconds.", duration, MIN_DURATION, "s"),
        *_presence(observations),
    ]
    if any(seen.face is not None for seen in observations):
        found += [*_picture(observations), _uncovered(occlusion), *_one_face(continuity)]
    return [reason for reason in found if reason is not None]


def _presence(observations: Sequence[FrameObservation]) -> list[Reason | None]:
    face_share = sum(seen.faces > 0 for seen in observations) / len(observations)
    crowd_share = sum(seen.faces > 1 for seen in observations) / len(observations)
    hidden = "Too few frames show a face. Keep the whole face in the picture and uncovered."
    crowded = "More than one face is prominent. Be alone in the picture."
    return [
        _too_low("no_face", hidden, face_share, MIN_FACE_SHARE, "share of frames"),
        _too_high("several_faces", crowded, crowd_share, MAX_CROWD_SHARE, "share of frames"),
    ]


def _picture(observations: Sequence[FrameObservation]) -> list[Reason | None]:
    size = _median(seen.face.eye_distance for seen in observations if seen.face is not None)
    light = _median(seen.brightness for seen in observations if seen.brightness is not None)
    detail = _median(seen.sharpness for seen in observations if seen.sharpness is not None)
    small = "The face is too small. Come closer to the camera."
    dark = "The face is too dark. Turn to a light."
    bright = "The face is too bright. Turn away from the light."
    blurred = "The picture is blurred. Clean the lens and hold the camera still."
    return [
        _too_low("face_too_small", small, size, MIN_EYE_DISTANCE, "pixels"),
        _too_low("too_dark", dark, light, MIN_BRIGHTNESS, "share of white"),
        _too_high("too_bright", bright, light, MAX_BRIGHTNESS, "share of white"),
        _too_low("too_blurred", blurred, detail, MIN_SHARPNESS, "squared grey levels"),
    ]


def _uncovered(occlusion: float | None) -> Reason | None:
    covered = (
        "Part of the face is covered. Take off a mask, scarf or dark glasses, and keep hands and things away from it."
    )
    return _too_high("occluded", covered, occlusion, MAX_OCCLUSION, "score") if occlusion is not None else None


def _one_face(continuity: Continuity) -> list[Reason | None]:
    frozen = "The picture stands still for most of the time. Record a live video."
    broken = "The face changed from one moment to the next. Record without a cut, one person all the time."
    left = "The face left the picture and came back. Stay in the picture, with nothing before the face."
    return [
        _too_high("frozen_frames", frozen, continuity.frozen, MAX_FROZEN, "share of frames"),
        _too_low("continuity_lost", broken, continuity.likeness, MIN_LIKENESS, "correlation"),
        _too_high("face_lost", left, continuity.gap, MAX_GAP, "s"),
    ]


def _median(values: Iterable[float]) -> float:
    return float(np.median(list(values)))


def _too_low(code: str, message: str, value: float, threshold: float, unit: str) -> Reason | None:
    return Reason(code, message, round(value, 3), threshold, unit) if value < threshold else None


def _too_high(code: str, message: str, value: float, threshold: float, unit: str) -> Reason | None:
    return Reason(code, message, round(value, 3), threshold, unit) if value > threshold else None
