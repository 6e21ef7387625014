"""A Collector that is down or hangs: the process works, says so once, and ends in time."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest
from opentelemetry.context import Context

from telemetry.setup import Telemetry
from telemetry.spans import StageRecorder
from telemetry.stages import Stage
from tests.telemetry.receivers import RECEIVERS

HANG_SECONDS = 60.0
"""Far above the three seconds a shutdown may take, far below the minutes the exports would want."""

Case = tuple[str, str]
"""What the Collector does, and the protocol."""

Ended = subprocess.CompletedProcess[str]

PROGRAM = """
import logging
from pathlib import Path
from opentelemetry.context import Context
from telemetry.config import TelemetryConfig
from telemetry.setup import configure
from telemetry.spans import StageRecorder
from telemetry.stages import Stage

logging.basicConfig(level=logging.INFO)
telemetry = configure(TelemetryConfig(performance_log=None, facematch_log=None))
stages = StageRecorder(Context())
for _ in range(3000):
    stages.start(Stage.REQUEST).end()
telemetry.flush(0.5)
telemetry.shutdown()
print("ended", len(list(Path.cwd().iterdir())))
"""


@pytest.fixture(scope="module")
def silent_port() -> Iterator[int]:
    """Return a port where connections are accepted and never answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def closed_port() -> int:
    """Return a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def endings(silent_port: int, closed_port: int, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Ended]:
    """Let processes end while their Collector hangs or is down, with each protocol, all at the same time."""
    ports = {"hangs": silent_port, "is down": closed_port}
    cases = list(product(ports, RECEIVERS))
    folders = [tmp_path_factory.mktemp("empty") for _ in cases]
    with ThreadPoolExecutor(len(cases)) as pool:
        ended = pool.map(run_against, [ports[state] for state, _ in cases], [name for _, name in cases], folders)
    return dict(zip(cases, ended, strict=True))


def run_against(port: int, protocol: str, folder: Path) -> Ended:
    """Record spans in a process whose Collector is at a port, and have it end; exports want a minute each."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    otel = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "60",
    }
    return subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env=inherited | otel | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )


@pytest.mark.parametrize("protocol", RECEIVERS)
@pytest.mark.parametrize("collector", ["hangs", "is down"])
def test_a_process_ends_whatever_its_collector_does(collector: str, protocol: str, endings: dict[Case, Ended]) -> None:
    """Shutdown is bounded, the exit code is 0, nothing is written to files instead, no traceback is shown."""
    ended = endings[collector, protocol]

    assert (ended.returncode, ended.stdout) == (0, "ended 0\n")
    assert "Traceback" not in ended.stderr
    assert "WARNING:telemetry.setup:ended before all traces were exported" in ended.stderr
    said = [line for line in ended.stderr.splitlines() if "cannot write" in line]
    assert len(said) == len({line.split("(")[0] for line in said})


@pytest.mark.parametrize("protocol", RECEIVERS)
def test_an_outage_is_said_once_and_its_end_too(
    protocol: str,
    closed_port: int,
    start: Callable[[], Telemetry],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One warning when the Collector goes away, none while it is away, one line when it is back."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{closed_port}")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")  # time for one retry, whose cause is then known
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "none")
    telemetry = start()
    stages = StageRecorder(Context(), tracer=telemetry.providers.tracer.get_tracer("test"))

    def export_one() -> None:
        stages.start(Stage.REQUEST).end()
        assert telemetry.flush()

    for _ in range(2):
        export_one()
    with RECEIVERS[protocol](closed_port) as received:
        while not received.spans:
            export_one()
        export_one()

    away, back = caplog.messages
    assert away.startswith("cannot write traces (OTLP over ")
    assert "refused" in away.lower()
    assert back.startswith("can write traces (OTLP over ")
