"""What the standard OTEL_* variables decide here, read once and checked: a value we do not know is an error.

Endpoints, headers, time limits, certificates and span limits are read by the SDK itself, with their standard
meaning.
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final

from telemetry.batching import BatchLimits


class TelemetryConfigError(ValueError):
    """An environment variable has a value that telemetry cannot follow; the message names both."""


class Signal(StrEnum):
    """A kind of telemetry; the value is the one used in variable and file names."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"


class Destination(Enum):
    """Where a signal goes."""

    FILES = "OTLP JSON files"
    GRPC = "OTLP over gRPC"
    HTTP = "OTLP over HTTP"
    CONSOLE = "standard output"
    NOWHERE = "nowhere"


_PROTOCOLS: Final = {"grpc": Destination.GRPC, "http/protobuf": Destination.HTTP}
_EXPORTERS: Final = {"otlp", "console", "none"}
_RATIO_SAMPLERS: Final = {"traceidratio", "parentbased_traceidratio"}
_SAMPLERS: Final = _RATIO_SAMPLERS | {
    "always_on",
    "always_off",
    "parentbased_always_on",
    "parentbased_always_off",
}
_BATCH_PREFIX: Final = {Signal.TRACES: "OTEL_BSP", Signal.LOGS: "OTEL_BLRP"}


def sdk_disabled(environ: Mapping[str, str]) -> bool:
    """Tell whether OTEL_SDK_DISABLED switches OpenTelemetry off; by its definition only "true" does."""
    return environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def destination(signal: Signal, environ: Mapping[str, str]) -> Destination:
    """Decide where a signal goes: over OTLP when an endpoint is set, else to files, unless told otherwise.

    Raises:
        TelemetryConfigError: OTEL_<SIGNAL>_EXPORTER or the protocol has an unknown value.
    """
    variable = f"OTEL_{signal.upper()}_EXPORTER"
    exporter = environ.get(variable, "").strip().lower()
    if exporter and exporter not in _EXPORTERS:
        raise TelemetryConfigError(f"{variable}={exporter} is not supported: use otlp, console or none")
    if exporter == "none":
        return Destination.NOWHERE
    if exporter == "console":
        return Destination.CONSOLE
    if exporter == "otlp" or _otlp(signal, "ENDPOINT", environ)[1]:
        return _protocol(signal, environ)
    return Destination.FILES


def batch_limits(signal: Signal, environ: Mapping[str, str]) -> BatchLimits:
    """Return the limits of the batches of traces (OTEL_BSP_*) or logs (OTEL_BLRP_*), ours where not set.

    Raises:
        TelemetryConfigError: one is not a positive whole number, or a batch is larger than the queue.
    """
    prefix, default = _BATCH_PREFIX[signal], BatchLimits()
    delay = _positive(f"{prefix}_SCHEDULE_DELAY", round(default.delay * 1000), environ)
    queue = _positive(f"{prefix}_MAX_QUEUE_SIZE", default.queue_size, environ)
    batch = _positive(f"{prefix}_MAX_EXPORT_BATCH_SIZE", min(default.batch_size, queue), environ)
    if batch > queue:
        raise TelemetryConfigError(f"{prefix}_MAX_EXPORT_BATCH_SIZE={batch} is larger than the queue of {queue}")
    return BatchLimits(queue, batch, delay / 1000)


def metric_interval(environ: Mapping[str, str]) -> int:
    """Return the milliseconds between two collections of the metrics (OTEL_METRIC_EXPORT_INTERVAL).

    Raises:
        TelemetryConfigError: it is not a positive whole number.
    """
    return _positive("OTEL_METRIC_EXPORT_INTERVAL", 60_000, environ)


def check_sampler(environ: Mapping[str, str]) -> None:
    """Check OTEL_TRACES_SAMPLER and its argument, which the SDK would quietly replace by its default.

    Raises:
        TelemetryConfigError: the sampler is unknown, or the ratio not a number from 0 to 1.
    """
    sampler = environ.get("OTEL_TRACES_SAMPLER", "").lower()
    if sampler and sampler not in _SAMPLERS:
        raise TelemetryConfigError(
            f"OTEL_TRACES_SAMPLER={sampler} is not supported: use {', '.join(sorted(_SAMPLERS))}"
        )
    argument = environ.get("OTEL_TRACES_SAMPLER_ARG", "").strip()
    if sampler in _RATIO_SAMPLERS and argument and not _is_ratio(argument):
        raise TelemetryConfigError(f"OTEL_TRACES_SAMPLER_ARG={argument} is not a number from 0 to 1")


def _otlp(signal: Signal, name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the variable that decides (the signal's own before the general one) and its value."""
    own, general = f"OTEL_EXPORTER_OTLP_{signal.upper()}_{name}", f"OTEL_EXPORTER_OTLP_{name}"
    variable = own if environ.get(own, "").strip() else general
    return variable, environ.get(variable, "").strip()


def _protocol(signal: Signal, environ: Mapping[str, str]) -> Destination:
    variable, protocol = _otlp(signal, "PROTOCOL", environ)
    if protocol and protocol not in _PROTOCOLS:
        raise TelemetryConfigError(f"{variable}={protocol} is not supported: use grpc or http/protobuf")
    return _PROTOCOLS[protocol or "grpc"]


def _positive(variable: str, default: int, environ: Mapping[str, str]) -> int:
    text = environ.get(variable, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise TelemetryConfigError(f"{variable}={text} is not a positive whole number")
    return int(text)


def _is_ratio(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False
