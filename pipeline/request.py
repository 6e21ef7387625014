"""What is asked of a check."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """One check: the video and reference as files of ours, and the challenge the person was given."""

    video: Path
    challenge: str
    session_id: str
    reference: Path | None = None
