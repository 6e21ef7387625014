"""The JSON report: what it promises to other programs."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from telemetry.analyzer.problems import ProblemKind
from telemetry.analyzer.render.json_report import render_json
from telemetry.analyzer.report import SCHEMA_VERSION, Report
from telemetry.analyzer.stage_times import NotCovered, StageTimes
from telemetry.analyzer.statistics import Summary
from telemetry.stages import Stage
from tests.analyzer.by_hand import check, report_on_traces, span, traces

DOCUMENT = Path(__file__).parents[2] / "docs" / "trace-analyzer.md"


def documented(section: str) -> dict[str, str]:
    """Return the first two columns of the tables of a section of the document."""
    text = DOCUMENT.read_text().split(f"## {section}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `([^`]+)` \| ([^|]*) \|", text, re.MULTILINE))


def fields_of(kind: Any, prefix: str = "") -> set[str]:
    """Return the dotted names of all fields of a struct; lists of structs are marked with ``[]``."""
    names = set()
    for field in msgspec.structs.fields(kind):
        text = str(field.type)
        name = prefix + field.name
        inner = next((arg for arg in (field.type, *getattr(field.type, "__args__", ())) if is_struct(arg)), None)
        if inner is None or text.startswith("dict") or issubclass(inner, Summary) or field.name == "thresholds":
            names.add(name)
        else:
            names |= fields_of(inner, f"{name}[]." if text.startswith("list") else f"{name}.")
    return names


def is_struct(kind: Any) -> bool:
    """Tell whether a type is one of our structs."""
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def test_every_field_is_documented_and_every_documented_field_exists() -> None:
    """The document is the schema; it names the version it describes."""
    assert set(documented("The JSON report")) == fields_of(Report)
    assert f"Schema version {SCHEMA_VERSION}." in DOCUMENT.read_text()


def test_every_kind_of_problem_is_documented() -> None:
    """A program that counts problems can look each of them up."""
    assert list(documented("Problems of the data")) == [kind.value for kind in ProblemKind]


def test_document_reads_back_as_the_report(tmp_path: Path) -> None:
    """Nothing is lost or renamed on the way, and numbers are plain JSON."""
    report = report_on_traces(traces(tmp_path / "t.jsonl", check(1), check(2, error="client_gone")))

    text = render_json(report)

    assert msgspec.json.decode(text, type=Report) == report
    assert text.startswith('{\n  "schema_version": "1.0"')
    assert text.endswith("}\n")


def test_values_are_seconds_and_fractions(tmp_path: Path) -> None:
    """The fields that the design names, with their units."""
    frames = [span(Stage.ANALYZE_FRAME, 1 + n / 10, 1.05 + n / 10, identifier=10 + n, parent=4) for n in range(4)]
    path = traces(tmp_path / "t.jsonl", [*check(1, total=2, processing=1), *frames], check(2, start=8, total=2))

    found = json.loads(render_json(report_on_traces(path)))

    assert found["source"] == {"kind": "otlp_json", "name": str(path), "files": 1, "spans": 12}
    assert found["window"] == {
        "start": "2026-01-15T10:30:15.000Z",
        "end": "2026-01-15T10:30:25.000Z",
        "seconds": 10.0,
    }
    assert found["sessions"] == {"total": 2, "completed": 2, "failed": 0, "incomplete": 0, "success_rate": 1.0}
    assert found["stages"][Stage.ANALYZE_FRAME] == {
        "count": 4,
        "mean": 0.05,
        "median": 0.05,
        "min": 0.05,
        "max": 0.05,
        "p95": 0.05,
        "p99": 0.05,
        "traces": 1,
        "share": 0.05,
    }
    assert found["metrics"] == {
        "avg_total_time": 2.0,
        "avg_processing_time": 1.0,
        "processing_efficiency": 0.5,
        "throughput": 0.5,
        "observed_rate": 0.2,
    }
    assert (found["assessment"]["grade"], found["recommendations"]) == ("insufficient_data", [])


def test_processing_time_of_a_session_adds_up_its_tries(tmp_path: Path) -> None:
    """A check that went to a second worker spent the time of both, as the log says."""
    second_try = span(Stage.ANALYZE_VIDEO, 0.5, 0.75, identifier=9, parent=1)

    report = report_on_traces(traces(tmp_path / "t.jsonl", [*check(1, processing=1.0), second_try]))

    assert report.metrics.avg_processing_time == 1.25
    assert (report.stages[Stage.ANALYZE_VIDEO].count, report.stages[Stage.ANALYZE_VIDEO].traces) == (2, 1)


@pytest.mark.parametrize("kind", [StageTimes, NotCovered])
def test_summaries_share_their_fields(kind: type[Summary]) -> None:
    """A program that reads one summary reads them all."""
    fields = [field.name for field in msgspec.structs.fields(kind)]

    assert fields[:7] == ["count", "mean", "median", "min", "max", "p95", "p99"]
