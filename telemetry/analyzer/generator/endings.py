"""How a check ends other than well: a failure, or no end at all because the service stopped in the middle."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from telemetry.analyzer.generator.draw import Draw
from telemetry.analyzer.generator.model import Attributes, Session, Step
from telemetry.stages import PARENTS, ROOTS, Attribute, Stage

HTTP_STATUS: Final = "http.response.status_code"
TIME_LIMIT_NS: Final = 30_000_000_000


@dataclass(frozen=True, slots=True)
class Failure:
    """A way to fail: in which stage, with which HTTP status, how often; ``hangs`` until the time limit or at once."""

    stage: Stage
    status: int
    weight: float
    hangs: bool = False


FAILURES: Final[Mapping[str, Failure]] = {
    "unsupported_video": Failure(Stage.OPEN_VIDEO, 415, 0.35),
    "unreadable_video": Failure(Stage.DECODE_VIDEO, 422, 0.25),
    "client_gone": Failure(Stage.RECEIVE_UPLOAD, 499, 0.2),
    "worker_crashed": Failure(Stage.ANALYZE_VIDEO, 500, 0.1),
    "time_limit_exceeded": Failure(Stage.ANALYZE_VIDEO, 504, 0.1, hangs=True),
}
"""Stable codes of the service, by what they are likely to be in practice."""


def fail(draw: Draw, session: Session) -> Session:
    """Return the session as it would have been had it failed."""
    code = draw.choice({name: failure.weight for name, failure in FAILURES.items()})
    failure = FAILURES[code]
    at = session.first(failure.stage)
    moment_ns = at.start_ns + round(at.duration_ns * draw.between(0.2, 0.9))
    end_ns = at.start_ns + TIME_LIMIT_NS if failure.hangs else moment_ns
    hit = _with_parents(failure.stage)
    steps = tuple(
        _cut(step, end_ns, code if step.stage in hit else None) if step.end_ns > moment_ns else step
        for step in session.steps
        if step.start_ns < moment_ns
    )
    root = replace(steps[0], attributes=_root_attributes(steps[0], code, failure.status))
    return replace(session, steps=(root, *steps[1:]), verdict=None, error=code)


def lose(draw: Draw, session: Session) -> Session:
    """Return the session as it would have been left had the service stopped during the analysis."""
    analysis = session.first(Stage.ANALYZE_VIDEO)
    moment_ns = analysis.start_ns + round(analysis.duration_ns * draw.between(0.1, 0.9))
    ended = tuple(step for step in session.steps if step.end_ns <= moment_ns)
    return replace(session, steps=ended, verdict=None)


def _with_parents(stage: Stage) -> set[Stage]:
    stages = {stage}
    while stage not in ROOTS:
        stage = PARENTS[stage]
        stages.add(stage)
    return stages


def _cut(step: Step, end_ns: int, code: str | None) -> Step:
    attributes = step.attributes if code is None else {**step.attributes, Attribute.ERROR_TYPE: code}
    return replace(step, duration_ns=end_ns - step.start_ns, error=code, attributes=attributes)


def _root_attributes(root: Step, code: str, status: int) -> Attributes:
    kept = {key: value for key, value in root.attributes.items() if key != Attribute.VERDICT}
    return {**kept, HTTP_STATUS: status, Attribute.ERROR_TYPE: code}
