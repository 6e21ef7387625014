"""The verdict follows from the evidence, and every reason carries its value beside its threshold."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.bending import HEAD_PARALLAX, Bending
from pipeline.challenge import NOD_RANGE, PARALLAX_RANGE, TURN_RANGE
from pipeline.continuity import Continuity
from pipeline.decision import HEAD_RELIEF, HEADS_OWN_RELIEF, PLANE_RELIEF, Decision, Evidence, decide
from pipeline.face import UPRIGHT_FACE, Box, Face
from pipeline.movement import PLANE_TILT, ComparedView, Movement, Relief, Signal
from pipeline.observation import FrameObservation
from pipeline.result import Reason, Verdict


def views(residual: float, *, tilt: float = 30.0, parallax: float = 20.0, count: int = 6) -> tuple[ComparedView, ...]:
    """So many views, all alike."""
    return (ComparedView(parallax, tilt, residual),) * count


STEADY = Continuity(likeness=0.9, gap=0.1, frozen=0.0)
FACE = Face(Box(10, 10, 50, 60), 0.9, UPRIGHT_FACE * 20 + 40)


def swing(degrees: float) -> Signal:
    """A signal that goes up and down once and spans so many degrees."""
    times = np.linspace(0.0, 3.0, 31)
    values = degrees / 2 * np.sin(2 * np.pi * times / 3.0)
    return Signal(times, values * degrees / max(float(np.subtract(*np.percentile(values, (95, 5)))), 1e-9))


TURNED = Movement(
    landmark_turn=swing(40),
    parallax_turn=swing(0),
    nod=swing(5),
    size=swing(0),
    leap=0.4,
    unbroken=Relief(6, 0.04),
    bending=Bending(4, 0.7),
    compared=views(0.04, tilt=35.0),
)


def evidence(
    movement: Movement | None = TURNED,
    faces: tuple[int, ...] = (1,) * 30,
    sharpness: float = 100.0,
    brightness: float = 0.5,
    **other: object,
) -> Evidence:
    """A good clip of a head that turned, changed where a test says so."""
    observations = [
        FrameObservation(index, index / 10, count, FACE if count else None, None, None, sharpness, brightness)
        for index, count in enumerate(faces)
    ]
    good = Evidence("head_movement", 3.0, observations, movement, STEADY, -0.5, replay_score=0.9, replay_threshold=0.35)
    return replace(good, **other)  # type: ignore[arg-type]  # the tests name the fields


def reason(decision: Decision, code: str) -> Reason:
    """The one reason with this code."""
    found = [reason for reason in decision.reasons if reason.code == code]
    assert len(found) == 1, [reason.code for reason in decision.reasons]
    return found[0]


def test_a_head_that_turned_is_bona_fide_with_all_the_evidence() -> None:
    """Challenge, relief and replay are all there, in this order, with what was measured."""
    decision = decide(evidence())
    assert decision.verdict is Verdict.BONA_FIDE
    assert decision.performed
    assert [found.code for found in decision.reasons] == ["challenge_performed", "relief_found", "no_replay_found"]
    performed = reason(decision, "challenge_performed")
    assert (performed.value, performed.threshold, performed.unit) == (40.0, TURN_RANGE, "degrees")


def test_a_plane_that_turned_is_an_attack_even_if_its_landmarks_moved() -> None:
    """What landmarks say of a tilted photograph proves nothing."""
    decision = decide(evidence(replace(TURNED, compared=views(PLANE_RELIEF, tilt=PLANE_TILT))))
    assert decision.verdict is Verdict.PRESENTATION_ATTACK
    assert not decision.performed
    assert reason(decision, "planar_motion").value == PLANE_RELIEF
    assert reason(decision, "challenge_not_proven").value == 40.0


def test_between_plane_and_head_nothing_is_said() -> None:
    """The gap between the two relief thresholds is inconclusive on purpose."""
    decision = decide(evidence(replace(TURNED, compared=views((PLANE_RELIEF + HEAD_RELIEF) / 2, tilt=40.0))))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert reason(decision, "relief_unclear").threshold == HEAD_RELIEF


def test_a_head_leaves_much_unexplained_in_most_of_its_views() -> None:
    """A reflection that runs over a print does so in some of them."""
    some = views(0.045, tilt=7.0, count=4) + views(0.005, tilt=7.0, count=2)
    decision = decide(evidence(replace(TURNED, compared=some)))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert reason(decision, "relief_unclear")


@pytest.mark.parametrize("own", [HEADS_OWN_RELIEF - 0.001, HEADS_OWN_RELIEF + 0.001])
def test_a_bent_sheet_is_no_head(own: float) -> None:
    """Relief that a bent sheet explains proves nothing, and accuses nobody."""
    decision = decide(evidence(replace(TURNED, bending=Bending(8, own / 0.04))))
    assert decision.performed is (own > HEADS_OWN_RELIEF)
    if not decision.performed:
        assert decision.verdict is Verdict.INCONCLUSIVE
        found = reason(decision, "relief_of_a_sheet")
        assert found.value == pytest.approx(own, abs=1e-4)
        assert (found.threshold, found.unit) == (HEADS_OWN_RELIEF, "IOD")


def test_no_more_than_all_of_the_relief_is_the_heads_own() -> None:
    """A share above one is noise, and makes up for nothing."""
    compared = views(HEAD_RELIEF)
    assert replace(TURNED, compared=compared, bending=Bending(8, 2.0)).heads_own_relief() == HEAD_RELIEF


@pytest.mark.parametrize("unbroken", [Relief(1, 0.04), Relief(6, PLANE_RELIEF), Relief(2, PLANE_RELIEF + 0.001)])
def test_two_pictures_shown_one_after_the_other_jump(unbroken: Relief) -> None:
    """A head that shows relief only across a leap has not moved."""
    decision = decide(evidence(replace(TURNED, unbroken=unbroken)))
    assert decision.performed is (unbroken == Relief(2, PLANE_RELIEF + 0.001))
    if not decision.performed:
        assert decision.verdict is Verdict.INCONCLUSIVE
        assert reason(decision, "movement_jumped").value == unbroken.value


def test_too_little_rotation_accuses_nobody() -> None:
    """Without turned views a plane cannot be told from a head, however small the relief."""
    decision = decide(evidence(replace(TURNED, compared=views(0.0, tilt=7.0, parallax=7.0))))
    assert decision.verdict is Verdict.INCONCLUSIVE
    found = reason(decision, "too_little_movement")
    assert (found.value, found.threshold, found.unit) == (7.0, HEAD_PARALLAX, "degrees")


def test_a_plane_that_turned_a_little_is_not_yet_an_attack() -> None:
    """From here a head could leave as little unexplained; one view proves nothing either."""
    for compared in (views(0.0, tilt=PLANE_TILT - 1), views(0.0, tilt=45.0, count=1)):
        assert decide(evidence(replace(TURNED, compared=compared))).verdict is Verdict.INCONCLUSIVE


def test_a_head_that_did_not_do_what_was_asked_is_inconclusive() -> None:
    """Relief alone performs nothing."""
    decision = decide(evidence(replace(TURNED, landmark_turn=swing(TURN_RANGE - 1))))
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert reason(decision, "challenge_not_performed").threshold == TURN_RANGE
    assert reason(decision, "relief_found")


@pytest.mark.parametrize("nod", [NOD_RANGE - 1, NOD_RANGE + 1])
def test_a_nod_counts_as_a_head_movement_from_its_threshold_on(nod: float) -> None:
    """The larger of turn and nod counts, each against its own threshold."""
    decision = decide(evidence(replace(TURNED, landmark_turn=swing(10), nod=swing(nod))))
    assert decision.performed is (nod > NOD_RANGE)


@pytest.mark.parametrize("turn", [PARALLAX_RANGE - 1, PARALLAX_RANGE + 1])
def test_a_turn_read_from_parallax_has_its_own_threshold(turn: float) -> None:
    """Both kinds of measurement are judged by what they were seen to give."""
    decision = decide(evidence(replace(TURNED, landmark_turn=None, parallax_turn=swing(turn))))
    assert decision.performed is (turn > PARALLAX_RANGE)


@pytest.mark.parametrize(("challenge", "counts"), [("turn_left", True), ("head_movement", False)])
def test_a_turn_to_one_side_counts_if_either_shows_it(challenge: str, counts: bool) -> None:
    """A range from parallax is too noisy to overrule landmarks."""
    seen = replace(TURNED, landmark_turn=swing(TURN_RANGE - 1), parallax_turn=swing(3 * PARALLAX_RANGE))
    assert decide(evidence(seen, challenge=challenge)).performed is counts


def test_a_face_on_a_screen_is_an_attack() -> None:
    """A video replayed from a screen moves like a head; its texture gives it away."""
    decision = decide(evidence(replay_score=0.1))
    assert decision.verdict is Verdict.PRESENTATION_ATTACK
    assert reason(decision, "replay_suspected").threshold == 0.35


def test_an_answer_without_replay_detection_says_so() -> None:
    """Nobody is to believe that what was not looked at is fine."""
    decision = decide(evidence(replay_score=None))
    assert decision.verdict is Verdict.BONA_FIDE
    assert reason(decision, "replay_not_examined").value is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"duration": 0.9}, "too_short"),
        ({"faces": (1,) * 20 + (0,) * 10}, "no_face"),
        ({"faces": (1,) * 20 + (2,) * 10}, "several_faces"),
        ({"sharpness": 7.0}, "too_blurred"),
        ({"brightness": 0.07}, "too_dark"),
        ({"brightness": 0.95}, "too_bright"),
        ({"continuity": replace(STEADY, likeness=0.69)}, "continuity_lost"),
        ({"continuity": replace(STEADY, gap=1.1)}, "face_lost"),
        ({"continuity": replace(STEADY, frozen=0.7)}, "frozen_frames"),
    ],
)
def test_what_keeps_a_clip_from_being_judged_is_named(changed: dict[str, object], code: str) -> None:
    """Such a clip is inconclusive whatever else it shows, a plane included."""
    flat = replace(TURNED, compared=views(0.0, tilt=45.0))
    decision = decide(evidence(flat, **changed))  # type: ignore[arg-type]  # the cases name the arguments
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert reason(decision, code).threshold is not None
    assert not decision.performed


def test_a_passer_by_for_a_moment_changes_nothing() -> None:
    """One frame in ten with a second face is below the limit."""
    assert decide(evidence(faces=(1,) * 27 + (2,) * 3)).verdict is Verdict.BONA_FIDE


def test_a_face_too_small_to_measure_is_said_to_be_so() -> None:
    """The eyes have to be some pixels apart, whatever the picture's size."""
    small = Face(Box(10, 10, 12, 15), 0.9, UPRIGHT_FACE * 11 + 40)
    clip = evidence()
    seen = [replace(frame, face=small) for frame in clip.observations]
    assert reason(decide(replace(clip, observations=seen)), "face_too_small").unit == "pixels"


def test_a_clip_without_any_face_names_that_alone() -> None:
    """Light, size and sharpness of a face that is not there are not complained about."""
    decision = decide(evidence(None, faces=(0,) * 30))
    assert [found.code for found in decision.reasons] == ["no_face"]
