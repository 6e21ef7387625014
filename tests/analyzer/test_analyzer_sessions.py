"""Which spans make a session, and how it ended."""

from pathlib import Path

import pytest

from telemetry.analyzer.selection import Selection
from telemetry.analyzer.sources import otlp
from telemetry.stages import Attribute, Stage
from tests.analyzer.by_hand import (
    BEGIN,
    SECOND,
    Json,
    check,
    line,
    problems_of,
    report_of,
    report_on_traces,
    span,
    traces,
)


@pytest.mark.parametrize("verdict", ["bona_fide", "presentation_attack", "inconclusive"])
def test_any_verdict_completes_a_session(tmp_path: Path, verdict: str) -> None:
    """The system did its work, whoever was in front of the camera."""
    report = report_on_traces(traces(tmp_path / "t.jsonl", check(1, verdict=verdict)))

    assert (report.sessions.completed, report.sessions.success_rate, report.verdicts) == (1, 1.0, {verdict: 1})


def test_error_status_fails_a_session(tmp_path: Path) -> None:
    """A client that hung up is a failure, and failures stay out of the times."""
    groups = [check(1), check(2, error="client_gone", total=99), check(3, error="client_gone"), check(4, error="x")]

    report = report_on_traces(traces(tmp_path / "t.jsonl", *groups))

    assert (report.sessions.total, report.sessions.completed, report.sessions.failed) == (4, 1, 3)
    assert (report.sessions.success_rate, report.failures) == (0.25, {"client_gone": 2, "x": 1})
    assert report.metrics.avg_total_time == 2.0


def test_command_is_a_session_too(tmp_path: Path) -> None:
    """``liveness check`` leaves the same trace below its own root."""
    groups = [check(1), check(2, name=Stage.COMMAND, total=4)]

    report = report_on_traces(traces(tmp_path / "t.jsonl", *groups))

    assert (report.sessions.completed, report.metrics.avg_total_time) == (2, 3.0)
    assert report.stages[Stage.COMMAND].count == 1


def test_stages_without_a_root_are_an_incomplete_session(tmp_path: Path) -> None:
    """The root is exported last: a service that was killed leaves the stages that had ended."""
    report = report_on_traces(traces(tmp_path / "t.jsonl", check(1), check(2)[:-1]))

    assert (report.sessions.total, report.sessions.incomplete) == (1, 1)
    assert report.stages[Stage.ANALYZE_VIDEO].count == 1
    assert problems_of(report) == {"incomplete_session": (1, f"trace {2:032x}")}


def test_root_that_ends_before_it_starts_is_incomplete(tmp_path: Path) -> None:
    """Its end is not known; its stages belong to it all the same."""
    stages, root = check(1)[:-1], span(Stage.REQUEST, 5, 1, identifier=1, attributes={Attribute.SESSION_ID: "odd"})

    report = report_on_traces(traces(tmp_path / "t.jsonl", [*stages, root]))

    assert (report.sessions.total, report.sessions.incomplete) == (0, 1)
    assert problems_of(report) == {
        "negative_duration": (1, f"{tmp_path / 't.jsonl'}:1"),
        "incomplete_session": (1, "odd"),
    }


def test_sessions_of_one_trace_are_separate(tmp_path: Path) -> None:
    """A caller may check several videos in its own trace; each stage belongs to the check above it."""
    caller = span("batch job", 0, 20, identifier=100)
    outgoing = span(Stage.REQUEST, 0, 9, identifier=101, parent=100, kind=3)
    first, second = check(1, processing=1.0), check(1, start=10, total=4, processing=3.0)
    for each in second:
        each["spanId"] = f"{int(each['spanId'], 16) + 10:016x}"
        each["parentSpanId"] = f"{11:016x}"
    first[-1]["parentSpanId"] = f"{101:016x}"
    second[-1]["parentSpanId"] = f"{100:016x}"

    report = report_on_traces(traces(tmp_path / "t.jsonl", [caller, outgoing, *first, *second]))

    assert (report.sessions.completed, report.metrics.avg_total_time, report.metrics.avg_processing_time) == (2, 3, 2)
    assert "batch job" not in report.stages
    assert report.problems == []


def test_stage_with_a_lost_parent_counts_towards_the_only_request(tmp_path: Path) -> None:
    """When ``analyze video`` was dropped, its frames still say where the time went."""
    frame = span(Stage.ANALYZE_FRAME, 1, 1.5, identifier=9, parent=77)

    report = report_on_traces(traces(tmp_path / "t.jsonl", [*check(1), frame]))

    assert report.stages[Stage.ANALYZE_FRAME].count == 1
    assert problems_of(report) == {"lost_parent": (1, f"trace {1:032x}")}


def test_stage_before_its_request_is_a_clock_step(tmp_path: Path) -> None:
    """A millisecond is how finely clocks are read; half a second is a clock that was set."""
    early = [
        span(Stage.OPEN_VIDEO, -0.001, 0.5, identifier=8, parent=4),
        span(Stage.DECODE_VIDEO, -0.5, 0.5, identifier=9, parent=4),
    ]

    report = report_on_traces(traces(tmp_path / "t.jsonl", [*check(1), *early]))

    assert problems_of(report) == {"clock_step": (1, f"trace {1:032x}")}
    assert report.stages[Stage.DECODE_VIDEO].mean == 1.0


def test_cycle_of_parents_ends(tmp_path: Path) -> None:
    """Spans that are each other's parents belong to the only request of their trace, like others without a parent."""
    cycle = [
        span(Stage.OPEN_VIDEO, 0, 1, identifier=8, parent=9),
        span(Stage.DECODE_VIDEO, 0, 1, identifier=9, parent=8),
        span(Stage.ANALYZE_FRAME, 0, 1, identifier=10, parent=10),
    ]

    report = report_on_traces(traces(tmp_path / "t.jsonl", [*check(1), *cycle]))

    assert problems_of(report) == {"lost_parent": (3, f"trace {1:032x}")}


def test_spans_of_others_are_no_sessions(tmp_path: Path) -> None:
    """Neither a health check nor a root of the same name that a client left."""
    others = [span("GET /healthz", 0, 1, identifier=1, trace=5, kind=2)]
    client: list[Json] = [span(Stage.REQUEST, 0, 1, identifier=1, trace=6, kind="SPAN_KIND_CLIENT")]

    report = report_on_traces(traces(tmp_path / "t.jsonl", others, client))

    assert (report.sessions.total, report.sessions.incomplete, report.stages) == (0, 0, {})


def test_selection_takes_sessions_by_their_start(tmp_path: Path) -> None:
    """From ``since`` on, before ``until``; what belongs to a session comes and goes with it."""
    groups = [check(number, start=number * 10, total=number, processing=number / 2) for number in (1, 2, 3)]
    loaded = otlp.load(str(traces(tmp_path / "t.jsonl", *groups, check(4, start=20)[:-1])))

    report = report_of(loaded, Selection(since_ns=BEGIN + 20 * SECOND, until_ns=BEGIN + 30 * SECOND))

    assert (report.sessions.total, report.sessions.incomplete) == (1, 1)
    assert (report.metrics.avg_total_time, report.metrics.avg_processing_time) == (2.0, 1.0)
    assert (report.filters.since, report.filters.until) == ("2026-01-15T10:30:35.000Z", "2026-01-15T10:30:45.000Z")


def test_selection_takes_sessions_of_one_service(tmp_path: Path) -> None:
    """``service.name`` tells two services in one folder apart."""
    (tmp_path / "t.jsonl").write_bytes(line(check(1)) + line(check(2, total=4), service="staging") + line([]))
    loaded = otlp.load(str(tmp_path))

    assert report_of(loaded, Selection(service="staging")).metrics.avg_total_time == 4.0
    assert report_of(loaded, Selection(service="other")).sessions.total == 0
