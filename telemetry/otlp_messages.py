"""The messages of OTLP JSON that carry spans and log records, as they are written.

Ids are hexadecimal, 64-bit numbers are strings and enums numbers. A field that holds its default is left out, so 0 and
the empty string stand for what is not known.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

Value = Mapping[str, Any]
"""A value below the name of its type, such as ``{"intValue": "7"}``; no value is ``{}``."""


class Message(Struct, rename="camel", omit_defaults=True, gc=False):
    """A message whose fields are left out where they hold their default; free of cycles, so not the collector's."""


class KeyValue(Message, kw_only=True):
    """An attribute."""

    key: str = ""
    value: Value


class ArrayValue(Message):
    """The value of a sequence."""

    values: list[Value] = []


class KeyValueList(Message):
    """The value of a mapping."""

    values: list[KeyValue] = []


class Resource(Message):
    """The process that items come from."""

    attributes: list[KeyValue] = []


class Scope(Message):
    """The library that made items."""

    name: str = ""
    version: str = ""
    attributes: list[KeyValue] = []


class Status(Message):
    """How a span ended."""

    message: str = ""
    code: int = 0


class Event(Message):
    """Something that happened in a span."""

    time_unix_nano: str = ""
    name: str = ""
    attributes: list[KeyValue] = []
    dropped_attributes_count: int = 0


class Link(Message):
    """Another span that a span has to do with."""

    trace_id: str
    span_id: str
    attributes: list[KeyValue] = []
    dropped_attributes_count: int = 0
    flags: int = 0


class Span(Message, kw_only=True):
    """A span."""

    trace_id: str
    span_id: str
    trace_state: str = ""
    parent_span_id: str = ""
    flags: int = 0
    name: str = ""
    kind: int = 0
    start_time_unix_nano: str = ""
    end_time_unix_nano: str = ""
    attributes: list[KeyValue] = []
    dropped_attributes_count: int = 0
    events: Sequence[Event] = ()
    dropped_events_count: int = 0
    links: Sequence[Link] = ()
    dropped_links_count: int = 0
    status: Status


class LogRecord(Message, kw_only=True):
    """A log record."""

    time_unix_nano: str = ""
    observed_time_unix_nano: str = ""
    severity_number: int = 0
    severity_text: str = ""
    body: Value
    attributes: list[KeyValue] = []
    dropped_attributes_count: int = 0
    flags: int = 0
    trace_id: str = ""
    span_id: str = ""
    event_name: str = ""


class ScopeSpans(Message):
    """The spans of one library."""

    scope: Scope
    spans: list[Span]
    schema_url: str = ""


class ScopeLogs(Message):
    """The log records of one library."""

    scope: Scope
    log_records: list[LogRecord]
    schema_url: str = ""


class ResourceSpans(Message):
    """The spans of one process."""

    resource: Resource
    scope_spans: list[ScopeSpans]
    schema_url: str = ""


class ResourceLogs(Message):
    """The log records of one process."""

    resource: Resource
    scope_logs: list[ScopeLogs]
    schema_url: str = ""


class TracesData(Message):
    """A batch of spans."""

    resource_spans: list[ResourceSpans] = []


class LogsData(Message):
    """A batch of log records."""

    resource_logs: list[ResourceLogs] = []
