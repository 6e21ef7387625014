"""What a clip was answered, and what was measured in it."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from bench.pad.checking import Angles, Examined
from bench.pad.clips import Key, camera_of
from bench.pad.species import BY_NAME, CHALLENGES, Species
from pipeline.decision import MIN_VIEWS, Decision, Evidence, decide
from pipeline.movement import Movement, Relief
from pipeline.result import Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to a clip with one engine set."""

    key: Key
    engines: str
    evidence: Evidence
    truth: Angles | None
    decision: Decision

    @classmethod
    def of(cls, key: Key, engines: str, examined: Examined) -> "Outcome":
        """Decide on the evidence of a clip as the pipeline does."""
        return cls(key, engines, examined.evidence, examined.truth, decide(examined.evidence))

    @property
    def species(self) -> Species:
        """The clip's species."""
        return BY_NAME[self.key.species]

    @property
    def verdict(self) -> Verdict:
        """The answer."""
        return self.decision.verdict

    @property
    def movement(self) -> Movement | None:
        """What was measured of the movement."""
        return self.evidence.movement

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the reasons, without the notes on replay."""
        return tuple(reason.code for reason in self.decision.reasons if "replay" not in reason.code)

    @property
    def is_for_choosing(self) -> bool:
        """Whether score thresholds may be chosen with this clip: even seeds; odd ones show how good the choice is."""
        return self.key.seed % 2 == 0

    @property
    def proven_for(self) -> tuple[str, ...]:
        """Every challenge for which the same clip would have been bona fide."""
        asked = ((challenge, replace(self.evidence, challenge=challenge)) for challenge in CHALLENGES)
        return tuple(challenge for challenge, evidence in asked if decide(evidence).verdict is Verdict.BONA_FIDE)

    def relief(self, side: str) -> float | None:
        """Return the relief ``as_plane`` or ``as_head``, IOD; None where too few views show it."""
        relief: Relief | None = getattr(self.movement, side)() if self.movement is not None else None
        return relief.value if relief is not None and relief.views >= MIN_VIEWS else None

    def document(self) -> dict[str, Any]:
        """Return everything as plain values, enough to try other score thresholds on."""
        return {
            "species": self.key.species,
            "seed": self.key.seed,
            "engines": self.engines,
            "challenge": self.key.challenge,
            "verdict": self.verdict.value,
            "performed": self.decision.performed,
            "proven_for": self.proven_for,
            "reasons": [
                {"code": reason.code, "value": reason.value, "threshold": reason.threshold}
                for reason in self.decision.reasons
            ],
            "frames": len(self.evidence.observations),
            "frames_with_face": sum(frame.faces > 0 for frame in self.evidence.observations),
            "continuity": asdict(self.evidence.continuity),
            "movement": dict(_movement(self.movement)) if self.movement is not None else None,
            "truth": _rounded(asdict(self.truth)) if self.truth is not None else None,
            "camera": asdict(camera_of(self.key)),
        }


def _movement(movement: Movement) -> Iterator[tuple[str, Any]]:
    for name in ("landmark_turn", "parallax_turn", "nod", "size"):
        signal = getattr(movement, name)
        if signal is None:
            continue
        yield name, {"range": signal.range, "times": _short(signal.times, 3), "values": _short(signal.values, 2)}
    yield "leap", movement.leap
    yield "unbroken", asdict(movement.unbroken)
    yield "bending", asdict(movement.bending)
    yield "as_plane", asdict(movement.as_plane())
    yield "as_head", asdict(movement.as_head())
    yield "compared", [[round(value, 4) for value in asdict(view).values()] for view in movement.compared]


def _rounded(angles: dict[str, tuple[float, ...]]) -> dict[str, list[float]]:
    return {name: _short(values, 2) for name, values in angles.items()}


def _short(values: Any, digits: int) -> list[float]:  # noqa: ANN401 - a numpy array
    return [round(float(value), digits) for value in values]
