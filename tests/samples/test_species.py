"""Every species gives frames in which a face detector finds the face, the same ones for the same seed."""

import cv2
import numpy as np
import pytest

from pipeline.detectors import DlibDetector
from pipeline.samples.camera import Camera
from pipeline.samples.head import Head
from pipeline.samples.species import ALL, HEAD_TURN, Species, frames

QUICK = Camera(frame_rate=5)


@pytest.mark.parametrize("species", ALL, ids=lambda species: species.name)
def test_the_face_is_found_in_most_frames(person: Head, species: Species) -> None:
    """A clip is of use only when the detectors see the face through it."""
    detector = DlibDetector()
    clip = [cv2.resize(frame, (240, 320)) for frame in frames(species, person, QUICK, seed=3, seconds=3.0)]

    found = sum(bool(detector.detect(np.asarray(frame, np.uint8))) for frame in clip)

    assert len(clip) == 15
    assert found >= 13


def test_a_seed_decides_everything(person: Head) -> None:
    """The same seed gives the same pixels, another one other pixels."""
    one, same, other = (list(frames(HEAD_TURN, person, QUICK, seed, seconds=0.4)) for seed in (1, 1, 2))

    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
