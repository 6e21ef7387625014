"""Trace and span ids: OTLP JSON demands hex, plain protobuf JSON writes base64; length tells them apart."""

import base64
import re
from collections.abc import Callable
from typing import Final

# all zeros is no id
_is_trace_id = re.compile(r"(?!0{32})[0-9a-f]{32}").fullmatch
_is_span_id = re.compile(r"(?!0{16})[0-9a-f]{16}").fullmatch

TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8


def trace_id(text: str) -> str | None:
    """Return a trace id in lower-case hex, None when it is no trace id."""
    return text if _is_trace_id(text) else _otherwise(text, TRACE_ID_BYTES, _is_trace_id)


def span_id(text: str) -> str | None:
    """Return a span id in lower-case hex, None when it is no span id."""
    return text if _is_span_id(text) else _otherwise(text, SPAN_ID_BYTES, _is_span_id)


def _otherwise(text: str, size: int, is_id: Callable[[str], re.Match[str] | None]) -> str | None:
    """Read an id that is not in lower-case hex: upper case, or base64."""
    digits = text.lower() if len(text) == 2 * size else _from_base64(text)
    return digits if is_id(digits) else None


def _from_base64(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except ValueError:
        return ""
