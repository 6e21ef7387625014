"""Reading what telemetry wrote as OTLP JSON lines."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

IDS = {"traceId", "spanId", "parentSpanId"}


def messages(folder: Path, signal: str) -> list[dict[str, Any]]:
    """Return every line of a signal's files, oldest first."""
    lines = [line for path in sorted(folder.glob(f"{signal}*.jsonl")) for line in path.read_bytes().splitlines()]
    return [json.loads(line) for line in lines]


def spans(folder: Path) -> list[dict[str, Any]]:
    """Return every span in the files of traces."""
    groups = [group for message in messages(folder, "traces") for group in message["resourceSpans"]]
    return [span for group in groups for scope in group["scopeSpans"] for span in scope["spans"]]


def log_records(folder: Path) -> list[dict[str, Any]]:
    """Return every record in the files of logs."""
    groups = [group for message in messages(folder, "logs") for group in message["resourceLogs"]]
    return [record for group in groups for scope in group["scopeLogs"] for record in scope["logRecords"]]


def metrics(folder: Path) -> list[dict[str, Any]]:
    """Return every metric in the files of metrics."""
    groups = [group for message in messages(folder, "metrics") for group in message["resourceMetrics"]]
    return [metric for group in groups for scope in group["scopeMetrics"] for metric in scope["metrics"]]


def attributes(owner: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of a span, record, resource or data point as plain values."""
    return {pair["key"]: next(iter(pair["value"].values()), None) for pair in owner.get("attributes", [])}


def with_base64_ids(message: Any) -> Any:
    """Return a message with its ids as protobuf's own JSON mapping has them; OTLP differs from it in this alone."""
    if isinstance(message, list):
        return [with_base64_ids(item) for item in message]
    if not isinstance(message, dict):
        return message
    return {key: _base64(value) if key in IDS else with_base64_ids(value) for key, value in message.items()}


def _base64(identifier: str) -> str:
    return b64encode(bytes.fromhex(identifier)).decode()
