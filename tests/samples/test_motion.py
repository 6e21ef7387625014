"""Poses and motions: how they add up, how far they go."""

import numpy as np
import pytest

from pipeline.samples.motion import Pose, drift, rotations, still, swing, together


def test_swing_goes_from_the_middle_to_both_sides() -> None:
    """After a quarter of the period the whole pose is reached, after three quarters its opposite."""
    motion = swing(Pose(yaw=24, x=0.2), period=4.0)

    assert motion(0.0) == Pose()
    assert motion(1.0) == Pose(yaw=24, x=0.2)
    assert motion(3.0) == Pose(yaw=-24, x=-0.2)


def test_motions_add_up() -> None:
    """Two motions together give the sum of their poses."""
    motion = together(still(Pose(pitch=5, distance=1)), swing(Pose(pitch=10), period=4.0))

    assert motion(1.0) == Pose(pitch=15, distance=1)


def test_drift_is_small_smooth_and_its_own_for_every_seed() -> None:
    """Nobody holds quite still, and no two people move alike."""
    times = np.arange(0, 10, 1 / 30)
    one, same, other = (drift(Pose(yaw=1.0), np.random.default_rng(seed)) for seed in (1, 1, 2))
    yaws = np.array([one(at).yaw for at in times])

    assert 0.1 < np.abs(yaws).max() <= 2.0
    assert np.abs(np.diff(yaws)).max() < 0.3
    assert all(one(at) == same(at) for at in times)
    assert any(one(at) != other(at) for at in times)


@pytest.mark.parametrize(
    ("angles", "nose", "crown"),
    [
        ((90, 0, 0), (1, 0, 0), (0, -1, 0)),
        ((0, 90, 0), (0, -1, 0), (0, 0, -1)),
        ((0, 0, 90), (0, 0, 1), (1, 0, 0)),
    ],
    ids=["yaw: to the image's right", "pitch: up", "roll: clockwise"],
)
def test_rotations_turn_the_documented_way(
    angles: tuple[float, float, float], nose: tuple[int, int, int], crown: tuple[int, int, int]
) -> None:
    """A quarter turn takes the nose (towards the camera) and the crown (up) where the pose's fields say."""
    turn = rotations(*(np.array([angle], float) for angle in angles))[0]

    assert np.allclose(turn @ [0, 0, 1], nose)
    assert np.allclose(turn @ [0, -1, 0], crown)
