"""What a sample's camera adds: light, noise and the hand that holds it."""

import numpy as np

from pipeline.samples.camera import Camera, handheld, sensor
from pipeline.samples.motion import Pose

GREY = np.full((640, 480, 3), 120, np.uint8)


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_noise_has_the_strength_asked_for_and_is_new_in_every_frame() -> None:
    """Two exposures of one scene differ by noise of the given standard deviation."""
    expose = sensor(Camera(noise=4.0), _rng())
    first, second = expose(GREY).astype(float), expose(GREY).astype(float)

    assert abs(first.std() - 4.0) < 0.1
    assert abs((first - second).std() - 4.0 * 2**0.5) < 0.2


def test_light_scales_the_whole_frame_and_its_sides() -> None:
    """Half the light halves the grey; a lamp at the side makes that side brighter than the other."""
    dim = sensor(Camera(noise=0, light=0.5), _rng())(GREY)
    sided = sensor(Camera(noise=0, side_light=0.3), _rng())(GREY)

    assert (dim == 60).all()
    assert sided[0, 0, 0] == 84
    assert sided[0, -1, 0] == 156


def test_a_tripod_stands_still_and_a_hand_does_not() -> None:
    """The view of a camera without shake never changes; with it, it moves within a few pixels."""
    times = np.arange(0, 5, 1 / 30)
    tripod, hand = handheld(Camera(shake=0), _rng()), handheld(Camera(shake=0.004), _rng())
    places = np.array([hand(at).centre for at in times])

    assert {tripod(at) for at in times} == {tripod(0)}
    assert (np.ptp(places, axis=0) > 1).all()
    assert (np.abs(places - tripod(0).centre) <= 2 * 0.004 * 480).all()


def test_face_takes_the_share_of_the_frame_that_was_asked_for() -> None:
    """A flat face 2.2 units wide is drawn as wide as its share says, in portrait and in landscape."""
    for camera, expected in ((Camera(shake=0), 0.41 * 480), (Camera(640, 480, shake=0), 0.41 * 360)):
        to_frame = handheld(camera, _rng())(0).of_canvas(Pose())
        left, right = (to_frame @ [(4 + x) * 96 - 0.5, 4 * 96, 1] for x in (-1.1, 1.1))
        assert abs(right[0] / right[2] - left[0] / left[2] - expected) < 0.5
