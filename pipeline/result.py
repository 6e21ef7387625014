"""What a check answers: a verdict, the reasons for it and what was measured. Terms follow ISO/IEC 30107-3."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The decision about the person in front of the camera."""

    BONA_FIDE = "bona_fide"
    PRESENTATION_ATTACK = "presentation_attack"
    INCONCLUSIVE = "inconclusive"


class ComparisonOutcome(StrEnum):
    """The answer of comparing the reference with the video; it never changes the verdict."""

    MATCH = "match"
    NO_MATCH = "no_match"
    NOT_POSSIBLE = "not_possible"


@dataclass(frozen=True, slots=True)
class Reason:
    """One piece of evidence: a stable code, plain words, and the measured value beside its score threshold."""

    code: str
    message: str
    value: float | None = None
    threshold: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class ChallengeOutcome:
    """The challenge the person was asked to perform, and whether they did."""

    type: str
    performed: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """Reference against probe frames; ``score`` is in the embedder's own terms, as is ``threshold``."""

    outcome: ComparisonOutcome
    score: float | None
    threshold: float | None
    frames: int
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What the video turned out to be; sizes in pixels as shown, duration in seconds."""

    container: str
    codec: str
    width: int
    height: int
    rotation: int
    duration: float
    frames_decoded: int
    frames_analyzed: int


@dataclass(frozen=True, slots=True)
class Engines:
    """The models that were used, by name and version; None where a step was not examined."""

    detector: str
    embedder: str
    replay_detector: str | None


@dataclass(frozen=True, slots=True)
class LivenessResult:
    """The whole answer of the pipeline; ``timings`` maps span names to seconds spent."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    challenge: ChallengeOutcome
    comparison: Comparison | None
    video: VideoFacts
    engines: Engines
    timings: dict[str, float]
