"""The answer of a check: the JSON document of docs/api.md and the headers beside it."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

from pipeline.result import LivenessResult
from service.problems import ProblemDetails
from service.session import Session
from service.settings import TRACE_ID_PLACEHOLDER

_TIME_DECIMALS: Final = 6
"""Microseconds."""
_VALUE_DECIMALS: Final = 4
"""More than any measurement or score here is worth."""


def answer_document(session: Session, result: LivenessResult, trace_url: str | None) -> dict[str, object]:
    """Return the document for a result; ``trace_url`` is the template of the settings."""
    evidence = {name: _rounded(value) for name, value in asdict(result).items() if name != "timings"}
    return {
        "session_id": session.session_id,
        **evidence,
        "timings": {name: round(seconds, _TIME_DECIMALS) for name, seconds in session.timings.items()},
        "trace_id": session.trace_id,
        "trace_url": trace_link(session, trace_url),
    }


def problem_document(details: ProblemDetails, session: Session | None) -> dict[str, object]:
    """Return the document for a problem, with the identifiers of the check it belongs to."""
    if session is None:
        return details.document()
    return {**details.document(), "trace_id": session.trace_id, "session_id": session.session_id}


def trace_link(session: Session, template: str | None) -> str | None:
    """Return the address of the session's trace, None when it has none or the trace is not kept."""
    if template is None or session.trace_id is None or not session.span_context.trace_flags.sampled:
        return None
    return template.replace(TRACE_ID_PLACEHOLDER, session.trace_id)


def trace_headers(session: Session) -> dict[str, str]:
    """Return ``traceparent`` (W3C Trace Context) of the session and ``Server-Timing`` of its stages so far."""
    headers = {"Server-Timing": server_timing(session.timings)}
    context = session.span_context
    if context.is_valid:
        headers["traceparent"] = f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
    return headers


def server_timing(timings: Mapping[str, float]) -> str:
    """Return the value of a ``Server-Timing`` header (W3C Server Timing): milliseconds, names as tokens."""
    return ", ".join(
        f'{name.replace(" ", "-")};dur={seconds * 1000:.3f};desc="{name}"' for name, seconds in timings.items()
    )


def _rounded(value: object) -> object:
    """Return a value with its floats rounded; what JSON has no number for becomes null."""
    match value:
        case float():
            return round(value, _VALUE_DECIMALS) if math.isfinite(value) else None
        case dict():
            return {name: _rounded(member) for name, member in value.items()}
        case list() | tuple():
            return [_rounded(member) for member in value]
    return value
