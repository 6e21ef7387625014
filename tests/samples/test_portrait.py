"""Which photographs become heads, and what is said about those that do not."""

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.detectors import DlibDetector
from pipeline.frame import Image
from pipeline.samples.head import Head
from pipeline.samples.motion import Pose
from pipeline.samples.portrait import Portrait, SampleError, shipped_photo
from pipeline.samples.scene import live_head
from tests.samples.markers import still_view

IMAGES = Path(__file__).parents[3] / "shared" / "testdata" / "images"
PHOTOS = sorted(IMAGES.glob("*.jpg")) if IMAGES.is_dir() else []


def test_eyes_of_a_portrait_lie_level_one_unit_apart(person: Head) -> None:
    """Laid out on the canvas, the face is found again where the canvas says it is."""
    face = DlibDetector().detect(person.portrait.image)[0]
    right_eye, left_eye, nose = face.points / 96 - 4

    assert right_eye == pytest.approx((-0.5, 0), abs=0.06)
    assert left_eye == pytest.approx((0.5, 0), abs=0.06)
    assert nose == pytest.approx(person.portrait.nose, abs=0.08)


def test_outline_parts_the_person_from_the_background(person: Head) -> None:
    """Cap, ears and shoulders belong to the person; flag and blue backdrop do not."""
    outside = person.surface.back > 8

    inside_places = [(0, 0), (0, -1.6), (-1.15, 0.3), (1.15, 0.3), (0, 1.5), (-2, 3.5), (2, 3.5)]
    outside_places = [(-2.2, 0), (2.2, 0), (-1.9, 1.2), (1.9, 1.2), (0, -3)]
    assert not any(outside[round((y + 4) * 96), round((x + 4) * 96)] for x, y in inside_places)
    assert all(outside[round((y + 4) * 96), round((x + 4) * 96)] for x, y in outside_places)


def test_background_holds_nothing_of_the_person(person: Head) -> None:
    """Where the face was, the background goes on in the colours around it."""
    face = (slice(350, 450), slice(334, 434))
    portrait, background = person.portrait.image[face].mean((0, 1)), person.background[face].mean((0, 1))

    assert portrait[2] > portrait[0] + 60
    assert background[2] < background[0] + 10


@pytest.mark.skipif(not PHOTOS, reason="shared testdata is absent")
@pytest.mark.parametrize("photo", PHOTOS, ids=lambda photo: photo.stem)
def test_any_portrait_becomes_a_head(photo: Path) -> None:
    """Photographs and paintings of other people turn, and stay faces while they do."""
    draw, detector = live_head(Head.from_image(photo)), DlibDetector()

    for pose in (Pose(yaw=-20), Pose(), Pose(yaw=20), Pose(pitch=12), Pose(pitch=-12)):
        frame = draw(pose, still_view())
        assert detector.detect(_small(frame)), pose


def test_a_photograph_without_a_face_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "sky.png"
    cv2.imwrite(str(path), np.full((300, 300, 3), 200, np.uint8))

    with pytest.raises(SampleError, match=r"no face was found in .*sky\.png"):
        Portrait.from_image(path)


def test_a_file_that_is_no_image_is_refused(tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "notes.jpg"
    path.write_text("not an image")

    with pytest.raises(SampleError, match=r"notes\.jpg is not an image"):
        Portrait.from_image(path)


def test_missing_matplotlib_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package that carries the portrait, the message says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)  # as if it were not installed

    with pytest.raises(SampleError, match=r"video-liveness\[samples\]"):
        shipped_photo()


def _small(frame: Image) -> Image:
    return np.asarray(cv2.resize(frame, (240, 320), interpolation=cv2.INTER_AREA), np.uint8)
