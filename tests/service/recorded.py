"""Spans as a test reads them back from OTLP JSON files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ERROR_STATUS = 2
SERVER_KIND = 2


@dataclass(frozen=True, slots=True)
class Span:
    """One span; times in Unix nanoseconds."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: int
    start_ns: int
    end_ns: int
    status: int
    attributes: dict[str, Any]

    @property
    def seconds(self) -> float:
        """The duration."""
        return (self.end_ns - self.start_ns) / 1e9


def read_spans(folder: Path) -> list[Span]:
    """Return all spans in the files of a folder."""
    return [_span(span) for path in sorted(folder.glob("traces*")) for span in _raw_spans(path)]


def _raw_spans(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text().splitlines():
        for resource in json.loads(line)["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                yield from scope["spans"]


def _span(raw: dict[str, Any]) -> Span:
    return Span(
        name=raw["name"],
        trace_id=raw["traceId"],
        span_id=raw["spanId"],
        parent_id=raw.get("parentSpanId", ""),
        kind=raw["kind"],
        start_ns=int(raw["startTimeUnixNano"]),
        end_ns=int(raw["endTimeUnixNano"]),
        status=raw.get("status", {}).get("code", 0),
        attributes={attribute["key"]: _value(attribute["value"]) for attribute in raw.get("attributes", [])},
    )


def _value(value: dict[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "intValue":
            return int(content)
        case "arrayValue":
            return [_value(member) for member in content.get("values", [])]
    return content


def read_metrics(folder: Path) -> dict[str, list[tuple[dict[str, Any], float]]]:
    """Return the newest points of each metric: attributes, and the value or the count of a histogram."""
    points: dict[str, list[tuple[dict[str, Any], float]]] = {}
    for path in sorted(folder.glob("metrics*")):
        for line in path.read_text().splitlines():
            for resource in json.loads(line)["resourceMetrics"]:
                for scope in resource["scopeMetrics"]:
                    points.update({metric["name"]: _points(metric) for metric in scope["metrics"]})
    return points


def _points(metric: dict[str, Any]) -> list[tuple[dict[str, Any], float]]:
    data = next(metric[kind] for kind in ("sum", "gauge", "histogram") if kind in metric)
    return [
        (
            {attribute["key"]: _value(attribute["value"]) for attribute in point.get("attributes", [])},
            float(point.get("asInt", point.get("asDouble", point.get("count", 0)))),
        )
        for point in data["dataPoints"]
    ]
