"""Is part of the face covered? How little the mouth and each eye look like a mouth and an eye.

A part is judged the way detectors find faces (histograms of oriented gradients and a linear filter: Dalal and Triggs
2005): the face crop, its light and contrast evened out, is divided into cells; in each, the strength of the edges that
brighten in each of four directions is measured, and a weighted sum of these tells a covered part, +1 in the mean, from
an uncovered one, -1. ``python -m bench.occlusion`` fits the weights to rendered people with drawn covers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.contrast import Grey
from pipeline.observation import FrameObservation, from_usual_pose, spread

VIEWS: Final = 8
"""Views examined at most, spread over the clip; the median counts, so that a hand passing by does no harm."""

CELL: Final = 6
"""Side of a cell, pixels of a halved face crop: a third of the distance of the eyes."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Where a part of the face lies in a halved face crop, pixels, and the filter that tells whether it is covered."""

    left: int
    top: int
    weights: NDArray[np.float64]
    """4 x rows x columns of cells: edges that brighten to the right, to the left, downwards, upwards."""
    bias: float

    def edges(self, view: Grey) -> NDArray[np.float64]:
        """Return the edges in each cell, in the shape of the weights."""
        _, rows, columns = self.weights.shape
        bottom, right = self.top + rows * CELL, self.left + columns * CELL
        across, along = (
            cv2.Sobel(view, cv2.CV_32F, *order, scale=1 / 8)[self.top : bottom, self.left : right]
            for order in ((1, 0), (0, 1))
        )
        strength = np.maximum(np.stack([across, -across, along, -along]), 0)
        return np.asarray(np.sqrt(strength.reshape(4, rows, CELL, columns, CELL).mean(axis=(2, 4))), np.float64)

    def covered(self, view: Grey) -> float:
        """Return how covered the part looks in a normalised view: about 1, or about -1 when it can be seen."""
        return float((self.weights * self.edges(view)).sum()) + self.bias


_MOUTH_WEIGHTS: Final = (
    (13, 5, -2, -5, -33, 9),
    (-15, -70, 17, 22, -51, -49),
    (16, -11, 23, 62, -12, -22),
    (-18, -7, 23, 7, -20, -39),
    (9, -33, -5, -2, 5, 13),
    (-49, -51, 22, 17, -70, -15),
    (-22, -12, 62, 23, -11, 16),
    (-39, -20, 7, 23, -7, -18),
    (37, 12, -13, -13, 12, 37),
    (27, 14, -101, -101, 14, 27),
    (31, 60, -94, -94, 60, 31),
    (38, 12, -8, -8, 12, 38),
    (37, 40, -43, -43, 40, 37),
    (59, 43, -136, -136, 43, 59),
    (16, 18, -69, -69, 18, 16),
    (37, -7, -26, -26, -7, 37),
)
_EYE_WEIGHTS: Final = (
    (-8, 18, 71, -15),
    (-31, -14, -199, -56),
    (-22, -21, -184, -8),
    (-4, 5, 49, -41),
    (-11, -22, 93, 97),
    (-3, 8, -176, 40),
    (-5, 127, -22, -52),
    (-25, -42, 27, 25),
    (6, -33, 6, 3),
    (-17, -24, -215, 60),
    (22, 15, -180, 58),
    (-9, -20, -9, -21),
    (-15, -15, 1, 5),
    (-17, -38, -103, -8),
    (-53, -5, -28, 25),
    (-9, -47, 57, 29),
)
"""Hundredths, one row of cells a line; four lines for each direction."""

MOUTH: Final = Part(10, 29, np.reshape(_MOUTH_WEIGHTS, (4, 4, 6)) / 100, 1.485)

RIGHT_EYE: Final = Part(3, 8, np.reshape(_EYE_WEIGHTS, (4, 4, 4)) / 100, 2.276)
"""The person's right one; the left one is judged in the mirrored view."""


def measure_occlusion(observations: Sequence[FrameObservation]) -> float | None:
    """Return how covered the part of the face looks that can be seen least, about -1 to 1; None without a view."""
    views = [_parts(view) for view in normalised_views(observations)]
    return float(np.median(views, axis=0).max()) if views else None


def normalised_views(observations: Sequence[FrameObservation]) -> list[Grey]:
    """Return the normalised face crops that are judged."""
    return [one.grey for one in typical_observations(observations) if one.grey is not None]


def _parts(view: Grey) -> tuple[float, float, float]:
    """How covered mouth, right eye and left eye look."""
    return MOUTH.covered(view), RIGHT_EYE.covered(view), RIGHT_EYE.covered(np.ascontiguousarray(view[:, ::-1]))


def typical_observations(observations: Sequence[FrameObservation]) -> list[FrameObservation]:
    """Return some with a face, spread over the half of the clip in which the head is turned the least from its usual
    pose."""
    seen = [one for one in observations if one.nose is not None]
    if not seen:
        return []
    turned = from_usual_pose(np.array([one.nose for one in seen]))
    usual = np.flatnonzero(turned <= np.median(turned)).tolist()
    return [seen[usual[place]] for place in spread(len(usual), VIEWS)]
