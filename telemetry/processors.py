"""What connects the SDK's providers with our batches and deliveries, one class per signal."""

from copy import copy

from opentelemetry.context import Context
from opentelemetry.sdk._logs import LogRecordProcessor, ReadableLogRecord, ReadWriteLogRecord
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

from telemetry.batching import Batcher
from telemetry.delivery import Delivery


class BatchedSpans(SpanProcessor):
    """Queues every sampled span when it ends."""

    def __init__(self, batcher: Batcher[ReadableSpan]) -> None:
        self._batcher = batcher

    def on_end(self, span: ReadableSpan) -> None:
        """Queue the span unless it was not sampled."""
        if span.context is not None and span.context.trace_flags.sampled:
            self._batcher.add(span)

    def shutdown(self) -> None:
        """Take no more spans; what is queued is still exported."""
        self._batcher.stop()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until what is queued was exported, no longer than the time limit."""
        return self._batcher.flush(timeout_millis / 1000)


class BatchedLogs(LogRecordProcessor):
    """Queues every log record as it is emitted."""

    def __init__(self, batcher: Batcher[ReadableLogRecord]) -> None:
        self._batcher = batcher

    def on_emit(self, log_record: ReadWriteLogRecord) -> None:
        """Queue the record without the context it came from, whose ids it has and whose rest is large."""
        record = copy(log_record.log_record)
        record.context = Context()
        self._batcher.add(
            ReadableLogRecord(
                log_record=record,
                resource=log_record.resource or Resource.get_empty(),
                instrumentation_scope=log_record.instrumentation_scope,
                limits=log_record.limits,
            )
        )

    def shutdown(self) -> None:
        """Take no more records; what is queued is still exported."""
        self._batcher.stop()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait until what is queued was exported, no longer than the time limit."""
        return self._batcher.flush(timeout_millis / 1000)


class DeliveredMetrics(MetricExporter):
    """Passes collections on to another exporter and reports when that stops or resumes working."""

    def __init__(self, exporter: MetricExporter, destination: str) -> None:
        super().__init__(exporter._preferred_temporality, exporter._preferred_aggregation)
        self._delivery = Delivery(exporter, destination)

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_kwargs: object
    ) -> MetricExportResult:
        """Export one collection."""
        delivered = self._delivery(metrics_data, timeout_millis=timeout_millis)
        return MetricExportResult.SUCCESS if delivered else MetricExportResult.FAILURE

    def force_flush(self, *_args: object, **_kwargs: object) -> bool:
        """Nothing is held back."""
        return True

    def shutdown(self, *_args: object, **_kwargs: object) -> None:
        """End the other exporter."""
        self._delivery.close()
