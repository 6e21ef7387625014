"""The timing points of the original system: log events of a trace and lines of two log files, from one call.

A field is declared once with its rendering and its attribute key, a point once with its fields in order. A
call whose fields do not fit the declaration is a mistake in the caller: it is warned about (RuntimeWarning,
an error in the tests) and what fits is written, because telemetry must never change what a check answers.
"""

import logging
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from pathlib import Path
from typing import Final

from opentelemetry import trace
from opentelemetry._logs import LoggerProvider, SeverityNumber, get_logger
from opentelemetry.context import Context

from telemetry.append import append_lines
from telemetry.outage import Outage
from telemetry.spans import INSTRUMENTATION_SCOPE
from telemetry.stages import Attribute

Value = str | int | float | bool


class TimingPoint(StrEnum):
    """What happens to a request, in this order; lines of ``performance.log``."""

    REQUEST_START = "VIDEO_LIVENESS_REQUEST_START"
    RECEIVE_START = "VIDEO_FILE_RECEIVE_START"
    RECEIVE_COMPLETE = "VIDEO_FILE_RECEIVE_COMPLETE"
    SAVE_COMPLETE = "VIDEO_FILE_SAVE_COMPLETE"
    PROCESSING_START = "VIDEO_PROCESSING_START"
    PROCESSING_COMPLETE = "VIDEO_PROCESSING_COMPLETE"
    COMPLETE = "VIDEO_LIVENESS_COMPLETE"
    FAILED = "VIDEO_LIVENESS_FAILED"


class DetailLine(StrEnum):
    """Where the time of one analysis went; lines of ``facematch.log``."""

    VIDEO = "VIDEO_PROCESSING_DETAILS"
    FRAMES = "FRAME_PROCESSING_DETAILS"


class Kind(Enum):
    """How a raw value is written in a line; log events carry it as it is."""

    TEXT = "text"
    NUMBER = "number"
    SECONDS = "seconds"
    BYTES = "bytes"
    FLAG = "flag"

    def accepts(self, value: Value) -> bool:
        """Tell whether a value has the type this kind is rendered from."""
        if self is Kind.FLAG or isinstance(value, bool):
            return self is Kind.FLAG and isinstance(value, bool)
        return isinstance(value, _TYPES[self])

    def render(self, value: Value) -> str:
        """Write a value the way the original lines did."""
        match self:
            case Kind.TEXT:
                return escaped(str(value))
            case Kind.SECONDS:
                return f"{value:.3f}s"
            case Kind.BYTES:
                return f"{value} bytes"
        return str(value)


_TYPES: Final[dict[Kind, type[str | int] | tuple[type[float], type[int]]]] = {
    Kind.TEXT: str,
    Kind.NUMBER: int,
    Kind.SECONDS: (float, int),
    Kind.BYTES: int,
}


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a line (``key: value``) and the attribute of the log event that carries the same value."""

    kind: Kind
    attribute: str


FIELDS: Final[Mapping[str, Field]] = {
    "session_id": Field(Kind.TEXT, Attribute.SESSION_ID),
    "challenge_type": Field(Kind.TEXT, Attribute.CHALLENGE),
    "file_size": Field(Kind.NUMBER, Attribute.UPLOAD_SIZE),
    "size": Field(Kind.BYTES, Attribute.UPLOAD_SIZE),
    "duration": Field(Kind.SECONDS, "liveness.duration"),
    "success": Field(Kind.FLAG, "liveness.success"),
    "result": Field(Kind.TEXT, "liveness.result"),
    "error": Field(Kind.TEXT, Attribute.ERROR_TYPE),
    "total_time": Field(Kind.SECONDS, "liveness.total_time"),
    "processing_time": Field(Kind.SECONDS, "liveness.processing_time"),
    "video_receive_time": Field(Kind.SECONDS, "liveness.video_receive_time"),
    "file_save_time": Field(Kind.SECONDS, "liveness.file_save_time"),
    "video_open_time": Field(Kind.SECONDS, "liveness.video_open_time"),
    "frame_processing_time": Field(Kind.SECONDS, "liveness.frame_processing_time"),
    "face_comparison_time": Field(Kind.SECONDS, "liveness.face_comparison_time"),
    "total_processing_time": Field(Kind.SECONDS, "liveness.total_processing_time"),
    "total_frames": Field(Kind.NUMBER, Attribute.FRAMES_READ),
    "processed_frames": Field(Kind.NUMBER, Attribute.FRAMES_ANALYZED),
    "movement_analysis_time": Field(Kind.SECONDS, "liveness.movement_analysis_time"),
    "total_frame_processing_time": Field(Kind.SECONDS, "liveness.total_frame_processing_time"),
    "avg_time_per_frame": Field(Kind.SECONDS, "liveness.avg_time_per_frame"),
}
"""Every field any line has, by the key it is written under."""

POINTS: Final[Mapping[TimingPoint | DetailLine, tuple[str, ...]]] = {
    TimingPoint.REQUEST_START: ("session_id", "challenge_type", "file_size"),
    TimingPoint.RECEIVE_START: ("session_id",),
    TimingPoint.RECEIVE_COMPLETE: ("session_id", "duration", "size"),
    TimingPoint.SAVE_COMPLETE: ("session_id", "duration"),
    TimingPoint.PROCESSING_START: ("session_id", "challenge_type"),
    TimingPoint.PROCESSING_COMPLETE: ("session_id", "duration", "success"),
    TimingPoint.COMPLETE: (
        "session_id",
        "result",
        "total_time",
        "processing_time",
        "video_receive_time",
        "file_save_time",
    ),
    TimingPoint.FAILED: ("session_id", "error", "total_time"),
    DetailLine.VIDEO: (
        "session_id",
        "video_open_time",
        "frame_processing_time",
        "face_comparison_time",
        "total_processing_time",
    ),
    DetailLine.FRAMES: (
        "session_id",
        "total_frames",
        "processed_frames",
        "movement_analysis_time",
        "total_frame_processing_time",
        "avg_time_per_frame",
    ),
}
"""The fields of each line, in the order they are written."""

_ordinary_log = logging.getLogger(__name__)


class TimingLog:
    """Emits timing points: to ``performance.log``, detail lines to ``facematch.log``, and all as log events.

    A path of None turns that file off. A file that cannot be written is said once on the ordinary log, tried
    again with every line, and never the caller's problem.
    """

    def __init__(
        self,
        performance_log: Path | None,
        facematch_log: Path | None,
        logger_provider: LoggerProvider | None = None,
    ) -> None:
        self._performance_log = performance_log
        self._facematch_log = facematch_log
        self._events = get_logger(INSTRUMENTATION_SCOPE, logger_provider=logger_provider)
        paths = [path for path in (performance_log, facematch_log) if path is not None]
        self._outages = {path: Outage(_ordinary_log, str(path)) for path in paths}

    def emit(
        self, point: TimingPoint | DetailLine, fields: Mapping[str, Value], *, at_ns: int, context: Context
    ) -> None:
        """Write one point that happened at ``at_ns`` (Unix nanoseconds) in the trace of ``context``."""
        fitting = _fitting(point, fields)
        self._append(point, line(point, fitting, at_ns))
        self._events.emit(
            timestamp=at_ns,
            context=_explicit(context),
            severity_number=_severity(point),
            severity_text=_severity(point).name,
            attributes={FIELDS[key].attribute: value for key, value in fitting.items()},
            event_name=point,
        )

    def _append(self, point: TimingPoint | DetailLine, text: str) -> None:
        path = self._facematch_log if isinstance(point, DetailLine) else self._performance_log
        if path is None:
            return
        try:
            append_lines(path, text.encode(errors="backslashreplace"))
        except OSError as error:
            self._outages[path].failed(error)
        else:
            self._outages[path].succeeded()


def line(point: TimingPoint | DetailLine, fields: Mapping[str, Value], at_ns: int) -> str:
    """Return the line of one point, newline included, in the original's form and the local time zone."""
    seconds, nanoseconds = divmod(at_ns, 1_000_000_000)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    rendered = ", ".join(f"{key}: {FIELDS[key].kind.render(value)}" for key, value in fields.items())
    return f"{moment},{nanoseconds // 1_000_000:03d} - {_severity(point).name} - {point} - {rendered}\n"


def escaped(text: str) -> str:
    """Escape what could end a line or begin another field: unprintable characters and commas."""
    return "".join(
        character if character.isprintable() and character != "," else f"\\x{ord(character):02x}" for character in text
    )


def _severity(point: TimingPoint | DetailLine) -> SeverityNumber:
    return SeverityNumber.ERROR if point is TimingPoint.FAILED else SeverityNumber.INFO


def _fitting(point: TimingPoint | DetailLine, fields: Mapping[str, Value]) -> dict[str, Value]:
    """Return the declared fields in order; warn about what is missing, unknown or of the wrong type."""
    present = [key for key in POINTS[point] if key in fields]
    fitting = {key: fields[key] for key in present if FIELDS[key].kind.accepts(fields[key])}
    if unfit := sorted({*POINTS[point], *fields} - fitting.keys()):
        message = f"{point}: missing, unknown or wrongly typed: {', '.join(unfit)}"
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    return fitting


def _explicit(context: Context) -> Context:
    """Return a context that is never empty, for the SDK takes an empty one to mean the ambient context."""
    return trace.set_span_in_context(trace.get_current_span(context), context)
