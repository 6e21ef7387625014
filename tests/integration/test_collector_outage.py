"""Checks do not depend on where their telemetry goes."""

from pathlib import Path

import pytest

from tests.integration.backends import Jaeger, collector_ports, running_collector
from tests.integration.liveness import running_service
from tests.integration.processes import free_ports

pytestmark = pytest.mark.slow


async def test_check_is_answered_and_the_service_ends_without_a_collector(tmp_path: Path, video: Path) -> None:
    """Nothing listens where telemetry is sent: the answer is whole, the log complete, SIGTERM ends it with 0."""
    nowhere = f"http://127.0.0.1:{free_ports(['NOWHERE'])['NOWHERE']}"

    with running_service(tmp_path, nowhere, "grpc") as service:
        answer = await service.check(video)
        exit_code = service.program.stop()

    assert (answer["status"], len(answer["trace_id"])) == (200, 32)
    assert "VIDEO_LIVENESS_COMPLETE" in (tmp_path / "logs/performance.log").read_text()
    assert exit_code == 0


async def test_traces_arrive_again_when_the_collector_is_back(tmp_path: Path, jaeger: Jaeger, video: Path) -> None:
    """A check during the outage is answered; one made after it has its trace in Jaeger."""
    ports = collector_ports()

    with running_service(tmp_path, f"http://127.0.0.1:{ports['COLLECTOR_GRPC_PORT']}", "grpc") as service:
        during = await service.check(video)
        with running_collector(tmp_path, ports, jaeger.otlp_endpoint):
            after = await service.check(video)
            spans = await jaeger.trace(after["trace_id"], lambda spans: len(spans) > after["video"]["frames_analyzed"])

    assert (during["status"], after["status"]) == (200, 200)
    assert len(spans) > after["video"]["frames_analyzed"]
