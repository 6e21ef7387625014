"""Switching telemetry on: where it goes without a Collector, what describes it, and that it ends in time."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from opentelemetry.context import Context

from telemetry.config import TelemetryConfig
from telemetry.environment import Signal, TelemetryConfigError
from telemetry.setup import Telemetry
from telemetry.spans import StageRecorder
from telemetry.stages import Stage
from telemetry.timing_lines import TimingPoint
from tests.telemetry import otlp_lines
from tests.telemetry.processes import SPAWN, configure_twice, continue_trace, end_without_shutdown, run_together
from tests.telemetry.receivers import http_receiver

Start = Callable[[], Telemetry]


def record(telemetry: Telemetry, count: int = 1) -> None:
    """Record some stages, and a timing point in the context of each."""
    stages = StageRecorder(Context(), tracer=telemetry.providers.tracer.get_tracer("test"))
    for _ in range(count):
        with stages.stage(Stage.REQUEST) as root:
            fields = {"session_id": "abc"}
            telemetry.timing_log.emit(TimingPoint.RECEIVE_START, fields, at_ns=root.start_ns, context=root.context)


def test_without_an_endpoint_everything_goes_to_files(start: Start, config: TelemetryConfig) -> None:
    """Spans, log events and metrics lie side by side; an event names its span."""
    telemetry = start()
    record(telemetry)
    telemetry.providers.meter.get_meter("test").create_counter("things").add(1)
    assert telemetry.flush()

    [span] = otlp_lines.spans(config.traces_dir)
    [event] = otlp_lines.log_records(config.traces_dir)
    assert span["name"] == Stage.REQUEST
    assert (event["eventName"], event["traceId"], event["spanId"]) == (
        "VIDEO_FILE_RECEIVE_START",
        span["traceId"],
        span["spanId"],
    )
    assert "things" in {metric["name"] for metric in otlp_lines.metrics(config.traces_dir)}


def test_a_process_describes_itself(start: Start, config: TelemetryConfig) -> None:
    """The resource tells service, version, instance and process."""
    telemetry = start()
    record(telemetry)
    telemetry.flush()

    [message] = otlp_lines.messages(config.traces_dir, "traces")
    resource = otlp_lines.attributes(message["resourceSpans"][0]["resource"])
    assert resource["service.name"] == "video-liveness"
    assert {"service.version", "service.instance.id", "process.pid"} < set(resource)


@pytest.mark.parametrize(
    "environ",
    [
        {"OTEL_SERVICE_NAME": "mine"},
        {"OTEL_RESOURCE_ATTRIBUTES": "service.name=mine"},
        {"OTEL_SERVICE_NAME": "mine", "OTEL_RESOURCE_ATTRIBUTES": "service.name=other"},
    ],
)
def test_the_operator_names_the_service(
    environ: dict[str, str], start: Start, config: TelemetryConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The standard variables override our own name, OTEL_SERVICE_NAME before the others."""
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    telemetry = start()
    record(telemetry)
    telemetry.flush()

    [message] = otlp_lines.messages(config.traces_dir, "traces")
    assert otlp_lines.attributes(message["resourceSpans"][0]["resource"])["service.name"] == "mine"


def test_a_disabled_sdk_leaves_the_log_files(
    start: Start, config: TelemetryConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OTEL_SDK_DISABLED stops OpenTelemetry alone: performance.log is not part of it."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    telemetry = start()
    record(telemetry)

    assert telemetry.flush()
    assert not config.traces_dir.exists()
    assert config.performance_log is not None
    assert "VIDEO_FILE_RECEIVE_START" in config.performance_log.read_text()


def test_a_signal_can_be_switched_off(start: Start, config: TelemetryConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """OTEL_LOGS_EXPORTER=none keeps the log events back and the spans flowing."""
    monkeypatch.setenv("OTEL_LOGS_EXPORTER", "none")
    telemetry = start()
    record(telemetry)
    telemetry.flush()

    assert otlp_lines.log_records(config.traces_dir) == []
    assert len(otlp_lines.spans(config.traces_dir)) == 1


def test_the_console_is_a_destination(tmp_path: Path) -> None:
    """For a look at what is recorded, all signals can go to standard output."""
    program = "from tests.telemetry.processes import record_everything; record_everything()"
    console = {f"OTEL_{signal.upper()}_EXPORTER": "console" for signal in Signal}
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | console | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    )

    assert all(name in ended.stdout for name in (Stage.REQUEST, "VIDEO_FILE_RECEIVE_START", "things"))
    assert list(tmp_path.iterdir()) == []


def test_spans_that_are_not_sampled_are_not_exported(
    start: Start, config: TelemetryConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The standard sampler variable decides."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    telemetry = start()
    record(telemetry)
    telemetry.flush()

    assert otlp_lines.spans(config.traces_dir) == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_METRICS_EXPORTER", "prometheus"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
    ],
)
def test_what_we_do_not_know_is_an_error(
    variable: str, value: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service with a mistake in its environment says which variable it is."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(TelemetryConfigError, match=f"{variable}={value}"):
        start()


def test_what_the_otlp_exporter_does_not_know_is_an_error(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's own complaints about OTLP variables come as the same error."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli")
    with pytest.raises(TelemetryConfigError, match="brotli"):
        start()


def test_long_requests_have_buckets(start: Start, config: TelemetryConfig) -> None:
    """A request of 50 s is told apart from one of 11 s."""
    telemetry = start()
    duration = telemetry.providers.meter.get_meter("test").create_histogram("durations", unit="s")
    duration.record(11)
    duration.record(50)
    telemetry.flush()

    [metric] = [one for one in otlp_lines.metrics(config.traces_dir) if one["name"] == "durations"]
    [point] = metric["histogram"]["dataPoints"]
    counts = dict(zip([*point["explicitBounds"], float("inf")], point["bucketCounts"], strict=True))
    assert {bound: count for bound, count in counts.items() if count != "0"} == {15.0: "1", 60.0: "1"}


def test_what_is_lost_is_a_metric(start: Start, config: TelemetryConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans that could not be exported are counted by signal and reason."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0.1")
    telemetry = start()
    record(telemetry, 3)
    telemetry.flush()

    [metric] = [one for one in otlp_lines.metrics(config.traces_dir) if one["name"] == "liveness.telemetry.lost"]
    lost = {tuple(otlp_lines.attributes(point).values()): int(point["asInt"]) for point in metric["sum"]["dataPoints"]}
    assert {key: count for key, count in lost.items() if count} == {("traces", "export_failed"): 3}


def test_shutting_down_writes_what_is_left_once(start: Start, config: TelemetryConfig) -> None:
    """Shutdown exports; doing it again does nothing."""
    telemetry = start()
    record(telemetry)
    telemetry.shutdown()
    telemetry.shutdown()

    assert len(otlp_lines.spans(config.traces_dir)) == 1


def test_a_process_that_just_ends_loses_nothing(config: TelemetryConfig) -> None:
    """Whoever forgets to shut down, such as a worker whose pool is closed, still leaves its spans."""
    run_together(end_without_shutdown, [(config,)])

    assert len(otlp_lines.spans(config.traces_dir)) == 1


def test_processes_share_one_trace(config: TelemetryConfig) -> None:
    """A worker that is handed a carrier continues the trace, and both write to the same files."""
    run_together(continue_trace, [(config,)])

    root, child = sorted(otlp_lines.spans(config.traces_dir), key=lambda span: int(span["startTimeUnixNano"]))
    assert (child["traceId"], child["parentSpanId"]) == (root["traceId"], root["spanId"])
    processes = {
        otlp_lines.attributes(message["resourceSpans"][0]["resource"])["process.pid"]
        for message in otlp_lines.messages(config.traces_dir, "traces")
    }
    assert len(processes) == 2


def test_a_process_is_set_up_once(config: TelemetryConfig) -> None:
    """OpenTelemetry lets a process choose its providers once; a second attempt is told so."""
    with ProcessPoolExecutor(1, SPAWN) as pool:
        assert pool.submit(configure_twice, config).result() == "OpenTelemetry is already set up in this process"


def test_exponential_histograms_can_be_asked_for(
    start: Start, config: TelemetryConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our buckets stand back when the standard variable asks for histograms without buckets."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", "base2_exponential_bucket_histogram")
    with http_receiver() as received:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", received.endpoint)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        telemetry = start()
        telemetry.providers.meter.get_meter("test").create_histogram("durations", unit="s").record(50)
        telemetry.shutdown()

    [metric] = [one for one in received.metrics if one.name == "durations"]
    assert metric.WhichOneof("data") == "exponential_histogram"


def test_the_configuration_travels_to_workers(config: TelemetryConfig) -> None:
    """Spawned workers get the configuration by pickle."""
    assert pickle.loads(pickle.dumps(config)) == config


@pytest.mark.parametrize("limits", [{"max_files": 0}, {"max_file_bytes": 0}])
def test_file_limits_are_positive(limits: dict[str, int]) -> None:
    """No file, or a file of no size, is a mistake."""
    with pytest.raises(ValueError, match="must be positive"):
        TelemetryConfig(**limits)  # type: ignore[arg-type]  # only numbers are given


def test_files_do_not_load_the_otlp_clients() -> None:
    """File mode imports neither gRPC nor requests, which would cost every worker their start-up time."""
    program = "import sys, telemetry.setup; print(sorted({'grpc', 'requests'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert ended.stdout.strip() == "[]"
