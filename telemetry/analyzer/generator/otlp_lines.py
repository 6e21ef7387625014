"""Generated sessions as OTLP JSON lines, batched as an exporter would: spans in the order in which they end."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from telemetry.analyzer.generator.model import Attributes, AttributeValue, Session, Step
from telemetry.analyzer.table import Kind, Status
from telemetry.stages import PARENTS, ROOTS, Stage

BATCH_SIZE: Final = 512
SERVICE: Final = "video-liveness"


def otlp_lines(sessions: Sequence[Session]) -> Iterator[bytes]:
    """Give one line for each batch of spans."""
    spans = sorted(
        ((step.end_ns, span) for session in sessions for step, span in _spans(session)), key=lambda pair: pair[0]
    )
    for first in range(0, len(spans), BATCH_SIZE):
        batch = [span for _, span in spans[first : first + BATCH_SIZE]]
        yield msgspec.json.encode(_document(batch)) + b"\n"


def _document(spans: list[dict[str, Any]]) -> dict[str, Any]:
    resource = {"attributes": _attributes({"service.name": SERVICE})}
    scope_spans = {"scope": {"name": SERVICE}, "spans": spans}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope_spans]}]}


def _spans(session: Session) -> Iterator[tuple[Step, dict[str, Any]]]:
    """Give the steps of a session as spans; ids are numbered within the trace, whose own id is random."""
    ids = {step.stage: f"{session.trace_id[:12]}{place:04x}" for place, step in enumerate(session.steps, 1)}
    # parents that never ended, and so were never exported, have an id all the same
    ids = {stage: f"{session.trace_id[:12]}ff{place:02x}" for place, stage in enumerate(Stage)} | ids
    for place, step in enumerate(session.steps, 1):
        yield step, _span(session, step, f"{session.trace_id[:12]}{place:04x}", ids)


def _span(session: Session, step: Step, identifier: str, ids: dict[Stage, str]) -> dict[str, Any]:
    is_root = step.stage in ROOTS
    span = {
        "traceId": session.trace_id,
        "spanId": identifier,
        "parentSpanId": "" if is_root else ids[PARENTS[step.stage]],
        "name": step.stage,
        "kind": Kind.SERVER if is_root else Kind.INTERNAL,
        "startTimeUnixNano": str(step.start_ns),
        "endTimeUnixNano": str(step.end_ns),
        "attributes": _attributes(step.attributes),
        "status": {"code": Status.ERROR, "message": step.error} if step.error else {},
    }
    return {key: value for key, value in span.items() if value != ""}


def _attributes(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: AttributeValue) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
    return {"stringValue": value}
