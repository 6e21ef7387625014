"""Spans, lines and reports made by hand: every number in them is one a test chose."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from telemetry.analyzer.loaded import LoadedSpans
from telemetry.analyzer.report import Report, make_report
from telemetry.analyzer.selection import Selection
from telemetry.analyzer.sources import otlp, performance_log
from telemetry.analyzer.thresholds import Thresholds
from telemetry.stages import Attribute, Stage

SECOND = 10**9
MILLISECOND = 10**6
BEGIN = 1_768_473_015 * SECOND
"""2026-01-15 10:30:15 UTC, when everything here happens."""

NOW = BEGIN + 86400 * SECOND

Json = dict[str, Any]


def span(
    name: str,
    start: float,
    end: float,
    *,
    identifier: int,
    trace: int = 1,
    parent: int | None = None,
    attributes: Mapping[str, str] | None = None,
    **fields: Any,
) -> Json:
    """Return a span as OTLP JSON; times are seconds after BEGIN, ids small numbers."""
    made: Json = {
        "traceId": f"{trace:032x}",
        "spanId": f"{identifier:016x}",
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(BEGIN + round(start * SECOND)),
        "endTimeUnixNano": str(BEGIN + round(end * SECOND)),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in (attributes or {}).items()],
        "status": {},
    }
    if parent is not None:
        made["parentSpanId"] = f"{parent:016x}"
    return made | fields


def check(
    trace: int,
    *,
    start: float = 0.0,
    total: float = 2.0,
    processing: float = 1.0,
    verdict: str = "bona_fide",
    error: str | None = None,
    name: str = Stage.REQUEST,
) -> list[Json]:
    """Return a whole check: its root (span 1), the upload (2), the write (3), the analysis (4) up to its end."""
    outcome = (str(Attribute.ERROR_TYPE), error) if error else (str(Attribute.VERDICT), verdict)
    end, analysis = start + total, start + total - processing
    status: Json = {"status": {"code": 2, "message": error}} if error else {}
    root_attributes = dict([(str(Attribute.SESSION_ID), f"session-{trace}"), outcome])
    return [
        span(Stage.RECEIVE_UPLOAD, start, start + 0.3, identifier=2, trace=trace, parent=1),
        span(Stage.WRITE_VIDEO, start + 0.1, start + 0.4, identifier=3, trace=trace, parent=1),
        span(Stage.ANALYZE_VIDEO, analysis, end, identifier=4, trace=trace, parent=1),
        span(name, start, end, identifier=1, trace=trace, attributes=root_attributes, kind=2, **status),
    ]


def line(spans: Sequence[Json], service: str = "video-liveness") -> bytes:
    """Return one line of OTLP JSON with these spans."""
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
    return (
        json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}).encode() + b"\n"
    )


def traces(path: Path, *groups: Sequence[Json]) -> Path:
    """Write one line for each group of spans, and return the path."""
    path.write_bytes(b"".join(map(line, groups)))
    return path


def log_line(point: str, at: float, fields: str, level: str = "INFO") -> str:
    """Return a line of performance.log, ``at`` seconds after BEGIN in local time."""
    milliseconds = BEGIN // MILLISECOND + round(at * 1000)
    text = datetime.fromtimestamp(milliseconds // 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return f"{text},{milliseconds % 1000:03d} - {level} - {point} - {fields}\n"


def logged_check(session: str, *, start: float = 0.0, total: float = 2.0, processing: float = 1.0) -> list[str]:
    """Return the lines of a completed check, in the order in which they happen."""
    own = f"session_id: {session}"
    end = start + total
    return [
        log_line("VIDEO_LIVENESS_REQUEST_START", start, f"{own}, challenge_type: head_movement, file_size: 2048576"),
        log_line("VIDEO_FILE_RECEIVE_START", start, own),
        log_line("VIDEO_FILE_RECEIVE_COMPLETE", start + 0.3, f"{own}, duration: 0.300s, size: 2048576 bytes"),
        log_line("VIDEO_FILE_SAVE_COMPLETE", start + 0.4, f"{own}, duration: 0.300s"),
        log_line("VIDEO_PROCESSING_START", end - processing, f"{own}, challenge_type: head_movement"),
        log_line("VIDEO_PROCESSING_COMPLETE", end, f"{own}, duration: {processing:.3f}s, success: True"),
        log_line(
            "VIDEO_LIVENESS_COMPLETE",
            end,
            f"{own}, result: pass, total_time: {total:.3f}s, processing_time: {processing:.3f}s, "
            "video_receive_time: 0.300s, file_save_time: 0.300s",
        ),
    ]


def failed_line(session: str, *, at: float, total: float, error: str = "unreadable_video") -> str:
    """Return the last line of a check that failed."""
    fields = f"session_id: {session}, error: {error}, total_time: {total:.3f}s"
    return log_line("VIDEO_LIVENESS_FAILED", at, fields, level="ERROR")


def log(path: Path, *lines: str) -> Path:
    """Write a performance.log, and return its path."""
    path.write_text("".join(lines))
    return path


def report_of(loaded: LoadedSpans, selection: Selection | None = None, thresholds: Thresholds | None = None) -> Report:
    """Return the report on what a source gave, made at NOW."""
    return make_report(loaded, selection or Selection(), thresholds or Thresholds(), NOW)


def report_on_traces(path: Path) -> Report:
    """Return the report on OTLP JSON lines."""
    return report_of(otlp.load(str(path)))


def report_on_log(path: Path) -> Report:
    """Return the report on a performance.log."""
    return report_of(performance_log.load(str(path)))


def problems_of(report: Report) -> dict[str, tuple[int, str | None]]:
    """Return count and first place of each kind of problem."""
    return {problem.kind.value: (problem.count, problem.first) for problem in report.problems}


def trace_analyzer(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run the real console script and return how it ended, with its output as text."""
    script = Path(sys.executable).parent / "trace-analyzer"
    options.setdefault("text", True)
    return subprocess.run([script, *arguments], capture_output=True, timeout=60, check=False, **options)
