"""What a check in a worker leaves in its trace and in performance.log, whoever survives to write it."""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Run:
    """What one run of ``pool_program`` printed and wrote."""

    answer: list[str]
    spans: Mapping[str, Mapping[str, Any]]
    lines: list[str]


async def run_program(folder: Path, challenge: str) -> Run:
    """Run one check with real telemetry on both sides and read what it wrote."""
    command = [sys.executable, "-m", "tests.pipeline.pool_program", str(folder), challenge, "1"]
    program = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    output, _ = await program.communicate()
    assert program.returncode == 0
    exported = "\n".join(path.read_text() for path in (folder / "traces").glob("traces*.jsonl"))
    return Run(
        answer=output.decode().splitlines()[1].split(),
        spans=spans_by_name(exported),
        lines=(folder / "performance.log").read_text().splitlines(),
    )


def spans_by_name(exported: str) -> dict[str, dict[str, Any]]:
    """Return the spans of an OTLP JSON file, each of which has a name of its own here."""
    spans: list[dict[str, Any]] = [
        {**span, "attributes": {item["key"]: item["value"] for item in span.get("attributes", [])}}
        for batch in exported.splitlines()
        for resource in json.loads(batch)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    by_name = {span["name"]: span for span in spans}
    assert len(by_name) == len(spans), "a span was written twice"
    return by_name


def nanoseconds(span: Mapping[str, Any]) -> int:
    """Return a span's duration."""
    return int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])


async def test_the_workers_spans_hang_below_the_request(tmp_path: Path) -> None:
    """One trace, the worker's part of it under the request, telling who was asked what and with which models."""
    run = await run_program(tmp_path, "answer")
    request, analysis = run.spans["POST /v1/liveness-checks"], run.spans["analyze video"]
    assert {span["traceId"] for span in run.spans.values()} == {request["traceId"]}
    assert run.spans["wait for worker"]["parentSpanId"] == request["spanId"]
    assert analysis["parentSpanId"] == request["spanId"]
    assert run.spans["open video"]["parentSpanId"] == analysis["spanId"]
    assert analysis["attributes"] == {
        "liveness.challenge.type": {"stringValue": "answer"},
        "liveness.engine.detector": {"stringValue": "test detector"},
        "liveness.engine.embedder": {"stringValue": "test embedder"},
        "liveness.verdict": {"stringValue": "bona_fide"},
        "liveness.challenge.performed": {"boolValue": True},
        "liveness.verdict.reasons": {"arrayValue": {"values": [{"stringValue": "challenge_performed"}]}},
    }


async def test_timing_points_and_timings_say_what_the_span_says(tmp_path: Path) -> None:
    """The span, the two lines and the answer's timings come from the same integers."""
    run = await run_program(tmp_path, "answer")
    duration = nanoseconds(run.spans["analyze video"])
    assert run.answer == ["bona_fide", f"{duration / 1e9:.9f}"]
    start, complete = run.lines
    assert start.endswith(" - VIDEO_PROCESSING_START - session_id: session-1, challenge_type: answer")
    assert complete.endswith(
        f" - VIDEO_PROCESSING_COMPLETE - session_id: session-1, duration: {duration / 1e9:.3f}s, success: True"
    )


@pytest.mark.parametrize(
    ("challenge", "code", "writer"),
    [
        ("reject", "truncated_video", "worker"),
        ("fail", "internal_error", "worker"),
        ("eat_with_numpy", "memory_limit_exceeded", "worker"),
        ("die", "worker_crashed", "pool"),
        ("sleep", "time_limit_exceeded", "pool"),
    ],
)
async def test_a_failed_check_ends_in_trace_and_log(tmp_path: Path, challenge: str, code: str, writer: str) -> None:
    """Every failure leaves one span with its code and one line that ends the session's processing."""
    run = await run_program(tmp_path, challenge)
    request, analysis = run.spans["POST /v1/liveness-checks"], run.spans["analyze video"]
    assert run.answer == [code]
    assert analysis["parentSpanId"] == request["spanId"]
    assert analysis["status"]["code"] == 2
    assert analysis["attributes"]["error.type"] == {"stringValue": code}
    assert ("liveness.engine.detector" in analysis["attributes"]) is (writer == "worker")
    assert nanoseconds(analysis) <= nanoseconds(request)
    points = [re.split(" - ", line)[2:] for line in run.lines]
    assert points == [
        ["VIDEO_PROCESSING_START", f"session_id: session-1, challenge_type: {challenge}"],
        [
            "VIDEO_PROCESSING_COMPLETE",
            f"session_id: session-1, duration: {nanoseconds(analysis) / 1e9:.3f}s, success: False",
        ],
    ]
