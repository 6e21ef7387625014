"""What is asked of a check."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHALLENGES: Final = ("head_movement",)
"""Names of the challenges a person can be asked to perform."""


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """One check: the video and reference as files of ours, and the challenge the person was given."""

    video: Path
    challenge: str
    session_id: str
    reference: Path | None = None
