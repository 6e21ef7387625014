"""Telling a plane from a head by the motion a plane cannot have."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from opentelemetry.context import Context

from pipeline.alignment import PLANE, Reference, likeness, normalised
from pipeline.detectors import DlibDetector
from pipeline.face import CROP_IOD, CROP_SIZE
from pipeline.frame import Image
from pipeline.observation import observe
from pipeline.planarity import PlaneFitter, fit_homography, tilt
from pipeline.samples.camera import Camera, handheld
from pipeline.samples.head import Head
from pipeline.samples.motion import Pose
from pipeline.samples.scene import live_head
from telemetry.spans import StageRecorder
from tests.pipeline.footage import frame


@pytest.fixture
def texture() -> Image:
    """A face crop's worth of smooth random texture."""
    noise = np.random.default_rng(3).normal(0, 1, (CROP_SIZE, CROP_SIZE)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.5)
    return np.asarray(np.clip(128 + 45 * smooth / smooth.std(), 0, 255), np.uint8)


def turned_plane(degrees: float) -> NDArray[np.float64]:
    """The homography of a plane in the middle of a crop that turns about its vertical axis, seen from 6 IOD away."""
    angle = np.radians(degrees)
    middle = np.array([[1, 0, CROP_SIZE / 2], [0, 1, 60.0], [0, 0, 1]])
    turn = np.array([[np.cos(angle), 0, 0], [0, 1, 0], [np.sin(angle) / (6 * CROP_IOD), 0, 1]])
    moved = middle @ turn @ np.linalg.inv(middle)
    return np.asarray(moved / moved[2, 2], np.float64)


def seen(texture: Image, plane: NDArray[np.float64]) -> Image:
    """The texture after the plane has moved."""
    size = (CROP_SIZE, CROP_SIZE)
    return np.asarray(cv2.warpPerspective(texture, plane, size, borderMode=cv2.BORDER_REFLECT), np.uint8)


def test_a_homography_is_found_again_among_outliers() -> None:
    """Robust weights take out the fifth of the points that moved on their own."""
    rng = np.random.default_rng(0)
    source = rng.uniform(20, 90, (200, 2))
    true = turned_plane(30)
    moved = np.column_stack([source, np.ones(200)]) @ true.T
    target = moved[:, :2] / moved[:, 2:]
    target[::5] += 6.0
    found = fit_homography(source, target, rounds=20)
    again = np.column_stack([source, np.ones(200)]) @ found.T
    np.testing.assert_allclose(again[1::5, :2] / again[1::5, 2:], moved[1::5, :2] / moved[1::5, 2:], atol=0.3)


@pytest.mark.parametrize("degrees", [0.0, 20.0, 45.0])
def test_tilt_is_the_angle_a_plane_has_turned(degrees: float) -> None:
    """Foreshortening gives the angle back."""
    assert tilt(turned_plane(degrees)) == pytest.approx(degrees, abs=0.5)


@pytest.mark.parametrize("degrees", [15.0, 30.0, 40.0])
def test_a_turned_plane_leaves_nothing_unexplained(texture: Image, degrees: float) -> None:
    """Whatever its angle, a plane's motion is a homography; what is left is interpolation."""
    view = seen(texture, turned_plane(degrees))
    start = Reference(normalised(texture)).align(normalised(view), PLANE)
    fit = PlaneFitter().fit(texture, view, start.plane)
    assert fit.residual < 0.004
    assert fit.tilt == pytest.approx(degrees, abs=3.0)


def test_relief_is_left_unexplained_by_any_plane(texture: Image) -> None:
    """A bump that shifts against its surroundings is no homography."""
    rows, columns = np.mgrid[0:CROP_SIZE, 0:CROP_SIZE].astype(np.float32)
    height = np.exp(-(((columns - CROP_SIZE / 2) / 22) ** 2) - ((rows - 60) / 30) ** 2)
    view = cv2.remap(texture, columns - 10 * height, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    start = Reference(normalised(texture)).align(normalised(np.asarray(view, np.uint8)), PLANE)
    fit = PlaneFitter().fit(texture, np.asarray(view, np.uint8), start.plane)
    assert fit.residual > 0.02


def face_crop(yaw: float) -> Image:
    """The face crop of the sample head, turned towards its own left by so many degrees."""
    draw, camera = live_head(Head.shipped()), Camera()
    view = handheld(camera, np.random.default_rng(0))(0.0)
    image = draw(Pose(yaw=yaw), view)
    seen = observe(frame(image), DlibDetector(), StageRecorder(Context()))
    assert seen.crop is not None
    return seen.crop


def test_parallax_tells_to_which_side_a_head_turned() -> None:
    """Towards the person's left is positive, and twice the angle is about twice the parallax."""
    reference = Reference(normalised(face_crop(0.0)))
    left, further_left, right = (reference.align(normalised(face_crop(yaw))).parallax[0] for yaw in (7.0, 14.0, -7.0))
    assert right < -0.08 < 0.08 < left
    assert 1.4 < further_left / left < 2.8


def test_a_turned_plane_shows_no_parallax(texture: Image) -> None:
    """What a plane does is explained without the head's relief."""
    assert abs(Reference(normalised(texture)).align(normalised(seen(texture, turned_plane(10)))).parallax[0]) < 0.08


def test_views_without_contrast_have_nothing_in_common() -> None:
    """Not even with themselves: there is nothing to compare."""
    grey = normalised(np.full((CROP_SIZE, CROP_SIZE), 128, np.uint8))
    assert likeness(grey, grey) == 0.0
    assert Reference(grey).align(grey).correlation == 0.0
