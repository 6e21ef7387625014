"""Is it one face all the way? Neighbouring views of one person are alike; a cut, a swap or a second photograph is not.

Two neighbouring views that do not match as they are, are aligned as views of one head (pipeline.alignment) and have to
match then. Nobody turns by LARGEST_STEP between two analysed frames, and nobody leaves the picture and is believed to
have come back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from pipeline.alignment import PARALLAX_DEGREES, Reference, likeness
from pipeline.frame import Image
from pipeline.observation import FrameObservation

ALIKE: Final = 0.85
"""Correlation of neighbouring views from which they need no alignment."""

LARGEST_STEP: Final = 25.0
"""Degrees of turn or nod between neighbouring views; a quick turn made 21 in a tenth of a second."""

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


def measure_continuity(observations: Sequence[FrameObservation]) -> Continuity:
    """Compare each view of the face with the one before."""
    views = [(seen.time, seen.crop) for seen in observations if seen.crop is not None]
    steps = list(pairwise(views))
    if not steps:
        return Continuity(1.0, 0.0, 0.0)
    return Continuity(
        likeness=min(_likeness(before, after) for (_, before), (_, after) in steps),
        gap=max(later - earlier for (earlier, _), (later, _) in steps),
        frozen=sum(_same(before, after) for (_, before), (_, after) in steps) / len(steps),
    )


def _likeness(before: Image, after: Image) -> float:
    unaligned = likeness(before, after)
    if unaligned >= ALIKE:
        return unaligned
    alignment = Reference(before).align(after)
    if PARALLAX_DEGREES * alignment.shift >= LARGEST_STEP:
        return 0.0
    return max(unaligned, alignment.correlation)


def _same(before: Image, after: Image) -> bool:
    return float(np.abs(before.astype(np.int16) - after).mean()) <= STILL
