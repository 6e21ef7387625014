"""A real Jaeger and a real Collector, and what the tests ask them."""

import asyncio
import json
import os
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp

from tests.integration.processes import ROOT, Program, free_ports, running, tool

READY: Final = "Everything is ready"
"""What both programs print when all their ports listen."""

DELIVERY_LIMIT: Final = 30.0
"""Seconds telemetry may take from the service to where the test looks for it."""

FOLDER: Final = Path(__file__).parent

Sample = tuple[str, dict[str, str]]
"""The name and the labels of a metric's sample."""

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """A span as Jaeger returns it; ``parent`` is its parent's name, None where that is not in the trace."""

    name: str
    parent: str | None
    parent_id: str
    kind: int
    service: str
    failed: bool
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Jaeger:
    """A running Jaeger that keeps its spans in memory."""

    url: str
    otlp_endpoint: str

    async def trace(self, trace_id: str, complete: Callable[[list[StoredSpan]], bool]) -> list[StoredSpan]:
        """Return the spans of a trace, waiting until they are ``complete``."""

        async def fetch() -> list[StoredSpan]:
            async with client.get(f"{self.url}/api/v3/traces/{trace_id}") as response:
                return stored_spans(await response.json(content_type=None)) if response.status == 200 else []

        async with aiohttp.ClientSession() as client:
            return await eventually(fetch, complete)


@dataclass(frozen=True, slots=True)
class Collector:
    """A running Collector: where to send to, and the files that everything it receives is written to."""

    endpoints: dict[str, str]
    """By value of OTEL_EXPORTER_OTLP_PROTOCOL."""
    prometheus_url: str
    files: Path
    program: Program

    async def samples(self, complete: Callable[[list[Sample]], bool]) -> list[Sample]:
        """Return the samples that Prometheus would read, waiting until they are ``complete``."""

        async def fetch() -> list[Sample]:
            async with client.get(self.prometheus_url) as response:
                return samples_of(await response.text())

        async with aiohttp.ClientSession() as client:
            return await eventually(fetch, complete)

    async def log_records(
        self, trace_id: str, complete: Callable[[list[dict[str, Any]]], bool]
    ) -> list[dict[str, Any]]:
        """Return the log records of a trace as OTLP JSON, waiting until they are ``complete``."""

        async def fetch() -> list[dict[str, Any]]:
            return [one for one in log_records(self.files / "logs.jsonl") if one.get("traceId") == trace_id]

        return await eventually(fetch, complete)


async def eventually(fetch: Callable[[], Awaitable[Seen]], complete: Callable[[Seen], bool]) -> Seen:
    """Fetch until the result is complete (other programs tell no event), or return it when time is up."""
    deadline = time.monotonic() + DELIVERY_LIMIT
    while not complete(seen := await fetch()) and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    return seen


@contextmanager
def running_jaeger(folder: Path) -> Iterator[Jaeger]:
    """Run a Jaeger on free ports."""
    ports = free_ports(["JAEGER_QUERY_PORT", "JAEGER_QUERY_GRPC_PORT", "JAEGER_HEALTH_PORT", "JAEGER_GRPC_PORT"])
    command = [str(tool("jaeger")), f"--config={FOLDER / 'jaeger.yaml'}"]
    with running(command, os.environ | ports, folder, READY):
        yield Jaeger(
            url=f"http://127.0.0.1:{ports['JAEGER_QUERY_PORT']}",
            otlp_endpoint=f"127.0.0.1:{ports['JAEGER_GRPC_PORT']}",
        )


def collector_ports() -> dict[str, str]:
    """Return free ports for a Collector, by the variables that otel-collector.yaml reads."""
    return free_ports([f"COLLECTOR_{name}_PORT" for name in ("GRPC", "HTTP", "HEALTH", "PROMETHEUS", "TELEMETRY")])


@contextmanager
def running_collector(folder: Path, ports: Mapping[str, str], jaeger_endpoint: str) -> Iterator[Collector]:
    """Run a Collector with the project's own configuration on these ports, its files in ``folder``."""
    settings = {
        "JAEGER_OTLP_ENDPOINT": jaeger_endpoint,
        "COLLECTOR_METRICS_INTERVAL": "1s",
        "COLLECTOR_FILES": str(folder),
    }
    configurations = (ROOT / "otel-collector.yaml", FOLDER / "collector-files.yaml")
    command = [str(tool("otelcol")), *(f"--config={one}" for one in configurations)]
    with running(command, {**os.environ, **ports, **settings}, folder, READY) as program:
        yield Collector(
            endpoints={
                "grpc": f"http://127.0.0.1:{ports['COLLECTOR_GRPC_PORT']}",
                "http/protobuf": f"http://127.0.0.1:{ports['COLLECTOR_HTTP_PORT']}",
            },
            prometheus_url=f"http://127.0.0.1:{ports['COLLECTOR_PROMETHEUS_PORT']}/metrics",
            files=folder,
            program=program,
        )


def stored_spans(document: dict[str, Any]) -> list[StoredSpan]:
    """Return the spans of an answer of Jaeger's ``/api/v3/traces/{id}``."""
    pairs = [
        (span, attributes_of(group["resource"])["service.name"])
        for group in document["result"]["resourceSpans"]
        for scope in group["scopeSpans"]
        for span in scope["spans"]
    ]
    names = {span["spanId"]: span["name"] for span, _ in pairs}
    return [
        StoredSpan(
            name=span["name"],
            parent=names.get(span.get("parentSpanId", "")),
            parent_id=span.get("parentSpanId", ""),
            kind=span["kind"],
            service=service,
            failed=span.get("status", {}).get("code") == 2,
            attributes=attributes_of(span),
        )
        for span, service in pairs
    ]


def log_records(file: Path) -> list[dict[str, Any]]:
    """Return every log record of a file that the Collector's file exporter writes."""
    lines = file.read_text().splitlines() if file.exists() else []
    return [
        record
        for line in lines
        for group in json.loads(line)["resourceLogs"]
        for scope in group["scopeLogs"]
        for record in scope["logRecords"]
    ]


def samples_of(page: str) -> list[Sample]:
    """Return the samples of a page in Prometheus' text format."""
    found = re.findall(r"^(\w+)\{(.*)\} \S+$", page, re.MULTILINE)
    return [(name, dict(re.findall(r'(\w+)="([^"]*)"', labels))) for name, labels in found]


def attributes_of(element: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of a resource, span or record of OTLP JSON; numbers stay as OTLP writes them."""
    return {one["key"]: next(iter(one["value"].values()), None) for one in element.get("attributes", [])}
