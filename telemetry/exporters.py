"""The exporter of each signal for each destination. OTLP clients are imported only where they are used.

The OTLP exporters read their endpoint, headers, time limit, compression and certificates from the standard
OTEL_EXPORTER_OTLP_* variables.
"""

from collections.abc import Callable
from typing import TypeVar

from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, LogRecordExporter
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricExporter
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter

from telemetry.environment import Destination, TelemetryConfigError
from telemetry.otlp_files import FileLogExporter, FileMetricExporter, FileSpanExporter
from telemetry.rotation import RotatingFile

# ruff: noqa: PLC0415 - importing gRPC and requests costs a process 0.2 s that file mode need not pay
ExporterT = TypeVar("ExporterT")


def span_exporter(destination: Destination, file: RotatingFile) -> SpanExporter:
    """Make the exporter of spans.

    Raises:
        TelemetryConfigError: an OTEL_EXPORTER_OTLP_* variable has a value that the exporter does not accept.
    """
    match destination:
        case Destination.GRPC:
            from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter

            return _made(GrpcExporter)
        case Destination.HTTP:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter

            return _made(HttpExporter)
        case Destination.CONSOLE:
            return ConsoleSpanExporter()
    return FileSpanExporter(file)


def log_exporter(destination: Destination, file: RotatingFile) -> LogRecordExporter:
    """Make the exporter of log events.

    Raises:
        TelemetryConfigError: an OTEL_EXPORTER_OTLP_* variable has a value that the exporter does not accept.
    """
    match destination:
        case Destination.GRPC:
            from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcExporter

            return _made(GrpcExporter)
        case Destination.HTTP:
            from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpExporter

            return _made(HttpExporter)
        case Destination.CONSOLE:
            return ConsoleLogRecordExporter()
    return FileLogExporter(file)


def metric_exporter(destination: Destination, file: RotatingFile) -> MetricExporter:
    """Make the exporter of metrics.

    Raises:
        TelemetryConfigError: an OTEL_EXPORTER_OTLP_* variable has a value that the exporter does not accept.
    """
    match destination:
        case Destination.GRPC:
            from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (
                OTLPMetricExporter as GrpcExporter,
            )

            return _made(GrpcExporter)
        case Destination.HTTP:
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import (
                OTLPMetricExporter as HttpExporter,
            )

            return _made(HttpExporter)
        case Destination.CONSOLE:
            return ConsoleMetricExporter()
    return FileMetricExporter(file)


def _made(exporter: Callable[[], ExporterT]) -> ExporterT:
    try:
        return exporter()
    except Exception as error:
        raise TelemetryConfigError(f"the OTLP exporter cannot be made: {error}") from error
