"""Telemetry of a test's own: in its own folder, apart from the process's global providers."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from telemetry.config import TelemetryConfig
from telemetry.setup import Telemetry, build
from telemetry.spans import StageRecorder


@pytest.fixture(autouse=True)
def no_otel_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the caller's environment says about OpenTelemetry out of the tests."""
    for variable in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(variable)


@pytest.fixture
def config(tmp_path: Path) -> TelemetryConfig:
    """Everything below a folder of the test's own."""
    return TelemetryConfig(
        traces_dir=tmp_path / "traces",
        performance_log=tmp_path / "logs" / "performance.log",
        facematch_log=tmp_path / "logs" / "facematch.log",
    )


@pytest.fixture
def start(config: TelemetryConfig) -> Iterator[Callable[[], Telemetry]]:
    """Return what builds telemetry after the environment as it is then; it is shut down when the test ends."""
    started: list[Telemetry] = []

    def start() -> Telemetry:
        started.append(build(config))
        return started[-1]

    yield start
    for telemetry in started:
        telemetry.shutdown()


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    """Collects the spans that have ended."""
    return InMemorySpanExporter()


@pytest.fixture
def recorder(exporter: InMemorySpanExporter) -> StageRecorder:
    """Return a recorder at the start of a new trace."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return StageRecorder(Context(), tracer=provider.get_tracer("test"))
