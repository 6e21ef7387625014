"""The OpenTelemetry providers of one process, made after its configuration and the OTEL_* variables."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Final

from opentelemetry import _logs, metrics, trace
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk.environment_variables import OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, Tracer, TracerProvider, sampling
from opentelemetry.util.types import AnyValue

from telemetry import exporters
from telemetry.batching import Batcher, Item
from telemetry.config import DISTRIBUTION, TelemetryConfig
from telemetry.delivery import Delivery, Exporter, demote_exporter_logs
from telemetry.environment import (
    Destination,
    Signal,
    batch_limits,
    check_sampler,
    destination,
    metric_interval,
    sdk_disabled,
)
from telemetry.leaves import make_spans
from telemetry.processors import BatchedLogs, BatchedSpans, DeliveredMetrics
from telemetry.rotation import RotatingFile
from telemetry.siblings import make_siblings
from telemetry.spans import INSTRUMENTATION_SCOPE

DURATION_BUCKETS: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
    *(15.0, 20.0, 30.0, 45.0, 60.0, 120.0),
)
"""Upper bounds, in seconds, of histograms of durations: first those that the semantic conventions give for
``http.server.request.duration``, then what a slow upload and a queue may add to them."""

AnyBatcher = Batcher[ReadableSpan] | Batcher[ReadableLogRecord]


@dataclass(frozen=True, slots=True)
class Providers:
    """The three providers, and the batchers behind the first two."""

    tracer: trace.TracerProvider
    logger: _logs.LoggerProvider
    meter: metrics.MeterProvider
    batchers: Sequence[AnyBatcher] = ()


def make_providers(config: TelemetryConfig) -> Providers:
    """Make the providers; ones that do nothing when OTEL_SDK_DISABLED is set.

    Raises:
        TelemetryConfigError: an OTEL_* variable has a value we do not know.
    """
    if sdk_disabled(os.environ):
        return Providers(trace.NoOpTracerProvider(), _logs.NoOpLoggerProvider(), metrics.NoOpMeterProvider())
    check_sampler(os.environ)
    demote_exporter_logs()
    make_spans.register(Tracer, make_siblings)
    resource = _resource(config)
    tracer_provider, spans = _tracer_provider(config, resource)
    logger_provider, logs = _logger_provider(config, resource)
    meter_provider = _meter_provider(config, resource)
    batchers: list[AnyBatcher] = [*spans, *logs]
    _count_lost(meter_provider, batchers)
    return Providers(tracer_provider, logger_provider, meter_provider, batchers)


def _tracer_provider(config: TelemetryConfig, resource: Resource) -> tuple[TracerProvider, list[Batcher[ReadableSpan]]]:
    sampler = None if os.environ.get("OTEL_TRACES_SAMPLER") else sampling.DEFAULT_ON
    provider = TracerProvider(sampler, resource, shutdown_on_exit=False)
    batchers: list[Batcher[ReadableSpan]] = _batchers(Signal.TRACES, exporters.span_exporter, config)
    for batcher in batchers:
        provider.add_span_processor(BatchedSpans(batcher))
    return provider, batchers


def _logger_provider(
    config: TelemetryConfig, resource: Resource
) -> tuple[LoggerProvider, list[Batcher[ReadableLogRecord]]]:
    provider = LoggerProvider(resource, shutdown_on_exit=False)
    batchers: list[Batcher[ReadableLogRecord]] = _batchers(Signal.LOGS, exporters.log_exporter, config)
    for batcher in batchers:
        provider.add_log_record_processor(BatchedLogs(batcher))
    return provider, batchers


def _batchers(
    signal: Signal, make_exporter: Callable[[Destination, RotatingFile], Exporter], config: TelemetryConfig
) -> list[Batcher[Item]]:
    """Make the batcher of a signal; none when the signal goes nowhere."""
    where = destination(signal, os.environ)
    if where is Destination.NOWHERE:
        return []
    delivery = Delivery(make_exporter(where, _file(config, signal)), f"{signal} ({where.value})")
    return [Batcher[Item](signal, delivery, batch_limits(signal, os.environ))]


def _file(config: TelemetryConfig, signal: Signal) -> RotatingFile:
    return RotatingFile(config.traces_dir, signal, config.max_file_bytes, config.max_files)


def _meter_provider(config: TelemetryConfig, resource: Resource) -> MeterProvider:
    where = destination(Signal.METRICS, os.environ)
    readers = []
    if where is not Destination.NOWHERE:
        exporter = exporters.metric_exporter(where, _file(config, Signal.METRICS))
        delivered = DeliveredMetrics(exporter, f"{Signal.METRICS} ({where.value})")
        readers.append(PeriodicExportingMetricReader(delivered, metric_interval(os.environ)))
    return MeterProvider(readers, resource, shutdown_on_exit=False, views=_views())


def _views() -> list[View]:
    """Return the buckets of durations, unless exponential histograms were asked for: they need none."""
    if os.environ.get(OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION, "").startswith("base2"):
        return []
    buckets = ExplicitBucketHistogramAggregation(DURATION_BUCKETS)
    return [View(metrics.Histogram, instrument_unit="s", aggregation=buckets)]


def _count_lost(meter_provider: MeterProvider, batchers: Sequence[AnyBatcher]) -> None:
    """Observe what each batcher has lost, by signal and reason."""

    def observe(_options: CallbackOptions) -> Iterable[Observation]:
        for batcher in batchers:
            for reason, count in batcher.lost().items():
                yield Observation(count, {"liveness.telemetry.signal": batcher.name, "error.type": reason})

    meter_provider.get_meter(INSTRUMENTATION_SCOPE).create_observable_counter(
        "liveness.telemetry.lost", [observe], unit="{item}", description="Spans and log events never exported"
    )


def _resource(config: TelemetryConfig) -> Resource:
    """Describe this process; OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override what we say."""
    ours: dict[str, AnyValue] = {
        "service.name": config.service_name,
        "service.version": metadata.version(DISTRIBUTION),
        "process.pid": os.getpid(),
    }
    return Resource.create({**ours, **OTELResourceDetector().detect().attributes})
