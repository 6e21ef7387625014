"""What is generated: sessions and the stages in them. Both forms, traces and log, are written from these."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from telemetry.stages import Stage

AttributeValue = str | bool | int | float
Attributes = Mapping[str, AttributeValue]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to generate. ``slow_share`` and ``failure_rate`` are fractions of ``sessions``, met as exactly as can
    be; ``incomplete`` of the sessions have no end."""

    sessions: int
    seed: int
    start_ns: int
    days: float = 1.0
    failure_rate: float = 0.04
    slow_share: float = 0.05
    incomplete: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One stage that took place: Unix nanoseconds, and the code it failed with if it did."""

    stage: Stage
    start_ns: int
    duration_ns: int
    attributes: Attributes = field(default_factory=dict)
    error: str | None = None

    @property
    def end_ns(self) -> int:
        """When the stage ended."""
        return self.start_ns + self.duration_ns


@dataclass(frozen=True, slots=True)
class Session:
    """One check: ``steps`` holds its root first, unless it has no end; ``verdict`` or ``error`` is how it ended."""

    identifier: str
    trace_id: str
    challenge: str
    file_size: int
    start_ns: int
    steps: tuple[Step, ...]
    verdict: str | None = None
    error: str | None = None

    def find(self, stage: Stage) -> Step | None:
        """Return the first step of a stage, None when it did not take place."""
        return next((step for step in self.steps if step.stage is stage), None)

    def first(self, stage: Stage) -> Step:
        """Return the first step of a stage that took place."""
        return next(step for step in self.steps if step.stage is stage)
