"""What a camera sees when a head, or a photograph of it, is turned."""

import numpy as np
import pytest

from pipeline.samples.head import Head
from pipeline.samples.motion import Pose
from pipeline.samples.scene import live_head
from tests.samples.markers import (
    LEFT_EYE,
    LEFT_MOUTH,
    NOSE_TIP,
    RIGHT_EYE,
    RIGHT_MOUTH,
    find_live,
    find_printed,
    nose_range,
    still_view,
)

FACE = (RIGHT_EYE, LEFT_EYE, NOSE_TIP, RIGHT_MOUTH, LEFT_MOUTH)


def test_turning_a_head_moves_its_nose_against_its_eyes(person: Head) -> None:
    """Turned by 20 degrees to both sides, the nose moves as far as on real heads."""
    found = []
    for yaw in (0, -20, -10, 10, 20):
        places = [find_live(person, place, Pose(yaw=yaw)) for place in FACE]
        assert all(place is not None for place in places)
        found.append(np.array(places))

    assert 0.34 < nose_range(found) < 0.7


def test_nodding_moves_the_nose_between_eyes_and_mouth(person: Head) -> None:
    """Looking down the nose tip comes near the mouth, looking up near the eyes."""
    heights = [_nose_height(person, Pose(pitch=pitch)) for pitch in (-15, 0, 15)]

    assert heights[0] > 0.7 > heights[1] > 0.5 > heights[2]


@pytest.mark.parametrize("pose", [Pose(yaw=45), Pose(pitch=45), Pose(yaw=30, pitch=-30, roll=20), Pose(x=0.3, yaw=40)])
def test_turning_a_photograph_moves_nothing_against_anything(person: Head, pose: Pose) -> None:
    """A print stays a plane however it is held: the nose keeps its place between eyes and mouth."""
    usual, opposite = Pose(distance=1.5), Pose(-pose.yaw, -pose.pitch, -pose.roll, -pose.x, distance=1.5)
    held = [usual, usual + pose, opposite]

    found = [np.array([find_printed(person, place, each) for place in FACE]) for each in held]

    assert nose_range(found) < 0.1


def test_far_side_of_a_turned_head_is_hidden(person: Head) -> None:
    """The cheek that turns away disappears behind the face, the other one stays in sight."""
    right_temple, left_temple = (-1.15, 0.1), (1.15, 0.1)

    assert find_live(person, right_temple, Pose()) is not None
    assert find_live(person, right_temple, Pose(yaw=-38)) is None
    assert find_live(person, left_temple, Pose(yaw=-38)) is not None


@pytest.mark.parametrize(
    ("pose", "axis", "sign"),
    [
        (Pose(yaw=10), 0, 1),
        (Pose(yaw=-10), 0, -1),
        (Pose(pitch=10), 1, -1),
        (Pose(pitch=-10), 1, 1),
        (Pose(roll=10), 0, 1),
        (Pose(x=0.2), 0, 1),
        (Pose(y=0.2), 1, 1),
    ],
    ids=["own left", "own right", "up", "down", "to the left shoulder", "aside", "lower"],
)
def test_head_moves_the_way_its_pose_says(person: Head, pose: Pose, axis: int, sign: int) -> None:
    """Each part of a pose moves the nose tip in its direction of the image."""
    before, after = (find_live(person, NOSE_TIP, each) for each in (Pose(), pose))
    assert before is not None
    assert after is not None

    assert (after - before)[axis] * sign > 5


def test_coming_closer_enlarges_the_face(person: Head) -> None:
    """One face width nearer than the usual five, the eyes are seen a good quarter further apart."""
    near, usual = (_eye_distance(person, Pose(distance=distance)) for distance in (-1, 0))

    assert 1.2 < near / usual < 1.35


def test_shoulders_hardly_follow_the_head(person: Head) -> None:
    """Where the head turns by its whole yaw, the chest moves by a small part of that."""
    chest = (0.0, 3.6)
    moved = {}
    for place in (NOSE_TIP, chest):
        before, after = (find_live(person, place, Pose(yaw=yaw)) for yaw in (0, 25))
        assert before is not None
        assert after is not None
        moved[place] = abs(after[0] - before[0])

    assert moved[chest] < 0.2 * moved[NOSE_TIP]


def test_background_stays_where_it_is(person: Head) -> None:
    """The corners of the frame, past the person, are the same whatever the head does."""
    draw, view = live_head(person), still_view()
    frames = [draw(pose, view) for pose in (Pose(), Pose(yaw=25), Pose(pitch=15))]

    corners = [frame[:60, [*range(100), *range(380, 480)]] for frame in frames]
    assert corners[0].std() > 10
    assert all(np.array_equal(corners[0], corner) for corner in corners[1:])


def _eye_distance(person: Head, pose: Pose) -> float:
    right, left = find_live(person, RIGHT_EYE, pose), find_live(person, LEFT_EYE, pose)
    assert right is not None
    assert left is not None
    return float(np.hypot(*(left - right)))


def _nose_height(person: Head, pose: Pose) -> float:
    """Return the height of the nose tip from the eyes' line (0) to the mouth's (1)."""
    found = [find_live(person, place, pose) for place in FACE]
    assert all(place is not None for place in found)
    right_eye, left_eye, nose, right_mouth, left_mouth = np.array(found)[:, 1]
    eyes, mouth = (right_eye + left_eye) / 2, (right_mouth + left_mouth) / 2
    return float((nose - eyes) / (mouth - eyes))
