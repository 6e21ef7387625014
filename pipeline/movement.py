"""How the head moved, in terms that know no camera: where the nose lies between eyes and mouth, in IOD.

Turning moves the nose across the face, nodding along it. Eyes and corners of the mouth are mapped to their places on
an upright face by an affine transform, which takes out roll, distance, camera motion and most of a plane's own tilt.
What landmark detectors report of a tilted photograph is not good enough to tell it from a head (0.45 IOD were seen on
photographs, 0.33 on a head that turned), so movement only counts together with relief: see pipeline.planarity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.alignment import Reference
from pipeline.face import FIVE_POINT_FRAME, LEFT_EYE, NOSE, RIGHT_EYE, Points, has_mouth
from pipeline.frame import Image
from pipeline.observation import FrameObservation
from pipeline.planarity import PlaneFit, PlaneFitter, tilt

LOW, HIGH = 5.0, 95.0
"""Percentiles between which a range is taken: one bad frame in twenty changes nothing."""

SAMPLED_VIEWS: Final = 24
"""Views spread over the clip that are aligned with its typical view."""

COMPARED_VIEWS: Final = 10
"""Of those, how many of the most tilted ones are tested for being planes."""

RELIEF_PERCENTILE: Final = 25.0
"""Percentile of the residuals that stands for the clip. A view of a plane whose alignment failed leaves a large one and
a view of a head never leaves a small one, so the low end tells the two apart."""

ALIGNED: Final = 0.6
"""Correlation from which an alignment is believed; below, the views show too little in common."""

NOSE_HEIGHT: Final = 0.53
"""Height of the tip of the nose over the plane of eyes and mouth in pipeline.alignment's head, IOD."""


@dataclass(frozen=True, slots=True)
class Relief:
    """How far a face is from a plane: the motion a plane leaves unexplained, IOD, and the views that rests on."""

    views: int
    value: float


@dataclass(frozen=True, slots=True)
class Movement:
    """What the clip shows of the head's movement."""

    turn: float
    """Range of the nose across the face, IOD."""
    turn_from_parallax: bool
    """Whether ``turn`` was read from parallax, for want of a mouth among the landmarks."""
    nod: float
    """Range of the nose along the face, IOD."""
    fits: tuple[PlaneFit, ...]
    """The most tilted views, each explained as a plane."""

    @property
    def tilt(self) -> float:
        """Largest tilt among the views compared, degrees; 0 when there are none."""
        return max((fit.tilt for fit in self.fits), default=0.0)

    def relief(self, from_tilt: float) -> Relief:
        """Return how far the face is from a plane, over the views tilted by at least so many degrees."""
        residuals = [fit.residual for fit in self.fits if fit.tilt >= from_tilt]
        return Relief(len(residuals), float(np.percentile(residuals, RELIEF_PERCENTILE)) if residuals else 0.0)


@dataclass(frozen=True, slots=True)
class _View:
    crop: Image
    points: Points


def measure_movement(observations: Sequence[FrameObservation], fitter: PlaneFitter) -> Movement | None:
    """Measure the movement over the frames that show a face; None when fewer than three do."""
    views = [
        _View(seen.crop, seen.points) for seen in observations if seen.crop is not None and seen.points is not None
    ]
    if len(views) < 3:
        return None
    nose = _smoothed(np.array([nose_position(view.points) for view in views]))
    typical = int(np.argmin(np.abs(nose - np.median(nose, axis=0)).sum(axis=1)))
    reference = Reference(views[typical].crop)
    sampled = _sample(views, typical)
    turn, nod = _range(nose)
    from_parallax = not has_mouth(views[0].points)
    if from_parallax:
        # Without a mouth the landmarks carry no frame that a plane's tilt would leave alone.
        turn = _parallax_turn(reference, sampled)
    fits = _compare(views[typical], reference, sampled, fitter)
    return Movement(float(turn), from_parallax, float(nod), tuple(fits))


def nose_position(points: Points) -> NDArray[np.float64]:
    """Return where the nose lies, across (towards the person's left) and along (downwards) the face, IOD.

    Measured from the midpoint of the eyes, after eyes and mouth corners were mapped to FIVE_POINT_FRAME by an affine
    transform; without a mouth, after the eyes were mapped to the same places by a similarity.
    """
    if has_mouth(points):
        rows = list(FIVE_POINT_FRAME)
        known = np.column_stack([points[rows], np.ones(len(rows))])
        affine = np.linalg.lstsq(known, np.array(list(FIVE_POINT_FRAME.values())), rcond=None)[0]
        return np.asarray(np.append(points[NOSE], 1.0) @ affine, np.float64)
    eyes = points[LEFT_EYE] - points[RIGHT_EYE]
    away = points[NOSE] - (points[LEFT_EYE] + points[RIGHT_EYE]) / 2
    return np.array([away @ eyes, eyes[0] * away[1] - eyes[1] * away[0]]) / float(eyes @ eyes)


def _range(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.percentile(values, HIGH, axis=0) - np.percentile(values, LOW, axis=0), np.float64)


def _smoothed(track: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median of three neighbours, which removes single misplaced landmarks and keeps turning points."""
    padded = np.concatenate([track[:1], track, track[-1:]])
    return np.asarray(np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0), np.float64)


def _sample(views: list[_View], typical: int) -> list[_View]:
    """Return views spread over the clip, without the typical one."""
    spread = np.linspace(0, len(views) - 1, min(SAMPLED_VIEWS, len(views))).round().astype(int)
    return [views[index] for index in spread.tolist() if index != typical]


def _parallax_turn(reference: Reference, sampled: list[_View]) -> float:
    """Range of the nose across the face, IOD, as the parallax of the views that can be aligned has it."""
    aligned = [reference.align(view.crop) for view in sampled]
    turns = [alignment.turn for alignment in aligned if alignment.correlation >= ALIGNED]
    return NOSE_HEIGHT * float(_range(np.array(turns))) if turns else 0.0


def _compare(typical: _View, reference: Reference, sampled: list[_View], fitter: PlaneFitter) -> list[PlaneFit]:
    """Fit planes to the views in which a plane would be tilted most."""
    aligned = [(view, reference.align(view.crop, as_plane=True)) for view in sampled]
    usable = [(view, alignment.plane) for view, alignment in aligned if alignment.correlation >= ALIGNED]
    most_tilted = sorted(usable, key=lambda pair: tilt(pair[1]), reverse=True)[:COMPARED_VIEWS]
    return [fitter.fit(typical.crop, view.crop, plane) for view, plane in most_tilted]
