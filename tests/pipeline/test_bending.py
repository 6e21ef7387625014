"""A bent print has parallax as a head has, but another shape."""

import numpy as np
import pytest
from opentelemetry.context import Context

from pipeline.alignment import Reference
from pipeline.bending import Bending, measure_bending
from pipeline.contrast import Grey
from pipeline.detectors import DlibDetector
from pipeline.observation import observe
from pipeline.samples.camera import Camera, handheld
from pipeline.samples.head import Head
from pipeline.samples.motion import Pose
from pipeline.samples.photograph import plain_room
from pipeline.samples.scene import flat, live_head
from pipeline.samples.sheet import Bend, Sheet
from telemetry.spans import StageRecorder
from tests.pipeline.footage import frame

TURNS = (0.0, 10.0, 14.0, 18.0)
"""Degrees; the first is the reference."""


def seen(poses: list[Pose], bend: Bend | None) -> list[Grey]:
    """The face of the sample head, or of its bent print, in these poses."""
    head, camera, detector = Head.shipped(), Camera(), DlibDetector()
    view = handheld(camera, np.random.default_rng(0))(0.0)
    alive, sheet, behind = live_head(head), Sheet.print_of(head), flat(plain_room(), Pose(), view)
    images = [alive(pose, view) if bend is None else bend.over(sheet, behind, pose, view) for pose in poses]
    looks = [observe(frame(image), detector, StageRecorder(Context())) for image in images]
    return [look.grey for look in looks if look.grey is not None]


def bending_of(poses: list[Pose], bend: Bend | None = None) -> Bending:
    """How the parallax of poses divides, the first one being the reference."""
    first, *others = seen(poses, bend)
    reference = Reference(first)
    return measure_bending(reference, [(view, reference.align(view)) for view in others])


@pytest.mark.parametrize("direction", [Pose(yaw=1.0), Pose(yaw=-1.0), Pose(pitch=1.0)])
def test_the_parallax_of_a_head_is_a_heads(direction: Pose) -> None:
    """Whichever way it turns or nods."""
    bending = bending_of([Pose(yaw=direction.yaw * by, pitch=direction.pitch * by) for by in TURNS])
    assert bending.views >= 2
    assert bending.head_share > 0.5


@pytest.mark.parametrize("axis", [0.0, 90.0, 40.0])
def test_the_parallax_of_a_bent_print_is_a_sheets(axis: float) -> None:
    """Bent as much as a head is, about whatever axis, and turned."""
    bending = bending_of([Pose(yaw=2 * by) for by in TURNS], Bend(1.6, axis))
    assert bending.head_share < 0.2


def test_views_without_parallax_say_nothing() -> None:
    """A still face tells neither."""
    assert bending_of([Pose(), Pose(yaw=1.0)]) == Bending(0, 0.0)
