"""What the standard OTEL_* variables decide."""

import pytest

from telemetry.batching import BatchLimits
from telemetry.environment import (
    Destination,
    Signal,
    TelemetryConfigError,
    batch_limits,
    check_sampler,
    destination,
    metric_interval,
    sdk_disabled,
)

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317"}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Destination.FILES),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, Destination.FILES),
        (ENDPOINT, Destination.GRPC),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4317"}, Destination.GRPC),
        ({"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://collector:4317"}, Destination.FILES),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, Destination.GRPC),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, Destination.HTTP),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": ""}, Destination.GRPC),
        (
            ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"},
            Destination.HTTP,
        ),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, Destination.GRPC),
        ({"OTEL_TRACES_EXPORTER": "console"}, Destination.CONSOLE),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, Destination.NOWHERE),
        (ENDPOINT | {"OTEL_LOGS_EXPORTER": "none"}, Destination.GRPC),
    ],
)
def test_the_environment_decides_where_traces_go(environ: dict[str, str], expected: Destination) -> None:
    """An endpoint means OTLP, nothing means files, and OTEL_TRACES_EXPORTER has the last word."""
    assert destination(Signal.TRACES, environ) is expected


@pytest.mark.parametrize("signal", Signal)
def test_each_signal_decides_for_itself(signal: Signal) -> None:
    """The variables of one signal leave the other two alone."""
    environ = {f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT": "http://collector:4317"}
    decided = {each: destination(each, environ) for each in Signal}

    assert decided == {**dict.fromkeys(Signal, Destination.FILES), signal: Destination.GRPC}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_TRACES_EXPORTER", "otlp,console"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "GRPC"),
    ],
)
def test_unknown_destinations_are_errors(variable: str, value: str) -> None:
    """A value we do not know is refused by name, never replaced by a default."""
    with pytest.raises(
        TelemetryConfigError, match=rf"^{variable}={value.lower() if variable[-8:] == 'EXPORTER' else value}"
    ):
        destination(Signal.TRACES, ENDPOINT | {variable: value})


def test_batch_limits_have_our_defaults() -> None:
    """Unless told otherwise the queue is larger and the delay shorter than the SDK's."""
    assert batch_limits(Signal.TRACES, {}) == BatchLimits(queue_size=8192, batch_size=512, delay=1.0)


@pytest.mark.parametrize(("signal", "prefix"), [(Signal.TRACES, "OTEL_BSP"), (Signal.LOGS, "OTEL_BLRP")])
def test_batch_limits_follow_the_environment(signal: Signal, prefix: str) -> None:
    """Traces and logs have variables of their own; the delay is given in milliseconds."""
    environ = {
        f"{prefix}_SCHEDULE_DELAY": "250",
        f"{prefix}_MAX_QUEUE_SIZE": "100",
        f"{prefix}_MAX_EXPORT_BATCH_SIZE": "50",
    }
    assert batch_limits(signal, environ) == BatchLimits(queue_size=100, batch_size=50, delay=0.25)


def test_a_small_queue_makes_small_batches() -> None:
    """Setting the queue alone is enough, as small as one may want it."""
    assert batch_limits(Signal.TRACES, {"OTEL_BSP_MAX_QUEUE_SIZE": "20"}).batch_size == 20


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many"])
@pytest.mark.parametrize(
    "variable", ["OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE"]
)
def test_batch_limits_must_be_positive_numbers(variable: str, value: str) -> None:
    """Anything else is refused by name."""
    with pytest.raises(TelemetryConfigError, match=f"{variable}={value} is not a positive whole number"):
        batch_limits(Signal.TRACES, {variable: value})


def test_a_batch_cannot_exceed_the_queue() -> None:
    """A batch that can never fill is a mistake."""
    with pytest.raises(TelemetryConfigError, match="OTEL_BSP_MAX_EXPORT_BATCH_SIZE=9000 is larger than"):
        batch_limits(Signal.TRACES, {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "9000"})


def test_metrics_are_collected_as_often_as_told() -> None:
    """A minute by default, else what the variable says in milliseconds, else an error."""
    assert metric_interval({}) == 60_000
    assert metric_interval({"OTEL_METRIC_EXPORT_INTERVAL": "5000"}) == 5000
    with pytest.raises(TelemetryConfigError, match="OTEL_METRIC_EXPORT_INTERVAL=never"):
        metric_interval({"OTEL_METRIC_EXPORT_INTERVAL": "never"})


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"OTEL_TRACES_SAMPLER": ""},
        {"OTEL_TRACES_SAMPLER": "always_off", "OTEL_TRACES_SAMPLER_ARG": "unused"},
        {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"},
    ],
)
def test_known_samplers_pass(environ: dict[str, str]) -> None:
    """Every sampler the SDK has may be asked for."""
    check_sampler(environ)


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"OTEL_TRACES_SAMPLER": "sometimes"}, "OTEL_TRACES_SAMPLER=sometimes is not supported: use always_off"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "half"}, "OTEL_TRACES_SAMPLER_ARG=half"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1.5"}, "OTEL_TRACES_SAMPLER_ARG=1.5"),
    ],
)
def test_unknown_samplers_are_errors(environ: dict[str, str], message: str) -> None:
    """The SDK would quietly trace everything instead; we say what is wrong."""
    with pytest.raises(TelemetryConfigError, match=message):
        check_sampler(environ)


@pytest.mark.parametrize(("value", "expected"), [("true", True), (" TRUE ", True), ("false", False), ("1", False)])
def test_the_sdk_is_disabled_by_true_only(value: str, expected: bool) -> None:
    """The specification knows one value that disables it."""
    assert sdk_disabled({"OTEL_SDK_DISABLED": value}) is expected
