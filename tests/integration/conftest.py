"""One Jaeger and one Collector for all integration tests."""

from collections.abc import Iterator

import pytest

from tests.integration.backends import Collector, Jaeger, running_collector, running_jaeger


@pytest.fixture(scope="session")
def jaeger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jaeger]:
    """A running Jaeger."""
    with running_jaeger(tmp_path_factory.mktemp("jaeger")) as running:
        yield running


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory, jaeger: Jaeger) -> Iterator[Collector]:
    """A running Collector that sends spans to the Jaeger."""
    with running_collector(tmp_path_factory.mktemp("collector"), jaeger.otlp_endpoint) as running:
        yield running
