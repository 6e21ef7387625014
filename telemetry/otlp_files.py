"""Exporters that write OTLP JSON, one request a line, into files that are bounded in size.

The lines are what the Collector's file exporter writes: hexadecimal ids, enums as integers, nanoseconds as
strings.
"""

import json
import logging
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec
from opentelemetry.exporter.otlp.json.common.metrics_encoder import encode_metrics
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from telemetry.otlp_json import encode_logs, encode_spans
from telemetry.rotation import RotatingFile

Item = TypeVar("Item")

_logger = logging.getLogger(__name__)


class OtlpFile(Generic[Item]):
    """Writes batches of one signal as lines; a failure is logged and returned, never raised."""

    def __init__(self, file: RotatingFile, encode: Callable[[Sequence[Item]], object]) -> None:
        self._file = file
        self._encode = encode

    def write(self, batch: Sequence[Item]) -> bool:
        """Write a batch as one line, or as several when one would not fit into a file."""
        try:
            for line in self._lines(batch):
                self._file.append(line)
        except (OSError, ValueError) as error:
            _logger.warning("%s: %s", self._file.path, error)
            return False
        return True

    def _lines(self, batch: Sequence[Item]) -> list[bytes]:
        line = _json_line(self._encode(batch))
        if len(line) <= self._file.max_file_bytes or len(batch) == 1:
            return [line]
        middle = len(batch) // 2
        return self._lines(batch[:middle]) + self._lines(batch[middle:])


class FileSpanExporter(SpanExporter):
    """Writes spans."""

    def __init__(self, file: RotatingFile) -> None:
        self._file = OtlpFile[ReadableSpan](file, encode_spans)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write a batch; FAILURE when the folder or the disk does not take it."""
        return SpanExportResult.SUCCESS if self._file.write(spans) else SpanExportResult.FAILURE


class FileLogExporter(LogRecordExporter):
    """Writes log events."""

    def __init__(self, file: RotatingFile) -> None:
        self._file = OtlpFile[ReadableLogRecord](file, encode_logs)

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Write a batch; FAILURE when the folder or the disk does not take it."""
        return LogRecordExportResult.SUCCESS if self._file.write(batch) else LogRecordExportResult.FAILURE

    def shutdown(self) -> None:
        """Nothing is held open."""

    def force_flush(self, *_args: object, **_kwargs: object) -> bool:
        """Nothing is held back."""
        return True


class FileMetricExporter(MetricExporter):
    """Writes metrics."""

    def __init__(self, file: RotatingFile) -> None:
        super().__init__()
        self._file = OtlpFile[MetricsData](file, lambda collections: encode_metrics(collections[0]).to_dict())

    def export(self, metrics_data: MetricsData, *_args: object, **_kwargs: object) -> MetricExportResult:
        """Write one collection; FAILURE when the folder or the disk does not take it."""
        return MetricExportResult.SUCCESS if self._file.write([metrics_data]) else MetricExportResult.FAILURE

    def shutdown(self, *_args: object, **_kwargs: object) -> None:
        """Nothing is held open."""

    def force_flush(self, *_args: object, **_kwargs: object) -> bool:
        """Nothing is held back."""
        return True


def _plain(value: object) -> float | str:
    """Return a number or text of another library's type, such as numpy's, as one of Python's own."""
    return float(value) if isinstance(value, float) else str(value)


def _json_line(message: object) -> bytes:
    try:
        return msgspec.json.encode(message, enc_hook=_plain) + b"\n"
    except UnicodeEncodeError:  # a lone surrogate, as in a header that was not UTF-8: costs that character only
        return json.dumps(msgspec.to_builtins(message), ensure_ascii=False).encode(errors="replace") + b"\n"
