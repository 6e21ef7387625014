"""One Jaeger and one Collector for all integration tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.backends import Collector, Jaeger, collector_ports, running_collector, running_jaeger
from tests.integration.liveness import write_video


@pytest.fixture(scope="session")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """A running Jaeger."""
    with running_jaeger(tmp_path_factory.mktemp("jaeger")) as running:
        yield running


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory, jaeger: Jaeger) -> Iterator[Collector]:
    """A running Collector that sends spans to the Jaeger."""
    folder = tmp_path_factory.mktemp("collector")
    with running_collector(folder, collector_ports(), jaeger.otlp_endpoint) as running:
        yield running


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video of a still face."""
    return write_video(tmp_path_factory.mktemp("video") / "name-of-the-upload.mp4")
