"""What the Collector's file exporter writes, as the analyzer and a reader of other people's data see it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.backends import Collector, Jaeger, collector_ports, running_collector
from tests.integration.liveness import PORTRAIT, running_service

pytestmark = pytest.mark.slow

CHECKS = 2


@pytest.fixture
async def collector_of_checks(tmp_path: Path, jaeger: Jaeger, video: Path) -> Collector:
    """A Collector that has received everything of some checks and has ended."""
    folder = tmp_path / "collector"
    folder.mkdir()
    with running_collector(folder, collector_ports(), jaeger.otlp_endpoint) as collector:
        with running_service(tmp_path, collector.endpoints["grpc"], "grpc") as service:
            for _ in range(CHECKS):
                assert (await service.check(video))["status"] == 200
            assert service.program.stop() == 0
        collector.program.stop()
    return collector


def test_analyzer_reports_on_the_files_of_the_collector(collector_of_checks: Collector) -> None:
    """Every check is counted, each as completed."""
    analyzer = Path(sys.executable).with_name("trace-analyzer")
    command = [str(analyzer), "report", str(collector_of_checks.files / "traces.jsonl"), "--format", "json"]

    run = subprocess.run(command, capture_output=True, text=True, check=True)

    sessions = json.loads(run.stdout)["sessions"]
    assert (sessions["total"], sessions["completed"], sessions["failed"]) == (CHECKS, CHECKS, 0)


def test_nothing_that_left_the_service_names_the_files(collector_of_checks: Collector, video: Path) -> None:
    """Neither a span nor a log record holds the name of the video or of the reference."""
    sent = "".join((collector_of_checks.files / name).read_text() for name in ("traces.jsonl", "logs.jsonl"))

    assert [name for name in (video.stem, PORTRAIT.stem) if name in sent] == []
    assert "analyze video" in sent
