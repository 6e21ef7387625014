"""Reading OTLP JSON lines: every form they come in, and everything that can be wrong with them."""

import gzip
import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from telemetry.analyzer.errors import SourceFailed
from telemetry.analyzer.sources import otlp
from telemetry.analyzer.table import UNFINISHED
from telemetry.stages import Stage
from tests.analyzer.by_hand import BEGIN, SECOND, check, line, problems_of, report_of, report_on_traces, span, traces


def test_columns_hold_what_the_span_says(tmp_path: Path) -> None:
    """Ids, names, times, status and the attributes kept come out as they went in."""
    table = otlp.load(str(traces(tmp_path / "t.jsonl", check(7, total=2.5, error="client_gone")))).table

    root = len(table) - 1
    assert (table.trace.text(root), int(table.span[root]), int(table.parent[0])) == (f"{7:032x}", 1, 1)
    assert (table.name.text(root), int(table.kind[root]), int(table.status[root])) == (Stage.REQUEST, 2, 2)
    assert (int(table.start_ns[root]), int(table.duration_ns[root])) == (BEGIN, 2.5 * SECOND)
    assert (table.session.text(root), table.error_type.text(root)) == ("session-7", "client_gone")
    assert (table.service.text(root), table.verdict.text(root)) == ("video-liveness", None)


@pytest.mark.parametrize("name", ["t.jsonl", "t.jsonl.gz", "gzip-without-the-name.jsonl"])
def test_plain_and_gzip_files_read_the_same(tmp_path: Path, name: str) -> None:
    """Gzip is known by its first bytes, not by the name of the file."""
    content = line(check(1))
    (tmp_path / name).write_bytes(gzip.compress(content) if "gz" in name else content)

    assert len(otlp.load(str(tmp_path / name)).table) == 4


def test_directory_is_read_with_rotated_files_and_without_strangers(tmp_path: Path) -> None:
    """Files count that have .json in their names; hidden files, folders and notes do not."""
    for number, name in enumerate(["traces.jsonl", "traces.000001.jsonl", "old.json.gz", ".hidden.jsonl", "notes.txt"]):
        traces(tmp_path / name, check(number + 1))
    (tmp_path / "folder.json").mkdir()

    loaded = otlp.load(str(tmp_path))

    assert (loaded.source.files, loaded.source.spans) == (3, 12)
    assert problems_of(report_of(loaded)) == {}


def test_glob_finds_files_in_folders(tmp_path: Path) -> None:
    """``**`` reaches into folders."""
    for number in (1, 2):
        folder = tmp_path / f"replica-{number}"
        folder.mkdir()
        traces(folder / "t.jsonl", check(number))

    assert otlp.load(str(tmp_path / "**" / "*.jsonl")).source.files == 2


def test_standard_input_is_read(tmp_path: Path) -> None:
    """``-`` reads a pipe."""
    program = "from telemetry.analyzer.sources import otlp; print(len(otlp.load('-').table))"

    run = subprocess.run([sys.executable, "-c", program], input=line(check(1)), capture_output=True, check=True)

    assert run.stdout.strip() == b"4"


def test_lines_of_other_signals_are_passed_over(tmp_path: Path) -> None:
    """Logs, metrics and profiles share folders with traces; they are not malformed."""
    others = [{"resourceLogs": []}, {"resourceMetrics": [{"scopeMetrics": []}]}, {"resourceProfiles": []}]
    text = b"".join(json.dumps(other).encode() + b"\n" for other in others)
    (tmp_path / "t.jsonl").write_bytes(text + line(check(1)) + b"\n\n")

    report = report_on_traces(tmp_path / "t.jsonl")

    assert (report.sessions.completed, report.problems) == (1, [])


@pytest.mark.parametrize(
    "change",
    [
        {"traceId": "0AF7651916CD43DD8448EB211C80319C"},
        {"traceId": b64encode(bytes(range(16))).decode(), "spanId": b64encode(bytes(range(8))).decode()},
        {"startTimeUnixNano": BEGIN, "endTimeUnixNano": BEGIN + SECOND},
        {"kind": "SPAN_KIND_SERVER", "status": {"code": "STATUS_CODE_OK"}},
        {"kind": "SPAN_KIND_NEW", "status": {"code": 77}},
        {"parentSpanId": "", "status": None, "attributes": None},
        {"parentSpanId": None, "flags": 256, "traceState": "a=b", "links": [], "droppedEventsCount": 1},
    ],
)
def test_other_writers_are_understood(tmp_path: Path, change: dict[str, Any]) -> None:
    """Upper-case and base64 ids, plain numbers, enum names, nulls and fields not needed are all taken."""
    root = span(Stage.REQUEST, 0, 1, identifier=1) | change

    report = report_on_traces(traces(tmp_path / "t.jsonl", [root]))

    assert (report.sessions.completed, report.problems) == (1, [])


def test_malformed_lines_are_counted_with_the_first_place(tmp_path: Path) -> None:
    """What is no OTLP JSON is skipped, and the good lines around it count."""
    bad = [b"not json\n", b'{"some": "json"}\n', b'{"resourceSpans": 5}\n', b"\xff\xfe\n", b"[" * 100_000 + b"\n"]
    path = tmp_path / "t.jsonl"
    path.write_bytes(line(check(1)) + b"".join(bad) + line(check(2)))

    report = report_on_traces(path)

    assert report.sessions.completed == 2
    assert problems_of(report) == {"malformed_line": (5, f"{path}:2")}


def test_truncated_last_line_is_told_apart(tmp_path: Path) -> None:
    """A line without its end is one that is still being written, or was cut off."""
    path = tmp_path / "t.jsonl"
    path.write_bytes(line(check(1)) + line(check(2))[:-40])

    assert problems_of(report_on_traces(path)) == {"truncated_line": (1, f"{path}:2")}


def test_last_line_may_lack_its_newline(tmp_path: Path) -> None:
    """A whole document at the end counts, newline or not."""
    (tmp_path / "t.jsonl").write_bytes(line(check(1)).rstrip())

    report = report_on_traces(tmp_path / "t.jsonl")

    assert (report.sessions.completed, report.problems) == (1, [])


def test_empty_file_is_reported(tmp_path: Path) -> None:
    """An empty file gives a report that says so."""
    path = tmp_path / "t.jsonl"
    path.touch()

    assert problems_of(report_on_traces(path)) == {"empty_file": (1, str(path))}


@pytest.mark.parametrize("keep", [5, 60, -9])
def test_damaged_gzip_is_read_as_far_as_it_goes(tmp_path: Path, keep: int) -> None:
    """A gzip file that was cut off loses what follows, not what came before."""
    path = tmp_path / "t.jsonl.gz"
    path.write_bytes(gzip.compress(line(check(1)))[:keep])

    assert problems_of(report_on_traces(path))["damaged_gzip"] == (1, str(path))


@pytest.mark.parametrize(
    "change",
    [
        {"traceId": "12"},
        {"traceId": "0" * 32},
        {"spanId": "x" * 16},
        {"spanId": "AAAA"},
        {"name": ""},
        {"startTimeUnixNano": "0"},
        {"endTimeUnixNano": "0"},
        {"endTimeUnixNano": 2**63},
        {"startTimeUnixNano": -5},
    ],
)
def test_unusable_span_is_skipped_and_counted(tmp_path: Path, change: dict[str, Any]) -> None:
    """Without ids, a name and times there is nothing to analyse."""
    path = traces(tmp_path / "t.jsonl", [*check(1), span(Stage.OPEN_VIDEO, 0, 1, identifier=9) | change])

    report = report_on_traces(path)

    assert report.sessions.completed == 1
    assert problems_of(report) == {"unusable_span": (1, f"{path}:1")}


def test_spans_sent_twice_count_once(tmp_path: Path) -> None:
    """After a retry a batch may be there twice; the same span id in another trace is another span."""
    path = traces(tmp_path / "t.jsonl", check(1), check(1), check(2))

    report = report_on_traces(path)

    assert (report.source.spans, report.sessions.completed) == (8, 2)
    assert problems_of(report) == {"duplicate_span": (4, None)}


def test_span_that_ends_before_it_starts_has_no_duration(tmp_path: Path) -> None:
    """The stage stays out of the statistics; its request counts."""
    path = traces(tmp_path / "t.jsonl", [*check(1), span(Stage.OPEN_VIDEO, 1, 0.5, identifier=9, parent=4)])

    loaded = otlp.load(str(path))

    assert int(loaded.table.duration_ns[-1]) == UNFINISHED
    report = report_of(loaded)
    assert problems_of(report) == {"negative_duration": (1, f"{path}:1")}
    assert (report.sessions.completed, Stage.OPEN_VIDEO in report.stages) == (1, False)


def test_one_unreadable_file_among_others_is_reported(tmp_path: Path) -> None:
    """What can be read is analysed, and the report says that it is not all."""
    traces(tmp_path / "a.jsonl", check(1))
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "gone.jsonl")

    report = report_on_traces(tmp_path)

    assert report.sessions.completed == 1
    assert problems_of(report) == {"unreadable_file": (1, f"{tmp_path / 'b.jsonl'}: no such file or directory")}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("gone.jsonl", "no such file or directory"),
        ("*.jsonl.zst", "no file matches"),
        ("folder", "no file in .* has .json in its name"),
        ("loop.jsonl", "too many levels of symbolic links"),
    ],
)
def test_nothing_to_read_fails_with_a_reason(tmp_path: Path, source: str, reason: str) -> None:
    """A missing file, a glob without a match and a folder without traces are not empty reports."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop.jsonl").symlink_to(tmp_path / "loop.jsonl")

    with pytest.raises(SourceFailed, match=reason):
        otlp.load(str(tmp_path / source))


def test_other_attributes_cost_nothing_and_broken_ones_only_themselves(tmp_path: Path) -> None:
    """A root whose attributes have no sense still ends its session."""
    strange = [{"key": "k", "value": {"arrayValue": {"values": []}}}, {"key": "n"}, {"value": None}]
    roots = [
        span(Stage.REQUEST, 0, 1, identifier=1, trace=1) | {"attributes": strange},
        span(Stage.REQUEST, 0, 1, identifier=1, trace=2) | {"attributes": {"not": "a list"}},
    ]

    report = report_on_traces(traces(tmp_path / "t.jsonl", roots))

    assert (report.sessions.completed, report.verdicts) == (2, {"not recorded": 2})
