"""Does a head explain the parallax, or would a bent sheet do?

A print that is bent around a cylinder has parallax as well, and leaves a plane as much unexplained as a head does. But
its height changes in one direction only, and it has no nose. So every view is explained by a head that lies on a bent
sheet, and by a nose on one, all of them free to shift: with a head in front of the camera it is the head and the nose
that shift, with a print the sheet. Nor is a head a saddle, which a wrongly aligned sheet may look like.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipeline.alignment import (
    HEAD_HEIGHTS,
    NOSE_HEIGHTS,
    PARALLAX_DEGREES,
    PLANE,
    Alignment,
    Reference,
    Surface,
    bent_heights,
)
from pipeline.contrast import Grey

AXES: Final = (0.0, 30.0, 60.0, 90.0, 120.0, 150.0)
"""Degrees from upright of the axes around which a sheet may be bent."""

HEAD_PARALLAX: Final = 8.0
"""Degrees of turn or nod, read from parallax, from which a view can show a head."""

BEST_PARALLAX: Final = 15.0
"""Degrees at which it tells best: there is enough to see, and heads are still aligned well."""

VIEWS: Final = 8
"""Views looked at, those nearest to BEST_PARALLAX."""

AXIS_VIEWS: Final = 4
"""Of those, how many decide about the axis of the sheet."""


SADDLE: Final = -0.25
"""Share of the parallax that a bend along the axis takes, up to which the heights form a saddle: heads mostly come to
0.2, and fewer than 1 in 100 to less than -0.2."""


@dataclass(frozen=True, slots=True)
class Bending:
    """How the parallax of some views divides between a head and a bent sheet."""

    views: int
    head_share: float
    """What only a head explains, as a share of the parallax: about 0.7 for heads, 0 for sheets and saddles.

    The share of a head or that of a nose, whichever is less.
    """


_SHEETS: Final = [Surface(bent_heights(axis)) for axis in AXES]
_HEADS_ON_SHEETS: Final = [Surface(HEAD_HEIGHTS, bent_heights(axis)) for axis in AXES]
_TWICE_BENT: Final = [Surface(-bent_heights(axis + 90.0), bent_heights(axis)) for axis in AXES]
_NOSES_ON_SHEETS: Final = [Surface(NOSE_HEIGHTS, bent_heights(axis)) for axis in AXES]


def measure_bending(reference: Reference, aligned: Sequence[tuple[Grey, Alignment]]) -> Bending:
    """Divide the parallax of views (normalised) that were aligned with a reference as heads."""
    telling = [pair for pair in aligned if PARALLAX_DEGREES * pair[1].shift >= HEAD_PARALLAX]
    chosen = sorted(telling, key=lambda pair: abs(PARALLAX_DEGREES * pair[1].shift - BEST_PARALLAX))[:VIEWS]
    if not chosen:
        return Bending(0, 0.0)
    axis = _best_axis(reference, chosen[:AXIS_VIEWS])
    if _share(reference, chosen, _TWICE_BENT[axis], PLANE.numbers) <= SADDLE:
        return Bending(len(chosen), 0.0)
    return Bending(len(chosen), min(_share(reference, chosen, on[axis]) for on in (_HEADS_ON_SHEETS, _NOSES_ON_SHEETS)))


def _share(
    reference: Reference, views: Sequence[tuple[Grey, Alignment]], surface: Surface, known: int | None = None
) -> float:
    """Return the parallax of the first heights of a surface as a share of that of a head alone.

    The alignment starts from ``known`` numbers of the motion found for the head, or from all.
    """
    parallax = np.array([found.parallax for _, found in views])
    shared = np.array([reference.align(view, surface, found.motion[:known]).parallax for view, found in views])
    return float((shared * parallax).sum() / (parallax**2).sum())


def _best_axis(reference: Reference, views: Sequence[tuple[Grey, Alignment]]) -> int:
    """Return which sheet explains some views best without a head."""
    starts = [(view, found.motion[: PLANE.numbers]) for view, found in views]
    fit = [sum(reference.align(view, sheet, start).correlation for view, start in starts) for sheet in _SHEETS]
    return int(np.argmax(fit))
