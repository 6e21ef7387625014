"""Challenges are told apart by direction and order, on signals that are known and on rendered heads."""

from math import pi, sin
from pathlib import Path

import numpy as np
import pytest

from pipeline.bending import Bending
from pipeline.challenge import CLOSER, NOD_RANGE, TURN_RANGE, Problem, measure, performed
from pipeline.check import Checker
from pipeline.movement import Movement, Relief, Signal
from pipeline.request import GESTURES, MAX_GESTURES, gestures_of, is_challenge
from pipeline.result import Verdict
from pipeline.samples.camera import Camera
from pipeline.samples.encoding import write_video
from pipeline.samples.head import Head
from pipeline.samples.motion import Motion, Pose
from pipeline.samples.scene import live_head
from pipeline.samples.species import Species, frames
from tests.pipeline.footage import checked

TIMES = np.linspace(0.0, 4.0, 41)


def bump(degrees: float, at: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Away and back within a second, reaching its peak at ``at``."""
    return np.asarray(degrees * np.clip(1.2 * np.cos(pi * np.clip(TIMES - at, -0.5, 0.5)), 0, 1), np.float64)


def movement(turn: object = 0.0, nod: object = 0.0, size: object = 50.0) -> Movement:
    """A movement with these signals."""
    signals = [
        Signal(TIMES, np.broadcast_to(np.asarray(values, np.float64), TIMES.shape)) for values in (turn, nod, size)
    ]
    turn_, nod_, size_ = signals
    still = Signal(TIMES, np.zeros_like(TIMES))
    relief = Relief(0, 0.0)
    return Movement(turn_, still, nod_, size_, leap=0.4, unbroken=relief, bending=Bending(0, 0.0), compared=())


LEFT, RIGHT = bump(20, 2.0), bump(-20, 2.0)
UP, DOWN = bump(-20, 2.0), bump(20, 2.0)


def outcome(challenge: str, moved: Movement) -> list[Problem | None]:
    """What keeps each gesture from counting."""
    return [performance.problem for performance in measure(challenge, moved)]


@pytest.mark.parametrize(
    ("challenge", "moved"),
    [
        ("turn_left", movement(turn=LEFT)),
        ("turn_right", movement(turn=RIGHT)),
        ("look_up", movement(nod=UP)),
        ("look_down", movement(nod=DOWN)),
        ("nod", movement(nod=UP)),
        ("nod", movement(nod=DOWN)),
        ("head_movement", movement(turn=bump(30, 2.0))),
        ("head_movement", movement(nod=bump(30, 2.0))),
        ("move_closer", movement(size=50 * (1 + 0.1 * TIMES))),
    ],
)
def test_what_was_asked_for_is_seen(challenge: str, moved: Movement) -> None:
    """Each gesture made as asked is performed, at a time within the clip."""
    performances = measure(challenge, moved)
    assert performed(performances)
    assert 0.0 < (performances[0].done_at or 0.0) <= 4.0


@pytest.mark.parametrize("gesture", GESTURES)
def test_nothing_is_performed_by_holding_still(gesture: str) -> None:
    """Every gesture needs a movement."""
    assert outcome(gesture, movement()) == [Problem.NOT_FAR_ENOUGH]


@pytest.mark.parametrize(
    ("challenge", "moved"),
    [
        ("turn_left", movement(turn=RIGHT)),
        ("turn_right", movement(turn=LEFT)),
        ("look_up", movement(nod=DOWN)),
        ("look_down", movement(nod=UP)),
    ],
)
def test_the_other_way_is_called_so(challenge: str, moved: Movement) -> None:
    """A mirrored recording or a mistake, no attack."""
    assert outcome(challenge, moved) == [Problem.WRONG_DIRECTION]


def test_the_start_is_where_the_person_looked_when_they_began() -> None:
    """Somebody who looks aside all the time has turned to neither side."""
    assert outcome("turn_left", movement(turn=25.0)) == [Problem.NOT_FAR_ENOUGH]
    assert outcome("turn_left", movement(turn=LEFT - 25.0)) == [None]


def test_a_nod_comes_back() -> None:
    """Looking down for good is no nod."""
    down_for_good = np.clip(40.0 * (TIMES - 1.0), 0.0, 20.0)
    assert outcome("nod", movement(nod=down_for_good)) == [Problem.NOT_FAR_ENOUGH]
    assert outcome("look_down", movement(nod=down_for_good)) == [None]


@pytest.mark.parametrize("factor", [0.99, 1.01])
def test_thresholds_decide(factor: float) -> None:
    """A little below is not performed, a little above is."""
    expected = [None] if factor > 1 else [Problem.NOT_FAR_ENOUGH]
    assert outcome("turn_left", movement(turn=bump(factor * TURN_RANGE / 2, 2.0))) == expected
    assert outcome("look_up", movement(nod=bump(-factor * NOD_RANGE / 2, 2.0))) == expected
    assert outcome("move_closer", movement(size=50 * np.where(TIMES < 2, 1.0, factor * CLOSER))) == expected


def test_a_sequence_is_performed_in_its_order() -> None:
    """First left, then a nod."""
    moved = movement(turn=bump(20, 1.0), nod=bump(20, 3.0))
    assert outcome("turn_left,nod", moved) == [None, None]
    first, second = measure("turn_left,nod", moved)
    assert (first.done_at or 0) < (second.done_at or 0)


def test_the_wrong_order_is_called_so() -> None:
    """Everything was done, but not as asked."""
    moved = movement(turn=bump(20, 3.0), nod=bump(20, 1.0))
    assert outcome("turn_left,nod", moved) == [None, Problem.WRONG_ORDER]


def test_a_gesture_that_is_missing_is_named() -> None:
    """The other one still counts."""
    assert outcome("turn_left,nod", movement(turn=LEFT)) == [None, Problem.NOT_FAR_ENOUGH]


def test_the_same_gesture_twice_has_to_be_made_twice() -> None:
    """To the left once is not to the left, to the right, to the left."""
    once = movement(turn=bump(20, 1.0) + bump(-20, 2.2))
    twice = movement(turn=bump(20, 1.0) + bump(-20, 2.0) + bump(20, 3.2))
    assert not performed(measure("turn_left,turn_right,turn_left", once))
    assert performed(measure("turn_left,turn_right,turn_left", twice))


def test_a_turn_that_reaches_into_the_nod_does_not_hide_it() -> None:
    """The second gesture counts from where the first has come half of the way back, against how the person began."""
    turn = bump(30, 1.0)
    assert outcome("turn_left,nod", movement(turn=turn, nod=0.3 * turn + bump(12, 2.0))) == [None, None]


def test_a_turn_that_never_comes_back_is_made_once() -> None:
    """Who stays turned has not turned again, but may nod."""
    aside = np.clip(40.0 * (TIMES - 0.8), 0.0, 25.0)
    assert outcome("turn_left,turn_left", movement(turn=aside)) == [None, Problem.WRONG_ORDER]
    assert outcome("turn_left,nod", movement(turn=aside, nod=bump(20, 3.0))) == [None, None]


@pytest.mark.parametrize("text", ["", "wink", "nod,", "nod,wink", ",".join(["nod"] * (MAX_GESTURES + 1)), "nod, nod"])
def test_what_is_no_challenge_is_refused(text: str) -> None:
    """Unknown names, empty ones, spaces and too many."""
    assert not is_challenge(text)


def test_every_gesture_is_a_challenge() -> None:
    """Alone and in a row."""
    assert all(is_challenge(gesture) for gesture in GESTURES)
    assert gestures_of("turn_left,nod") == ("turn_left", "nod")
    assert is_challenge(",".join(GESTURES[:MAX_GESTURES]))


def there_and_back(pose: Pose) -> Motion:
    """Hold for half a second, go to a pose and come back within two seconds."""

    def motion(seconds: float) -> Pose:
        share = sin(pi * min(max((seconds - 0.5) / 2.0, 0.0), 1.0))
        return Pose(pose.yaw * share, pose.pitch * share, pose.roll * share, pose.x, pose.y, pose.distance * share)

    return motion


@pytest.fixture(scope="module")
def head() -> Head:
    """The head that is shipped."""
    return Head.shipped()


@pytest.mark.parametrize(
    ("pose", "made"),
    [
        (Pose(yaw=24), "turn_left"),
        (Pose(yaw=-24), "turn_right"),
        (Pose(pitch=20), "look_up"),
        (Pose(pitch=-20), "look_down"),
    ],
)
def test_rendered_heads_perform_what_they_do_and_nothing_else(
    packaged_checker: Checker, head: Head, pose: Pose, made: str, tmp_path: Path
) -> None:
    """Angles and directions of the pipeline are those of the world."""
    video = tmp_path / "head.mp4"
    camera = Camera(frame_rate=10)
    clip = frames(Species("one", True, live_head, lambda rng: there_and_back(pose)), head, camera, seed=1, seconds=3.0)
    write_video(video, clip, camera)
    results = {gesture: checked(packaged_checker, video, challenge=gesture) for gesture in GESTURES[1:6]}
    done = {gesture for gesture, result in results.items() if result.challenge.performed}
    assert done == ({made, "nod"} if pose.pitch else {made})
    assert results[made].verdict is Verdict.BONA_FIDE
