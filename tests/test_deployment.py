"""Dockerfile, docker-compose.yml and otel-collector.yaml agree with the service and with each other.

No container engine is needed: the files are read. What the Collector itself says of its configuration is tested
in tests/integration.
"""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from service.settings import Settings, load_settings, variable_of

ROOT = Path(__file__).parents[1]

STANDARD_VARIABLES = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_RESOURCE_ATTRIBUTES"}


def compose() -> dict[str, Any]:
    """Return docker-compose.yml."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


def collector() -> dict[str, Any]:
    """Return otel-collector.yaml."""
    document: dict[str, Any] = yaml.safe_load((ROOT / "otel-collector.yaml").read_text())
    return document


def dockerfile() -> str:
    """Return the Dockerfile."""
    return (ROOT / "Dockerfile").read_text()


def collector_defaults() -> dict[str, str]:
    """Return the variables that otel-collector.yaml reads, with their defaults."""
    return dict(re.findall(r"\$\{env:(\w+):-([^}]*)\}", (ROOT / "otel-collector.yaml").read_text()))


SERVICES = list(compose()["services"])


def test_variables_of_the_container_are_settings() -> None:
    """A renamed setting is found here, not by an operator."""
    known = {variable_of(field) for field in Settings.model_fields}
    given = set(re.findall(r"\b(LIVENESS_[A-Z_]+)=", dockerfile())) | set(
        compose()["services"]["service"]["environment"]
    )

    assert given - known - STANDARD_VARIABLES == set()


def test_values_of_the_container_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings can be made from what the image and the compose file set."""
    image = dict(re.findall(r"\b(LIVENESS_[A-Z_]+)=(\S+)", dockerfile()))
    for name, value in (image | compose()["services"]["service"]["environment"]).items():
        monkeypatch.setenv(name, value)

    settings = load_settings()

    assert (settings.host, str(settings.upload_dir)) == ("0.0.0.0", "/data/uploads")
    assert settings.port == int(re.findall(r"EXPOSE (\d+)", dockerfile())[0])


def test_service_gets_longer_to_stop_than_it_waits_for_running_checks() -> None:
    """Compose's SIGKILL comes after the service's own limit."""
    grace_period = compose()["services"]["service"]["stop_grace_period"]

    assert float(grace_period.removesuffix("s")) > load_settings().drain_time_limit


def test_variables_of_the_collector_are_read_by_its_configuration() -> None:
    """Each variable the compose file sets is one that otel-collector.yaml uses, or Go's own."""
    given = set(compose()["services"]["collector"]["environment"])

    assert given - {"GOMEMLIMIT"} <= set(collector_defaults())


def test_service_sends_to_the_collector_and_the_collector_to_jaeger() -> None:
    """Host names are services of the compose file, ports are those that listen."""
    services = compose()["services"]
    service_to = urlsplit(services["service"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"])
    collector_to = urlsplit("//" + services["collector"]["environment"]["JAEGER_OTLP_ENDPOINT"])

    assert service_to.hostname in services
    assert str(service_to.port) == collector_defaults()["COLLECTOR_GRPC_PORT"]
    assert collector_to.hostname in services
    assert collector_to.port == 4317  # where Jaeger receives OTLP over gRPC unless told otherwise


def test_prometheus_scrapes_the_ports_the_collector_serves() -> None:
    """The stage metrics and the Collector's own."""
    scrape = yaml.safe_load(compose()["configs"]["prometheus"]["content"])["scrape_configs"][0]
    defaults = collector_defaults()

    assert scrape["static_configs"][0]["targets"] == [
        f"collector:{defaults['COLLECTOR_PROMETHEUS_PORT']}",
        f"collector:{defaults['COLLECTOR_TELEMETRY_PORT']}",
    ]


@pytest.mark.parametrize("name", SERVICES)
def test_container_is_pinned_bounded_and_hardened(name: str) -> None:
    """Versions are named, memory and CPU limited, the root file system read-only, ports on loopback only."""
    container = compose()["services"][name]

    assert re.search(r":v?\d+\.\d+", container["image"])
    assert set(container["deploy"]["resources"]["limits"]) >= {"cpus", "memory"}
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert [port for port in container.get("ports", []) if not port.startswith("127.0.0.1:")] == []


def test_every_volume_is_declared_and_used() -> None:
    """Named volumes, not files of the host that are mistyped."""
    used = {
        mount.split(":")[0]
        for container in compose()["services"].values()
        for mount in container.get("volumes", [])
        if not mount.startswith(("./", "/"))
    }

    assert used == set(compose()["volumes"])


def test_image_copies_what_exists_and_nothing_else_is_sent() -> None:
    """Every source of a COPY is in the checkout and let through by .dockerignore."""
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile(), re.MULTILINE)
        for source in line.split()[:-1]
    }
    allowed = set(re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))

    assert [source for source in copied if not (ROOT / source).exists()] == []
    assert copied == allowed


def test_image_runs_without_root_and_installs_by_hash() -> None:
    """The last USER is not root, and no pip line goes without hashes or an index of its own."""
    installs = re.findall(r"pip (?:install|wheel) (.+?)(?: &&|\n|$)", dockerfile())

    assert re.findall(r"^USER (\w+)$", dockerfile(), re.MULTILINE)[-1] == "liveness"
    assert [
        line for line in installs if not re.search(r"--require-hashes|--no-index|--no-build-isolation \.", line)
    ] == []


def test_pipelines_of_the_collector_use_what_is_defined_and_all_of_it() -> None:
    """A component that is defined but used nowhere would be a promise not kept."""
    configuration = collector()
    pipelines = configuration["service"]["pipelines"].values()
    used = {
        part: {one for pipeline in pipelines for one in pipeline[part]}
        for part in ("receivers", "processors", "exporters")
    }
    connectors = set(configuration["connectors"])

    assert used["receivers"] == set(configuration["receivers"]) | connectors
    assert used["processors"] == set(configuration["processors"])
    assert used["exporters"] == set(configuration["exporters"]) | connectors
    assert configuration["service"]["extensions"] == list(configuration["extensions"])


def test_span_metrics_are_made_before_any_sampling() -> None:
    """The pipeline that counts spans holds nothing that drops them while there is memory."""
    feeding = [
        pipeline for pipeline in collector()["service"]["pipelines"].values() if "span_metrics" in pipeline["exporters"]
    ]

    assert [pipeline["processors"] for pipeline in feeding] == [["memory_limiter"]]


def test_dimensions_of_the_span_metrics_are_attributes_the_service_sets() -> None:
    """Each is declared in telemetry/stages.py or is of the HTTP semantic conventions."""
    declared = (ROOT / "telemetry/stages.py").read_text()
    dimensions = [one["name"] for one in collector()["connectors"]["span_metrics"]["dimensions"]]

    assert [name for name in dimensions if f'"{name}"' not in declared] == ["http.response.status_code"]
