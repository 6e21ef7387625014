"""Exporters that write OTLP JSON lines."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import json_format  # type: ignore[import-untyped]  # ships no types
from opentelemetry.context import Context
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, format_span_id, format_trace_id

from telemetry.otlp_files import FileMetricExporter, FileSpanExporter
from telemetry.rotation import RotatingFile
from telemetry.setup import Telemetry
from telemetry.timing_lines import TimingPoint, Value
from tests.telemetry import otlp_lines
from tests.telemetry.receivers import REQUESTS

SECOND = 10**9


def make_spans(count: int, note: str | float = "some text") -> Sequence[ReadableSpan]:
    """Return ended spans of one trace, one second each."""
    collected = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(collected))
    tracer = provider.get_tracer("test")
    for number in range(count):
        span = tracer.start_span(f"span {number}", Context(), SpanKind.SERVER, start_time=number * SECOND)
        span.set_attributes({"text": note, "whole": 7, "real": 0.5, "yes": True, "list": ["a", "b"]})
        span.set_status(StatusCode.ERROR, "went wrong")
        span.end((number + 1) * SECOND)
    return collected.get_finished_spans()


def make_metrics() -> MetricsData:
    """Return one collection of one counter."""
    reader = InMemoryMetricReader()
    MeterProvider([reader], shutdown_on_exit=False).get_meter("test").create_counter("things").add(3)
    collected = reader.get_metrics_data()
    assert collected is not None
    return collected


@pytest.fixture
def file(tmp_path: Path) -> RotatingFile:
    """Files of traces that hold some spans each."""
    return RotatingFile(tmp_path, "traces", 4000, 100)


def test_spans_have_the_form_of_the_collectors_file_exporter(file: RotatingFile, tmp_path: Path) -> None:
    """Ids are hexadecimal, enums integers, nanoseconds and whole numbers strings."""
    [span] = make_spans(1)
    assert FileSpanExporter(file).export([span]) is SpanExportResult.SUCCESS

    [written] = otlp_lines.spans(tmp_path)
    assert span.context is not None
    assert written["traceId"] == format_trace_id(span.context.trace_id)
    assert written["spanId"] == format_span_id(span.context.span_id)
    assert (written["kind"], written["status"]) == (2, {"code": 2, "message": "went wrong"})
    assert written["endTimeUnixNano"] == "1000000000"
    assert {pair["key"]: pair["value"] for pair in written["attributes"]} == {
        "text": {"stringValue": "some text"},
        "whole": {"intValue": "7"},
        "real": {"doubleValue": 0.5},
        "yes": {"boolValue": True},
        "list": {"arrayValue": {"values": [{"stringValue": "a"}, {"stringValue": "b"}]}},
    }


@pytest.mark.parametrize(("signal", "request_name"), [("traces", "trace"), ("logs", "logs"), ("metrics", "metrics")])
def test_lines_are_export_requests(
    signal: str, request_name: str, start: Callable[[], Telemetry], tmp_path: Path
) -> None:
    """Every line of every signal is the protobuf message of an OTLP request, without an unknown field."""
    telemetry = start()
    with telemetry.providers.tracer.get_tracer("test").start_as_current_span("span", Context()):
        fields: dict[str, Value] = {"session_id": "abc", "duration": 0.5, "size": 7}
        telemetry.timing_log.emit(TimingPoint.RECEIVE_COMPLETE, fields, at_ns=SECOND, context=Context())
    telemetry.providers.meter.get_meter("test").create_histogram("durations", unit="s").record(0.5)
    telemetry.flush()

    [message] = otlp_lines.messages(tmp_path / "traces", signal)
    parsed = json_format.ParseDict(otlp_lines.with_base64_ids(message), REQUESTS[request_name]())
    assert parsed.ByteSize() > 0


def test_a_batch_larger_than_a_file_is_split(file: RotatingFile, tmp_path: Path) -> None:
    """Every span of a large batch is written, in lines that fit."""
    assert FileSpanExporter(file).export(make_spans(50)) is SpanExportResult.SUCCESS

    assert [span["name"] for span in otlp_lines.spans(tmp_path)] == [f"span {number}" for number in range(50)]
    assert max(path.stat().st_size for path in tmp_path.glob("*.jsonl")) <= 4000


def test_a_span_larger_than_a_file_fails(file: RotatingFile) -> None:
    """What can never be written is a failure, not an exception."""
    assert FileSpanExporter(file).export(make_spans(1, "x" * 4000)) is SpanExportResult.FAILURE


def test_text_that_is_no_unicode_costs_no_span(file: RotatingFile, tmp_path: Path) -> None:
    """A lone surrogate, as header bytes that are not UTF-8 give, is replaced; the line stays valid."""
    assert FileSpanExporter(file).export(make_spans(2, "caf\udce9")) is SpanExportResult.SUCCESS

    assert [otlp_lines.attributes(span)["text"] for span in otlp_lines.spans(tmp_path)] == ["caf?", "caf?"]


def test_numbers_of_other_libraries_cost_no_span(file: RotatingFile, tmp_path: Path) -> None:
    """A number that numpy made is written as the number that it is."""
    [span] = make_spans(1, np.float64(0.25))
    assert FileSpanExporter(file).export([span]) is SpanExportResult.SUCCESS

    assert [otlp_lines.attributes(span)["text"] for span in otlp_lines.spans(tmp_path)] == [0.25]


@pytest.mark.parametrize("exporter", [FileSpanExporter, FileMetricExporter])
def test_an_unwritable_folder_is_a_failure(exporter: Any, tmp_path: Path) -> None:
    """Exporting never raises; as soon as the folder can be written it succeeds."""
    folder = tmp_path / "traces"
    folder.write_text("a file where the folder should be")
    writing = exporter(RotatingFile(folder, "any", 4000, 100))
    data = make_metrics() if exporter is FileMetricExporter else make_spans(1)
    before = writing.export(data)
    folder.unlink()
    after = writing.export(data)

    assert (before.name, after.name) == ("FAILURE", "SUCCESS")


def test_metrics_are_written_one_collection_a_line(tmp_path: Path) -> None:
    """A collection of metrics is one line."""
    exporter = FileMetricExporter(RotatingFile(tmp_path, "metrics", 4000, 100))
    assert exporter.export(make_metrics()) is MetricExportResult.SUCCESS

    [metric] = otlp_lines.metrics(tmp_path)
    assert (metric["name"], metric["sum"]["dataPoints"][0]["asInt"]) == ("things", "3")


def test_lines_are_compact_json(file: RotatingFile, tmp_path: Path) -> None:
    """A span costs a few hundred bytes: no spaces, no empty fields."""
    FileSpanExporter(file).export(make_spans(1))

    [line] = (tmp_path / "traces.jsonl").read_text().splitlines()
    assert line == json.dumps(json.loads(line), separators=(",", ":"), ensure_ascii=False)
