"""Sheets: what a bent print, holes and a phone look like to a camera."""

import numpy as np
import pytest

from pipeline.samples.camera import Camera, handheld
from pipeline.samples.canvas import HEIGHT, WIDTH, pixel
from pipeline.samples.head import Head
from pipeline.samples.motion import Pose
from pipeline.samples.sheet import Bend, Sheet
from pipeline.samples.variation import somebody

VIEW = handheld(Camera(shake=0), np.random.default_rng(0))(0)
WALL = np.full((VIEW.height, VIEW.width, 3), 90, np.uint8)


@pytest.fixture(scope="module")
def person() -> Head:
    """Grace Hopper."""
    return Head.shipped()


@pytest.mark.parametrize("pose", [Pose(), Pose(yaw=35), Pose(pitch=-30, roll=12, x=0.2, distance=0.5)])
def test_hardly_bent_sheet_looks_flat(person: Head, pose: Pose) -> None:
    """A cylinder of 3000 units (180 metres) is a plane to any camera."""
    sheet = Sheet.print_of(person)

    bent, flat = Bend(3000.0, 20.0).over(sheet, WALL, pose, VIEW), sheet.over(WALL, pose, VIEW)

    assert np.abs(bent.astype(int) - flat).mean() < 1.0


def test_bent_sheet_recedes_to_the_sides() -> None:
    """Bent like a face, a mark beside the middle comes out nearer to it; hollow and turned, it moves the other way."""
    mark = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    x, y = pixel(1.2, 0.0)
    mark[y - 6 : y + 6, x - 6 : x + 6] = 255
    sheet = Sheet(mark, np.ones((HEIGHT, WIDTH), np.float32))

    def place(bend: Bend, pose: Pose) -> float:
        return float(np.flatnonzero(bend.over(sheet, WALL * 0, pose, VIEW).max(axis=(0, 2)) > 100).mean())

    assert place(Bend(1.5), Pose()) < place(Bend(3000.0), Pose()) - 3
    assert place(Bend(1.5), Pose(yaw=20)) < place(Bend(-1.5), Pose(yaw=20)) - 3


def test_eyes_are_seen_through_the_holes(person: Head) -> None:
    """What is behind the print shows where its eyes were, and nowhere else in the face."""
    drawn = Sheet.print_of(person).with_holes().over(WALL, Pose(), VIEW)
    whole = Sheet.print_of(person).over(WALL, Pose(), VIEW)

    unit = VIEW.focal / 11
    eye = round(VIEW.centre[1]), round(VIEW.centre[0] + 0.5 * unit)
    cheek = round(VIEW.centre[1] + 0.7 * unit), eye[1]

    assert np.array_equal(drawn[eye], WALL[eye])
    assert np.array_equal(drawn[cheek], whole[cheek])


def test_other_people_differ_and_stay_people(person: Head) -> None:
    """Another build and complexion for every source of chance, the same one for the same; depths stay renderable."""
    one, same, other = (somebody(person, np.random.default_rng(seed)) for seed in (1, 1, 2))

    assert np.array_equal(one.front, same.front)
    assert not np.array_equal(one.front, other.front)
    assert not np.array_equal(one.surface.front, other.surface.front)
    assert one.surface.front.max() < 1.35


def test_cut_out_print_ends_at_the_outline(person: Head) -> None:
    """The corner of a cut-out print shows what is behind it, the face does not."""
    drawn = Sheet.cut_out(person).over(WALL, Pose(), VIEW)
    middle = round(VIEW.centre[1] + 30), round(VIEW.centre[0])

    assert np.array_equal(drawn[2, 2], WALL[2, 2])
    assert not np.array_equal(drawn[middle], WALL[middle])
