"""The clips of the evaluation that came nearest to getting through, each stopped for its own reason."""

import pytest

from bench.pad.checking import PACKAGED, WatchedChecker, engine_sets, examine
from bench.pad.clips import Key
from pipeline.decision import HEAD_RELIEF, HEADS_OWN_RELIEF, MIN_VIEWS, decide
from pipeline.movement import Movement
from pipeline.result import Verdict


@pytest.fixture(scope="module")
def checker() -> WatchedChecker:
    """The packaged engines, without replay detection."""
    return WatchedChecker(engine_sets(None)[PACKAGED])


def movement_in(clip: Key, checker: WatchedChecker) -> Movement:
    """What was measured in a clip that is not bona fide, though it moves as asked and as no plane does."""
    evidence = examine(clip, (), {PACKAGED: checker})[PACKAGED].evidence
    assert decide(evidence).verdict is not Verdict.BONA_FIDE
    assert evidence.movement is not None
    assert evidence.movement.as_head().value > HEAD_RELIEF
    return evidence.movement


def test_a_print_bent_as_much_as_a_head_is_taken_for_a_saddle(checker: WatchedChecker) -> None:
    """Upright around a cylinder of 9 cm, close to the camera."""
    assert movement_in(Key("photo_bent", 75), checker).bending.head_share == 0.0


def test_a_print_bent_as_much_as_a_head_has_little_relief_of_its_own(checker: WatchedChecker) -> None:
    """A head would explain some of it, but less than it explains of people."""
    movement = movement_in(Key("photo_bent", 144), checker)
    assert movement.bending.head_share > 0.35
    assert movement.heads_own_relief() < HEADS_OWN_RELIEF


def test_two_prints_have_no_relief_on_either_side(checker: WatchedChecker) -> None:
    """The noise of their own parallax fills the gap between them, but it is no relief."""
    movement = movement_in(Key("two_photos_cut", 100), checker)
    assert movement.leap < 0.6
    assert movement.unbroken.views < MIN_VIEWS
