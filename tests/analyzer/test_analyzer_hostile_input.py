"""No input whatsoever ends in a traceback, and good lines among bad ones are not lost."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from telemetry.analyzer.loaded import LoadedSpans
from telemetry.analyzer.render.json_report import render_json
from telemetry.analyzer.render.text import render_text
from telemetry.analyzer.render.verdict import render_verdict
from telemetry.analyzer.sources import otlp, performance_log
from telemetry.analyzer.tree import Style, render_tree
from telemetry.stages import Stage
from tests.analyzer.by_hand import Json, check, line, logged_check, report_of, span

SOURCES = {"otlp": otlp.load, "log": performance_log.load}


def everything_about(loaded: LoadedSpans) -> None:
    """Analyse spans in every way there is, and render every result."""
    report = report_of(loaded)
    texts = [render_text(report), render_verdict(report, colour=True), render_json(report)]
    texts += [render_tree(loaded.table, trace, Style()) for trace in range(len(loaded.table.trace.values))]
    assert all(text.isprintable() for text in texts[0].splitlines())
    for text in texts:
        text.encode()


def survive(source: str, content: bytes) -> LoadedSpans:
    """Read bytes as a file of a kind, analyse and render them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        path.write_bytes(content)
        loaded = SOURCES[source](str(path))
        everything_about(loaded)
        return loaded


def mutate(content: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    """Overwrite bytes at places that are taken modulo the length."""
    changed = bytearray(content)
    for place, replacement in changes:
        at = place % len(changed)
        changed[at : at + len(replacement)] = replacement
    return bytes(changed)


MUTATIONS = st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=3)), min_size=1, max_size=12)
GOOD = {
    "otlp": line(check(1)) + line(check(2, error="x", start=3)),
    "log": "".join([*logged_check("a"), *logged_check("b", start=1)]).encode(),
}


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400))
@example(content=b"\x1f\x8b")
@example(content=b"\x00" * 100)
@example(content=b"\xef\xbb\xbf{}\r\n\r\n")
@example(content=b"{" * 5000 + b"\n" + b"[" * 200_000)
def test_any_bytes_are_survived(source: str, content: bytes) -> None:
    """Random bytes, and some that are known to be nasty."""
    survive(source, content)


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=250, deadline=None)
@given(changes=MUTATIONS)
def test_good_lines_with_bytes_changed_are_survived(source: str, changes: list[tuple[int, bytes]]) -> None:
    """Almost right is nastier than random."""
    survive(source, mutate(GOOD[source], changes))


@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=100, deadline=None)
@given(rubbish=st.binary(max_size=200).filter(lambda text: b"\n" not in text and not text.startswith(b"\x1f\x8b")))
def test_rubbish_between_good_lines_costs_nothing(source: str, rubbish: bytes) -> None:
    """The sessions of the good lines are all found."""
    good = GOOD[source].splitlines(keepends=True)

    loaded = survive(source, b"".join(line + rubbish + b"\n" for line in good))

    assert loaded.source.spans == survive(source, GOOD[source]).source.spans


NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.integers(0, 3), st.sampled_from([2**63 - 1, 2**63, 2**62]))
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | NUMBERS.map(str) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
FIELDS = st.sampled_from(
    [
        "traceId",
        "spanId",
        "parentSpanId",
        "name",
        "kind",
        "startTimeUnixNano",
        "endTimeUnixNano",
        "status",
        "attributes",
    ]
)


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 7), FIELDS, VALUES), max_size=6))
def test_any_value_in_any_field_is_survived(changes: list[tuple[int, str, Any]]) -> None:
    """JSON that is well formed and makes no sense."""
    spans = [*check(1), *check(2)]
    for place, field, value in changes:
        spans[place][field] = value

    survive("otlp", line(spans))


EXTREMES = [1, 1000, 2**53, 2**62, 2**63 - 2, 2**63 - 1]


@pytest.mark.parametrize("start", EXTREMES)
@pytest.mark.parametrize("end", EXTREMES)
def test_extreme_times_are_survived(start: int, end: int) -> None:
    """From 1970 to 2262, and durations of centuries."""
    spans: list[Json] = [
        span(Stage.REQUEST, 0, 1, identifier=1, startTimeUnixNano=str(start), endTimeUnixNano=str(end)),
        span(Stage.ANALYZE_VIDEO, 0, 1, identifier=2, parent=1, startTimeUnixNano=str(end), endTimeUnixNano=str(start)),
        span(Stage.OPEN_VIDEO, 0, 1, identifier=3, parent=2),
    ]

    survive("otlp", line(spans) + line(check(9)))


LOG_LINES = [text.encode() for text in [*logged_check("a"), *logged_check("b", start=1), *logged_check("a", start=1.5)]]


@settings(max_examples=150, deadline=None)
@given(places=st.lists(st.integers(0, len(LOG_LINES) - 1), max_size=40))
def test_log_lines_in_any_order_and_number_are_survived(places: list[int]) -> None:
    """Lines lost, repeated and shuffled; no line is in two sessions."""
    loaded = survive("log", b"".join(LOG_LINES[place] for place in places))

    ends = sum(b"VIDEO_LIVENESS_COMPLETE" in LOG_LINES[place] for place in places)
    assert report_of(loaded).sessions.completed == ends
