"""Movement is measured in terms that know neither the camera nor where the face is."""

from dataclasses import replace

import numpy as np
import pytest
from opentelemetry.context import Context

from pipeline.check import Checker
from pipeline.detectors import DlibDetector
from pipeline.face import NOSE, UPRIGHT_FACE, Box, Points, nose_position
from pipeline.keepsakes import CAPACITY, Keepsakes
from pipeline.movement import LEAP, measure_movement
from pipeline.observation import FrameObservation, observe
from pipeline.planarity import PlaneFitter
from pipeline.replay import enlarged_crop
from pipeline.samples.camera import Camera
from pipeline.samples.head import Head
from pipeline.samples.species import HEAD_STILL, HEAD_TURN, PHOTO_WAVED, Species, frames
from telemetry.spans import StageRecorder
from tests.pipeline.footage import frame


def placed(points: Points, degrees: float, scale: float, shift: tuple[float, float]) -> Points:
    """Points rolled, scaled and shifted into an image."""
    angle = np.radians(degrees)
    roll = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(points @ roll.T * scale + shift, np.float64)


@pytest.mark.parametrize("rows", [5, 3])
@pytest.mark.parametrize("degrees", [-30.0, 0.0, 75.0])
def test_the_nose_is_where_it_is_whatever_the_camera_does(rows: int, degrees: float) -> None:
    """Roll, distance and place in the image change nothing, with a mouth among the landmarks or without."""
    seen = nose_position(placed(UPRIGHT_FACE[:rows], degrees, 37.0, (120.0, 80.0)))
    np.testing.assert_allclose(seen, (0.0, 0.62), atol=1e-9)


def test_the_nose_moves_towards_the_side_the_person_turns_to() -> None:
    """The person's left is the right of the image, and positive."""
    turned = UPRIGHT_FACE.copy()
    turned[NOSE, 0] += 0.2
    across, along = nose_position(placed(turned, 10.0, 50.0, (0.0, 0.0)))
    assert across == pytest.approx(0.2)
    assert along == pytest.approx(0.62)


def watched(species: Species, seconds: float = 2.4) -> list[FrameObservation]:
    """Ten frames a second of the sample head, seen by dlib."""
    camera, detector, stages = Camera(frame_rate=10), DlibDetector(), StageRecorder(Context())
    clip = frames(species, Head.shipped(), camera, seed=2, seconds=seconds)
    return [observe(frame(image, index, index / 10), detector, stages) for index, image in enumerate(clip)]


def test_a_turning_head_travels_and_has_relief_a_waved_photograph_has_neither() -> None:
    """The two measurements that the verdict rests on, on the same face."""
    fitter = PlaneFitter()
    head, print_, still = (measure_movement(watched(kind), fitter) for kind in (HEAD_TURN, PHOTO_WAVED, HEAD_STILL))
    assert head is not None
    assert print_ is not None
    assert still is not None
    assert head.turn.range > 3 * max(print_.turn.range, still.turn.range)
    assert head.as_head().views >= 2
    assert print_.as_plane().views >= 2
    assert head.as_head().value > 5 * print_.as_plane().value
    assert print_.as_head().views == still.as_head().views == 0


def test_a_head_seen_only_at_the_two_ends_of_its_movement_has_no_relief_on_either_side() -> None:
    """As two pictures that are shown one after the other; seen on the way as well, it has it on one side or both."""
    seen = watched(HEAD_TURN)
    turn = np.array([view.nose[0] if view.nose is not None else np.nan for view in seen])
    low, high = np.nanpercentile(turn, (15, 85))
    ends = [view for view, at in zip(seen, turn, strict=True) if at <= low] + [
        view for view, at in zip(seen, turn, strict=True) if at >= high
    ]
    jumping = [replace(view, index=index, time=index / 10) for index, view in enumerate(ends)]
    whole, jumped = (measure_movement(views, PlaneFitter()) for views in (seen, jumping))
    assert whole is not None
    assert jumped is not None
    assert whole.unbroken.views >= 2 > jumped.unbroken.views
    assert jumped.leap > LEAP
    assert jumped.as_head().views >= 2


def test_two_faces_are_too_few_to_measure_movement() -> None:
    """Less than three views say nothing about movement."""
    empty = FrameObservation(0, 0.0, 0)
    assert measure_movement([empty] * 10, PlaneFitter()) is None


def test_keepsakes_are_few_good_and_spread_over_the_clip() -> None:
    """However long the clip, a handful is kept, from its beginning to its end."""
    seen = watched(HEAD_STILL, seconds=0.3)[0]
    image = np.zeros((64, 64, 3), np.uint8)
    keepsakes = Keepsakes()
    for index in range(600):
        keepsakes.offer(frame(image, index, index / 10), seen)
    times = [kept.frame.time for kept in keepsakes.best(100)]
    assert len(times) <= CAPACITY
    assert times == sorted(times)
    assert times[0] < 20
    assert times[-1] >= 40


def test_frames_with_two_faces_are_not_kept() -> None:
    """A picture to compare with shows one person."""
    keepsakes = Keepsakes()
    keepsakes.offer(frame(np.zeros((64, 64, 3), np.uint8)), FrameObservation(0, 0.0, 2))
    assert keepsakes.best(3) == []


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(40, 40, 20, 20), (54, 54)),
        (Box(0, 0, 20, 20), (54, 54)),
        (Box(80, 90, 20, 10), (27, 54)),
        (Box(10, 10, 80, 80), (100, 100)),
    ],
)
def test_the_crop_for_replay_detection_stays_inside_the_image(box: Box, expected: tuple[int, int]) -> None:
    """2.7 times the face, moved to lie in the image, and smaller only where the image is."""
    crop = enlarged_crop(np.zeros((100, 100, 3), np.uint8), box, 2.7)
    assert crop.shape[:2] == pytest.approx(expected, abs=1)


def test_engines_are_named_with_what_was_not_there(packaged_checker: Checker) -> None:
    """Without model files dlib does the work, and nobody looks for screens."""
    engines = packaged_checker.engines
    assert engines.detector.startswith("dlib-hog")
    assert engines.embedder.startswith("dlib-resnet")
    assert engines.replay_detector is None
