"""Our encoding of OTLP JSON: the messages that the library's encoder makes, whatever they hold."""

from collections.abc import Sequence
from itertools import count

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.json.common._log_encoder import encode_logs as library_logs
from opentelemetry.exporter.otlp.json.common.trace_encoder import encode_spans as library_spans
from opentelemetry.sdk._logs import (
    LogRecordDroppedAttributesWarning,
    LogRecordLimits,
    ReadableLogRecord,
    ReadWriteLogRecord,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, Tracer, TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.span import TraceFlags, TraceState

from telemetry.otlp_json import encode_logs, encode_spans
from telemetry.stages import Attribute, Stage

LIMITS = SpanLimits(max_span_attributes=3, max_events=2, max_links=2, max_event_attributes=1, max_link_attributes=1)

texts = st.text(max_size=8)
times = st.integers(0, 2**63 - 1)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts | st.binary(max_size=8)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6
)
attributes = st.none() | st.dictionaries(texts.filter(bool) | st.sampled_from(Attribute), values, max_size=5)
resources = st.builds(
    Resource, st.dictionaries(texts, scalars, max_size=3), st.sampled_from(["", "https://example.org/1"])
)
schemas = st.sampled_from([None, "", "https://example.org/2"])
scopes = st.none() | st.builds(InstrumentationScope, texts, st.none() | texts, schemas, attributes)
contexts = st.builds(
    SpanContext,
    trace_id=st.integers(0, 2**128 - 1),
    span_id=st.integers(0, 2**64 - 1),
    is_remote=st.booleans(),
    trace_flags=st.sampled_from([TraceFlags(0), TraceFlags(1)]),
    trace_state=st.sampled_from([None, TraceState([("a", "1")]), TraceState([("a", "1"), ("b", "x y")])]),
)
in_a_span = st.builds(lambda context: set_span_in_context(NonRecordingSpan(context), Context()), contexts)
links = st.lists(st.builds(Link, contexts, attributes), max_size=3)
events = st.lists(st.tuples(texts, attributes, times), max_size=3)
statuses = st.builds(Status, st.just(StatusCode.ERROR), st.none() | texts) | st.builds(
    Status, st.sampled_from([StatusCode.UNSET, StatusCode.OK])
)
log_records = st.builds(
    LogRecord,
    timestamp=st.none() | times,
    observed_timestamp=times,
    context=in_a_span,
    severity_text=st.none() | texts,
    severity_number=st.none() | st.sampled_from(SeverityNumber),
    body=values,
    attributes=attributes,
    event_name=st.none() | texts,
)


class CountingIds(IdGenerator):
    """Ids that are the same each time hypothesis tries an example."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def generate_span_id(self) -> int:
        """Return the next number."""
        return next(self._numbers)

    def generate_trace_id(self) -> int:
        """Return the next number."""
        return next(self._numbers)


@st.composite
def tracers(draw: st.DrawFn) -> Tracer:
    """Return a tracer of a process and a library of its own, with limits that some spans exceed."""
    provider = TracerProvider(
        ALWAYS_ON, draw(resources), id_generator=CountingIds(), span_limits=LIMITS, shutdown_on_exit=False
    )
    tracer = provider.get_tracer(draw(texts), draw(st.none() | texts), draw(schemas), draw(attributes))
    assert isinstance(tracer, Tracer)
    return tracer


@st.composite
def spans(draw: st.DrawFn, tracer: Tracer) -> ReadableSpan:
    """Return a span, ended or not."""
    name, kind = draw(texts | st.sampled_from(Stage)), draw(st.sampled_from(SpanKind))
    parent = draw(st.just(Context()) | in_a_span)
    span = tracer.start_span(name, parent, kind, draw(attributes), draw(links), draw(times))
    for event in draw(events):
        span.add_event(*event)
    span.set_status(draw(statuses))
    if draw(st.booleans()):
        span.end(draw(times))
    assert isinstance(span, Span)
    return span


@st.composite
def span_batches(draw: st.DrawFn) -> Sequence[ReadableSpan]:
    """Return spans of several processes and libraries, mixed."""
    makers = draw(st.lists(tracers(), min_size=1, max_size=3))
    return draw(st.lists(st.sampled_from(makers).flatmap(spans), max_size=6))


@st.composite
def log_batches(draw: st.DrawFn) -> Sequence[ReadableLogRecord]:
    """Return log records of several processes and libraries, mixed, as the SDK hands them on."""
    origins = draw(st.lists(st.tuples(resources, scopes), min_size=1, max_size=3))
    emitted = draw(st.lists(st.tuples(log_records, st.sampled_from(origins)), max_size=6))
    return [handed_on(ReadWriteLogRecord(record, *origin)) for record, origin in emitted]


def handed_on(record: ReadWriteLogRecord) -> ReadableLogRecord:
    """Return a record as exporters get it."""
    assert record.resource is not None
    return ReadableLogRecord(record.log_record, record.resource, record.instrumentation_scope, record.limits)


def written(message: object) -> object:
    """Return a message as its readers see it."""
    return msgspec.json.decode(msgspec.json.encode(message))


@settings(deadline=None)
@given(span_batches())
def test_spans_are_encoded_as_the_library_does(batch: Sequence[ReadableSpan]) -> None:
    """Every field of every span, whatever it holds, below the same resources and scopes."""
    assert written(encode_spans(batch)) == library_spans(batch).to_dict()


@settings(deadline=None)
@given(log_batches())
def test_log_records_are_encoded_as_the_library_does(batch: Sequence[ReadableLogRecord]) -> None:
    """Every field of every record, whatever it holds, below the same resources and scopes."""
    assert written(encode_logs(batch)) == library_logs(batch).to_dict()


def test_a_span_that_knows_next_to_nothing_is_encoded_as_the_library_does() -> None:
    """Neither context nor times nor scope."""
    span = ReadableSpan("bare")
    assert written(encode_spans([span])) == library_spans([span]).to_dict()


def test_dropped_attributes_of_a_log_record_are_counted() -> None:
    """As the library does."""
    with pytest.warns(LogRecordDroppedAttributesWarning):
        emitted = ReadWriteLogRecord(
            LogRecord(attributes={"a": 1, "b": 2}), limits=LogRecordLimits(max_log_record_attributes=1)
        )
    record = handed_on(emitted)
    assert written(encode_logs([record])) == library_logs([record]).to_dict()


def test_numbers_that_json_does_not_have_are_named() -> None:
    """Not a number and the infinities are written as protobuf's JSON mapping says, and stay apart."""
    span = ReadableSpan("odd", attributes={"odd": (float("nan"), float("inf"), float("-inf"))})
    [[attribute]] = [
        span.attributes for group in encode_spans([span]).resource_spans for span in group.scope_spans[0].spans
    ]
    names = [value["doubleValue"] for value in msgspec.to_builtins(attribute.value)["arrayValue"]["values"]]
    assert names == ["NaN", "Infinity", "-Infinity"]


def test_a_body_that_cannot_be_carried_is_an_error() -> None:
    """Nothing is written in the place of what has no type in OTLP."""
    record = ReadableLogRecord(LogRecord(body=object()), Resource({}))  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="object"):
        encode_logs([record])
