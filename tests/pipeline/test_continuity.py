"""One face all the way: neighbouring views of a person follow each other, cuts and swaps do not."""

from dataclasses import replace

import numpy as np
import pytest
from opentelemetry.context import Context

from pipeline.continuity import measure_continuity
from pipeline.detectors import DlibDetector
from pipeline.observation import FrameObservation, observe
from pipeline.quality import MIN_LIKENESS
from pipeline.samples.camera import Camera
from pipeline.samples.head import Head
from pipeline.samples.species import HEAD_TURN, frames
from telemetry.spans import StageRecorder
from tests.pipeline.footage import frame, needs_testdata, photo


def seen(head: Head, seconds: float = 1.0) -> list[FrameObservation]:
    """Views of a rendered head that turns, ten a second."""
    camera, stages, detector = Camera(frame_rate=10), StageRecorder(Context()), DlibDetector()
    clip = frames(HEAD_TURN, head, camera, seed=1, seconds=seconds)
    return [observe(frame(image, index, index / 10), detector, stages) for index, image in enumerate(clip)]


def test_a_turning_head_is_one_face_all_the_way() -> None:
    """Neighbouring views are alike, and none is the same picture."""
    continuity = measure_continuity(seen(Head.shipped()))
    assert continuity.likeness > MIN_LIKENESS
    assert continuity.frozen == 0.0
    assert continuity.gap == pytest.approx(0.1)


@needs_testdata
def test_a_swap_of_the_person_breaks_continuity() -> None:
    """Somebody else in the same place, in the same pose."""
    one, other = seen(Head.shipped()), seen(Head.from_image(photo("s1")))
    assert measure_continuity(one[:5] + other[5:]).likeness < MIN_LIKENESS


def test_a_frozen_picture_is_seen() -> None:
    """The same frame again and again."""
    first = seen(Head.shipped(), seconds=0.1)[0]
    still = [replace(first, index=index, time=index / 10) for index in range(10)]
    assert measure_continuity(still).frozen == 1.0


def test_a_face_that_leaves_makes_a_gap() -> None:
    """The time between the views around it counts."""
    views = seen(Head.shipped())
    away = [replace(view, face=None, crop=None, nose=None) if 3 <= view.index < 8 else view for view in views]
    assert measure_continuity(away).gap == pytest.approx(0.6)


def test_a_face_that_moves_farther_than_a_head_can_is_another_one() -> None:
    """A photograph slid out and the next one in."""
    views = seen(Head.shipped())
    face = views[5].face
    assert face is not None
    elsewhere = replace(face, box=replace(face.box, x=face.box.x + 1.3 * face.eye_distance))
    assert measure_continuity([*views[:5], replace(views[5], face=elsewhere)]).likeness == 0.0


def test_nothing_to_compare_is_no_break() -> None:
    """A clip with one view, or none, has other obstacles."""
    assert measure_continuity([FrameObservation(0, 0.0, 0)]).likeness == 1.0
    assert np.isfinite(measure_continuity([]).gap)
