"""The verdict: evidence in, one of three answers and every reason for it out.

A clip is bona fide when one face was seen throughout, performed its challenge and has the relief of a head. It is a
presentation attack only on positive evidence: a plane that was seen turning far enough to be told from a head, or a
face that a screen shows. Everything else is inconclusive, with what was missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pipeline.bending import HEAD_PARALLAX
from pipeline.challenge import Performance, Problem, measure, performed
from pipeline.continuity import Continuity
from pipeline.movement import Movement
from pipeline.observation import FrameObservation
from pipeline.quality import obstacles
from pipeline.result import Reason, Verdict

MIN_VIEWS: Final = 2
"""Views that a statement about relief has to rest on."""

PLANE_RELIEF: Final = 0.015
"""Score threshold, IOD: at or below, what turned is a plane. Photographs turned by up to 45 degrees left at most 0.014,
with noise and compression (0.016 in the worst); people 0.022 and more (docs/thresholds.md)."""

HEAD_RELIEF: Final = 0.020
"""Score threshold, IOD: from here on, what turned is no plane. Between the two nothing is said."""

HEADS_OWN_RELIEF: Final = 0.0125
"""Score threshold, IOD: relief that only a head explains. One in 100 people came to less with dlib and one in 20 with
YuNet, and all bent prints that did as they were asked (docs/thresholds.md)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the verdict rests on."""

    challenge: str
    duration: float
    """Seconds from the first frame to the last."""
    observations: Sequence[FrameObservation]
    movement: Movement | None
    continuity: Continuity
    occlusion: float | None
    """How covered the face looks, about -1 to 1; None without a view of it."""
    replay_score: float | None
    """0 (shown by a screen) to 1 (bona fide); None when not examined."""
    replay_threshold: float
    """Score threshold of the replay detector."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict, why, and whether the challenge was performed."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    performed: bool


def decide(evidence: Evidence) -> Decision:
    """Weigh the evidence."""
    found = obstacles(evidence.duration, evidence.observations, evidence.continuity, evidence.occlusion)
    if found or evidence.movement is None:
        return Decision(Verdict.INCONCLUSIVE, tuple(found), performed=False)
    performances = measure(evidence.challenge, evidence.movement)
    relief = _relief_reason(evidence.movement)
    is_head = relief.code == RELIEF_FOUND
    proven = performed(performances) and is_head
    gestures = [_gesture_reason(performance, is_head) for performance in performances]
    attacks = _attacks(evidence, evidence.movement)
    if attacks:
        return Decision(Verdict.PRESENTATION_ATTACK, (*attacks, *gestures, *_replay_notes(evidence)), proven)
    reasons = (*gestures, relief, *_replay_notes(evidence))
    return Decision(Verdict.BONA_FIDE if proven else Verdict.INCONCLUSIVE, reasons, proven)


def _attacks(evidence: Evidence, movement: Movement) -> list[Reason]:
    """Positive evidence that something other than a person was shown."""
    attacks = []
    relief = movement.as_plane()
    if relief.views >= MIN_VIEWS and relief.value <= PLANE_RELIEF:
        message = "The face turns the way a flat picture does, without the relief of a head."
        attacks.append(Reason("planar_motion", message, round(relief.value, 4), PLANE_RELIEF, "IOD"))
    if evidence.replay_score is not None and evidence.replay_score < evidence.replay_threshold:
        message = "The face looks like one shown by a screen."
        score = round(evidence.replay_score, 3)
        attacks.append(Reason("replay_suspected", message, score, evidence.replay_threshold, "score"))
    return attacks


def _gesture_reason(performance: Performance, is_head: bool) -> Reason:
    if performance.problem is not None:
        code = performance.problem.value
        message = _PROBLEMS[performance.problem].format(gesture=performance.gesture)
    elif is_head:
        code, message = "challenge_performed", f"The head moved as it was asked to: {performance.gesture}."
    else:
        code = "challenge_not_proven"
        message = f"Something moved as it was asked to ({performance.gesture}), but it was not seen to be a head."
    return Reason(code, message, round(performance.value, 2), performance.threshold, performance.unit)


_PROBLEMS: Final = {
    Problem.NOT_FAR_ENOUGH: "The head did not move far enough: {gesture}.",
    Problem.WRONG_DIRECTION: "The head moved the other way: {gesture}.",
    Problem.WRONG_ORDER: "The movements were not made in the order asked for: {gesture}.",
}


RELIEF_FOUND: Final = "relief_found"


def _relief_reason(movement: Movement) -> Reason:
    """Say that what moved is a head, or what is missing for it."""
    relief = movement.as_head()
    if relief.views < MIN_VIEWS:
        message = "The face turned too little to tell a head from a flat picture."
        return Reason("too_little_movement", message, round(movement.parallax(MIN_VIEWS), 1), HEAD_PARALLAX, "degrees")
    if relief.value < HEAD_RELIEF:
        message = "The face is neither clearly flat nor clearly a head."
        return Reason("relief_unclear", message, round(relief.value, 4), HEAD_RELIEF, "IOD")
    heads_own = movement.heads_own_relief()
    if heads_own < HEADS_OWN_RELIEF:
        message = "The face turns as a bent sheet does rather than as a head."
        return Reason("relief_of_a_sheet", message, round(heads_own, 4), HEADS_OWN_RELIEF, "IOD")
    unbroken = movement.unbroken
    if unbroken.views < MIN_VIEWS or unbroken.value <= PLANE_RELIEF:
        message = "The head was seen before and after its movement, but not on the way."
        return Reason("movement_jumped", message, round(unbroken.value, 4), PLANE_RELIEF, "IOD")
    return Reason(RELIEF_FOUND, "The face has the relief of a head.", round(relief.value, 4), HEAD_RELIEF, "IOD")


def _replay_notes(evidence: Evidence) -> list[Reason]:
    if evidence.replay_score is None:
        message = "Whether a screen shows the face was not examined."
        return [Reason("replay_not_examined", message)]
    if evidence.replay_score < evidence.replay_threshold:
        return []
    message = "Nothing looks like a screen."
    return [Reason("no_replay_found", message, round(evidence.replay_score, 3), evidence.replay_threshold, "score")]
