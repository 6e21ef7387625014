"""Spans and log records as the messages of OTLP JSON.

They are those of the library's encoder, field by field (a test compares the two). The library makes two objects of
every field and hashes the resource for every item, which takes several times as long.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from math import isfinite, isnan
from types import MappingProxyType
from typing import Any, Final, TypeVar

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import INVALID_SPAN_CONTEXT, Link, SpanContext, SpanKind, Status

from telemetry import otlp_messages as otlp

KINDS: Final = {kind: kind.value + 1 for kind in SpanKind}
"""OTLP has an unspecified kind before those of the API."""

UNSET: Final = otlp.Status()
"""How nearly all spans end."""

ORIGIN_KNOWN: Final = 0x100
ORIGIN_REMOTE: Final = 0x200
"""Flags of spans and links: whether the parent, or what is linked, belongs to another process."""

Item = TypeVar("Item", ReadableSpan, ReadableLogRecord)
Encoded = TypeVar("Encoded")
Groups = dict[Resource, dict[InstrumentationScope | None, list[Encoded]]]


def encode_spans(spans: Sequence[ReadableSpan]) -> otlp.TracesData:
    """Return spans below the process and the library that made them."""
    return otlp.TracesData(
        resource_spans=[
            otlp.ResourceSpans(
                resource=_resource(resource),
                scope_spans=[
                    otlp.ScopeSpans(scope=_scope(scope), spans=encoded, schema_url=_schema(scope))
                    for scope, encoded in scopes.items()
                ],
                schema_url=resource.schema_url,
            )
            for resource, scopes in _grouped(spans, _span).items()
        ]
    )


def encode_logs(records: Sequence[ReadableLogRecord]) -> otlp.LogsData:
    """Return log records below the process and the library that made them.

    Raises:
        TypeError: a body is nothing that OpenTelemetry can carry.
    """
    return otlp.LogsData(
        resource_logs=[
            otlp.ResourceLogs(
                resource=_resource(resource),
                scope_logs=[
                    otlp.ScopeLogs(scope=_scope(scope), log_records=encoded, schema_url=_schema(scope))
                    for scope, encoded in scopes.items()
                ],
                schema_url=resource.schema_url,
            )
            for resource, scopes in _grouped(records, _log_record).items()
        ]
    )


def _grouped(items: Sequence[Item], encode: Callable[[Item], Encoded]) -> Groups[Encoded]:
    """Encode items below their resource and scope; a run of the same looks them up once, for their hashes are slow."""
    groups: Groups[Encoded] = {}
    for _, run in groupby(items, lambda item: (id(item.resource), id(item.instrumentation_scope))):
        same = list(run)
        scopes = groups.setdefault(same[0].resource, {})
        scopes.setdefault(same[0].instrumentation_scope, []).extend(map(encode, same))
    return groups


def _resource(resource: Resource) -> otlp.Resource:
    return otlp.Resource(attributes=_attributes(resource.attributes))


def _scope(scope: InstrumentationScope | None) -> otlp.Scope:
    if scope is None:
        return otlp.Scope()
    return otlp.Scope(name=scope.name, version=scope.version or "", attributes=_attributes(scope.attributes))


def _schema(scope: InstrumentationScope | None) -> str:
    return scope.schema_url or "" if scope is not None else ""


def _span(span: ReadableSpan) -> otlp.Span:
    context, parent = span.context or INVALID_SPAN_CONTEXT, span.parent
    return otlp.Span(
        trace_id=f"{context.trace_id:032x}",
        span_id=f"{context.span_id:016x}",
        trace_state=context.trace_state.to_header() if context.trace_state else "",
        parent_span_id=f"{parent.span_id:016x}" if parent is not None else "",
        flags=_flags(parent),
        name=span.name,
        kind=KINDS[span.kind],
        start_time_unix_nano=str(span.start_time or ""),
        end_time_unix_nano=str(span.end_time or ""),
        attributes=_attributes(span.attributes),
        dropped_attributes_count=span.dropped_attributes,
        events=tuple(map(_event, span.events)),
        dropped_events_count=span.dropped_events,
        links=tuple(map(_link, span.links)),
        dropped_links_count=span.dropped_links,
        status=_status(span.status),
    )


def _event(event: Event) -> otlp.Event:
    return otlp.Event(
        time_unix_nano=str(event.timestamp or ""),
        name=event.name,
        attributes=_attributes(event.attributes),
        dropped_attributes_count=event.dropped_attributes,
    )


def _link(link: Link) -> otlp.Link:
    return otlp.Link(
        trace_id=f"{link.context.trace_id:032x}",
        span_id=f"{link.context.span_id:016x}",
        attributes=_attributes(link.attributes),
        dropped_attributes_count=link.dropped_attributes,
        flags=_flags(link.context),
    )


def _status(status: Status) -> otlp.Status:
    if status.is_unset:
        return UNSET
    return otlp.Status(message=status.description or "", code=status.status_code.value)


def _log_record(readable: ReadableLogRecord) -> otlp.LogRecord:
    record = readable.log_record
    return otlp.LogRecord(
        time_unix_nano=str(record.timestamp or ""),
        observed_time_unix_nano=str(record.observed_timestamp or ""),
        severity_number=record.severity_number.value if record.severity_number is not None else 0,
        severity_text=record.severity_text or "",
        body=_value(record.body),
        attributes=_attributes(record.attributes),
        dropped_attributes_count=readable.dropped_attributes,
        flags=int(record.trace_flags or 0),
        trace_id=f"{record.trace_id:032x}" if record.trace_id else "",
        span_id=f"{record.span_id:016x}" if record.span_id else "",
        event_name=record.event_name or "",
    )


def _flags(other: SpanContext | None) -> int:
    return ORIGIN_KNOWN | (ORIGIN_REMOTE if other is not None and other.is_remote else 0)


def _attributes(attributes: Mapping[str, Any] | None) -> list[otlp.KeyValue]:
    if not attributes:
        return []
    if isinstance(attributes, (MappingProxyType, BoundedAttributes)):
        attributes = attributes.copy()  # a plain dictionary, which is read several times as fast
    return [otlp.KeyValue(key=key, value=_value(value)) for key, value in attributes.items()]


def _value(value: Any) -> otlp.Value:  # noqa: ANN401, C901, PLR0911 - OTLP's AnyValue, one line a type
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if isfinite(value) else _special(value)}
    if isinstance(value, str):
        return {"stringValue": value}
    if value is None:
        return {}
    if isinstance(value, bytes):
        return {"bytesValue": b64encode(value).decode()}
    if isinstance(value, Sequence):
        return {"arrayValue": otlp.ArrayValue(values=[_value(item) for item in value])}
    if isinstance(value, Mapping):
        pairs = [otlp.KeyValue(key=str(key), value=_value(item)) for key, item in value.items()]
        return {"kvlistValue": otlp.KeyValueList(values=pairs)}
    raise TypeError(f"{type(value).__name__} is no type of OTLP")


def _special(value: float) -> str:
    """Return the name that protobuf's JSON mapping gives to what JSON has no number for."""
    if isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
