"""What is asked of a check."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

GESTURES: Final = ("head_movement", "turn_left", "turn_right", "nod", "look_up", "look_down", "move_closer")
"""What a person can be asked to do; left and right are their own."""

MAX_GESTURES: Final = 4
"""Gestures in one challenge: more is more than people remember."""


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """One check: the video and reference as files of ours, and the challenge the person was given."""

    video: Path
    challenge: str
    """Gestures in the order they were asked for, separated by commas."""
    session_id: str
    reference: Path | None = None


def gestures_of(challenge: str) -> tuple[str, ...]:
    """Return the gestures of a challenge in their order."""
    return tuple(challenge.split(","))


def is_challenge(text: str) -> bool:
    """Tell whether ``text`` is a gesture, or up to MAX_GESTURES of them separated by commas."""
    gestures = gestures_of(text)
    return len(gestures) <= MAX_GESTURES and all(gesture in GESTURES for gesture in gestures)
