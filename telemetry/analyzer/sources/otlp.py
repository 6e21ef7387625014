"""OTLP JSON lines, as our exporter and the Collector's file exporter write them.

Only the fields needed are decoded; the attributes of a span stay raw bytes unless they are looked at. Lines of
logs, metrics and profiles are passed over: both exporters may share a folder, or a file, with them.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from telemetry.analyzer.loaded import LoadedSpans
from telemetry.analyzer.problems import ProblemKind, ProblemLog
from telemetry.analyzer.sources.files import find_files
from telemetry.analyzer.sources.ids import span_id, trace_id
from telemetry.analyzer.sources.lines import Line, read_lines
from telemetry.analyzer.table import MAX_TIME_NS, NO_FACTS, UNFINISHED, Facts, Kind, SpanRow, Status
from telemetry.stages import ROOTS, Attribute

TRACE_FILE_MARK: Final = ".json"
SERVICE_NAME: Final = "service.name"
ENUM_NUMBERS: Final = range(8)
"""More than OTLP has span kinds or statuses."""

_KINDS: Final = {"SPAN_KIND_SERVER": Kind.SERVER, "SPAN_KIND_CLIENT": Kind.CLIENT}
_STATUSES: Final = {"STATUS_CODE_OK": Status.OK, "STATUS_CODE_ERROR": Status.ERROR}
_ROOT_NAMES: Final = frozenset(map(str, ROOTS))


_ABSENT: Final = msgspec.Raw()


class _Struct(msgspec.Struct, rename="camel", gc=False):
    """Field names of OTLP JSON are in camel case."""


class _Value(_Struct):
    string_value: str | None = None


class _Attribute(_Struct):
    key: str = ""
    value: _Value | None = None


class _Status(_Struct):
    code: int | str = 0


class _Span(_Struct):
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str | None = None
    name: str = ""
    kind: int | str = 0
    start_time_unix_nano: int = 0
    end_time_unix_nano: int = 0
    status: _Status | None = None
    attributes: msgspec.Raw = msgspec.Raw(b"[]")


class _ScopeSpans(_Struct):
    spans: list[_Span] | None = None


class _Resource(_Struct):
    attributes: msgspec.Raw = msgspec.Raw(b"[]")


class _ResourceSpans(_Struct):
    resource: _Resource | None = None
    scope_spans: list[_ScopeSpans] | None = None


class _Batch(_Struct):
    resource_spans: list[_ResourceSpans] | None = None
    resource_logs: msgspec.Raw = _ABSENT
    resource_metrics: msgspec.Raw = _ABSENT
    resource_profiles: msgspec.Raw = _ABSENT

    @property
    def is_otlp(self) -> bool:
        """Whether this is a batch of any signal; other JSON is not."""
        others = (self.resource_logs, self.resource_metrics, self.resource_profiles)
        return self.resource_spans is not None or any(other is not _ABSENT for other in others)


# not strict: 64-bit numbers are strings in OTLP JSON, and plain numbers are taken too
_batches = msgspec.json.Decoder(_Batch, strict=False)
_attributes = msgspec.json.Decoder(list[_Attribute])

# what the decoder raises on hostile bytes: msgspec's own errors, invalid UTF-8, nesting without end
_UNDECODABLE: Final = (msgspec.MsgspecError, ValueError, RecursionError)


def load(source: str) -> LoadedSpans:
    """Read the spans of a file, a directory, a glob, or ``-`` for standard input.

    Raises:
        SourceFailed: there is nothing to read, or nothing that can be opened.
    """
    problems = ProblemLog()
    files = find_files(source, TRACE_FILE_MARK)
    rows: list[SpanRow] = []
    for line in read_lines(files, problems):
        rows += _rows_of(line, problems)
    return LoadedSpans.of(rows, problems, kind="otlp_json", name=source, files=len(files))


def _rows_of(line: Line, problems: ProblemLog) -> Iterator[SpanRow]:
    batch = _decoded(line, problems)
    for group in batch.resource_spans or ():
        service = _texts(group.resource.attributes).get(SERVICE_NAME) if group.resource else None
        for scope in group.scope_spans or ():
            for span in scope.spans or ():
                row = _row(span, service)
                if row is None:
                    problems.note(ProblemKind.UNUSABLE_SPAN, line.place)
                    continue
                if row.duration_ns == UNFINISHED:
                    problems.note(ProblemKind.NEGATIVE_DURATION, line.place)
                yield row


def _decoded(line: Line, problems: ProblemLog) -> _Batch:
    """Return what a line holds, an empty batch when that is nothing of OTLP."""
    try:
        batch = _batches.decode(line.text)
    except _UNDECODABLE:
        problems.note(ProblemKind.MALFORMED_LINE if line.ended else ProblemKind.TRUNCATED_LINE, line.place)
        return _Batch()
    if not batch.is_otlp:
        problems.note(ProblemKind.MALFORMED_LINE, line.place)
    return batch


def _row(span: _Span, service: str | None) -> SpanRow | None:
    """Return a span as a row, None when it cannot be used."""
    trace, identifier = trace_id(span.trace_id), span_id(span.span_id)
    start_ns, end_ns = span.start_time_unix_nano, span.end_time_unix_nano
    if not (trace and identifier and span.name and 0 < start_ns <= MAX_TIME_NS and 0 < end_ns <= MAX_TIME_NS):
        return None
    parent = span_id(span.parent_span_id) if span.parent_span_id else None
    status = _number(span.status.code, _STATUSES) if span.status else Status.UNSET
    looked_at = span.name in _ROOT_NAMES or status == Status.ERROR
    return SpanRow(
        trace,
        identifier,
        parent or "",
        span.name,
        _number(span.kind, _KINDS),
        start_ns,
        end_ns - start_ns if end_ns >= start_ns else UNFINISHED,
        status,
        service,
        _facts(_texts(span.attributes)) if looked_at else NO_FACTS,
    )


def _number(code: int | str, names: dict[str, Kind] | dict[str, Status]) -> int:
    """Return an enum as its number, 0 for one not known; OTLP JSON writes numbers, plain protobuf JSON names."""
    number = names.get(code, 0) if isinstance(code, str) else code
    return int(number) if number in ENUM_NUMBERS else 0


def _facts(texts: dict[str, str]) -> Facts:
    return Facts(texts.get(Attribute.SESSION_ID), texts.get(Attribute.VERDICT), texts.get(Attribute.ERROR_TYPE))


def _texts(attributes: msgspec.Raw) -> dict[str, str]:
    """Return the attributes that are text; what cannot be decoded has none."""
    try:
        decoded = _attributes.decode(attributes)
    except _UNDECODABLE:
        return {}
    return {
        each.key: each.value.string_value
        for each in decoded
        if each.value is not None and each.value.string_value is not None
    }
