"""Is it one face all the way? Neighbouring views of one person are alike; a cut, a swap or a second photograph is not.

Two neighbouring views that do not match as they are, are aligned as views of one head (pipeline.alignment), and have to
match then, whichever of them is brought to the other. Nobody turns by LARGEST_STEP between two analysed frames, and
nobody leaves the picture and is believed to have come back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from pipeline.alignment import PARALLAX_DEGREES, Reference, likeness
from pipeline.contrast import Grey
from pipeline.face import Face
from pipeline.frame import ANALYSIS_RATE, Image
from pipeline.observation import FrameObservation

ALIKE: Final = 0.85
"""Correlation of neighbouring views from which they need no alignment."""

LARGEST_STEP: Final = 30.0
"""Degrees of turn or nod within STEP; quick turns made 21 in a tenth of a second, and rendered ones 26 in STEP."""

LARGEST_MOVE: Final = 1.2
"""Distances of the eyes by which a face may move in the picture within STEP; people came to 1.1 at most, photographs
that were slid past each other to 1.2 and more."""

STEP: Final = 1 / ANALYSIS_RATE
"""Seconds between neighbouring views where every frame shows a face."""

STILL: Final = 0.2
"""Mean difference of neighbouring views, grey levels, up to which they are the same picture."""


@dataclass(frozen=True, slots=True)
class Continuity:
    """How well neighbouring views of the face follow each other."""

    likeness: float
    """Lowest correlation of neighbouring views, aligned where needed; 0 after a jump, 1 with fewer than two views."""
    gap: float
    """Longest time without a face between two with one, seconds."""
    frozen: float
    """Share of neighbouring views that are the same picture."""


@dataclass(frozen=True, slots=True)
class _View:
    time: float
    face: Face
    crop: Image
    grey: Grey


def measure_continuity(observations: Sequence[FrameObservation]) -> Continuity:
    """Compare each view of the face with the one before."""
    views = [
        _View(seen.time, seen.face, seen.crop, seen.grey)
        for seen in observations
        if seen.face and seen.crop is not None and seen.grey is not None
    ]
    steps = list(pairwise(views))
    if not steps:
        return Continuity(1.0, 0.0, 0.0)
    return Continuity(
        likeness=min(0.0 if _moved_away(*step) else _likeness(*step) for step in steps),
        gap=max(after.time - before.time for before, after in steps),
        frozen=sum(_same(before.crop, after.crop) for before, after in steps) / len(steps),
    )


def _moved_away(before: _View, after: _View) -> bool:
    (x, y), (to_x, to_y) = before.face.box.center, after.face.box.center
    moved = float(np.hypot(to_x - x, to_y - y)) / before.face.eye_distance
    return moved >= LARGEST_MOVE * _steps(before, after)


def _steps(before: _View, after: _View) -> float:
    """How many steps lie between two views, at least one: more where frames were lost or show no face."""
    return max(1.0, (after.time - before.time) / STEP)


def _likeness(before: _View, after: _View) -> float:
    unaligned = likeness(before.grey, after.grey)
    if unaligned >= ALIKE:
        return unaligned
    alignment = Reference(before.grey).align(after.grey)
    if alignment.correlation < ALIKE:
        alignment = max(alignment, Reference(after.grey).align(before.grey), key=lambda found: found.correlation)
    if PARALLAX_DEGREES * alignment.shift >= LARGEST_STEP * _steps(before, after):
        return 0.0
    return max(unaligned, alignment.correlation)


def _same(before: Image, after: Image) -> bool:
    return float(np.abs(before.astype(np.int16) - after).mean()) <= STILL
