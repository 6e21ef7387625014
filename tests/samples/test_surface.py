"""The head-shaped surface has the proportions of a head."""

import numpy as np
import pytest

from pipeline.samples.canvas import pixel
from pipeline.samples.surface import NOSE_BASE, face_depth, roundness

# MediaPipe's canonical face model, in distances between its eye centres (x 3.15, y 2.62, z 3.47; 6.3 apart):
# place on the face, and depth before its eyes' centres.
CANONICAL = {
    "tip of the nose": (0.00, 0.55, 0.64),
    "base of the nose": (0.00, 0.75, 0.41),
    "upper lip": (0.00, 0.96, 0.40),
    "corner of the mouth": (0.39, 1.10, 0.13),
    "chin": (0.00, 1.53, 0.27),
    "cheek": (0.76, 0.53, 0.01),
    "bridge of the nose": (0.00, -0.10, 0.28),
    "forehead": (0.00, -0.62, 0.25),
}


@pytest.mark.parametrize("place", CANONICAL)
def test_features_stand_out_as_on_a_canonical_face(place: str) -> None:
    """Every feature lies within an eighth of the inter-ocular distance of where it lies on an average head."""
    x, y, expected = CANONICAL[place]
    depth = face_depth((0.0, NOSE_BASE))

    before_the_eyes = _at(depth, x, y) - _at(depth, 0.5, 0.0)

    assert before_the_eyes == pytest.approx(expected, abs=0.125)


def test_nose_lies_where_the_photograph_shows_it() -> None:
    """A nose found lower and to the side takes the ridge with it."""
    usual = face_depth((0.0, NOSE_BASE))
    moved = face_depth((0.1, NOSE_BASE * 1.2))

    assert _highest(usual) == pytest.approx((0.0, 0.57), abs=0.03)
    assert _highest(moved) == pytest.approx((0.08, 0.57 * 1.2), abs=0.03)


def test_outline_is_where_front_and_back_meet() -> None:
    """The rim of a solid has no thickness, its middle has."""
    person = np.zeros((960, 768), bool)
    person[200:900, 200:600] = True

    rise = roundness(person)

    assert rise[~person].max() == 0
    assert rise[400, 202] < 0.25
    assert rise[400, 400] == 1


def _at(depth: np.ndarray, x: float, y: float) -> float:
    column, row = pixel(x, y)
    return float(depth[row, column])


def _highest(depth: np.ndarray) -> tuple[float, float]:
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return column / 96 - 4, row / 96 - 4
