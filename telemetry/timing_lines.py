"""The lines of the timing points: their names, their fields in order, and how each value is written.

``2024-01-15 10:30:18,456 - INFO - VIDEO_LIVENESS_COMPLETE - session_id: abc123, result: pass, total_time: 3.333s``

The one definition: the service writes by it, the analyzer reads and makes up lines by it. A field is declared once
with its rendering and its attribute key, a point once with its fields in order.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

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


def line(point: TimingPoint | DetailLine, fields: Mapping[str, Value], at_ns: int) -> str:
    """Return the line of one point, newline included: local time cut to the millisecond, fields in their order.

    Raises:
        ValueError: a field is none of the point's.
    """
    seconds, nanoseconds = divmod(at_ns, 1_000_000_000)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
    keys = sorted(fields, key=POINTS[point].index)
    rendered = ", ".join(f"{key}: {FIELDS[key].kind.render(fields[key])}" for key in keys)
    return f"{moment},{nanoseconds // 1_000_000:03d} - {level(point)} - {point} - {rendered}\n"


def level(point: TimingPoint | DetailLine) -> str:
    """Return the level of a point's line, which is also the name of its event's severity."""
    return "ERROR" if point is TimingPoint.FAILED else "INFO"


def escaped(text: str) -> str:
    """Escape what could end a line or begin another field: unprintable characters and commas."""
    return "".join(
        character if character.isprintable() and character != "," else f"\\x{ord(character):02x}" for character in text
    )
