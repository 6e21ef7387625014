"""Made-up sessions: as asked for, the same every time, and the same in both forms."""

import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from telemetry.analyzer.generator.log_lines import log_lines
from telemetry.analyzer.generator.model import Recipe
from telemetry.analyzer.generator.otlp_lines import otlp_lines
from telemetry.analyzer.generator.sessions import make_sessions
from telemetry.analyzer.report import Report
from telemetry.stages import PARENTS, ROOTS, Stage
from telemetry.timing_lines import POINTS, TimingPoint
from tests.analyzer.by_hand import problems_of, report_on_log, report_on_traces

MONDAY = 1_767_571_200 * 10**9
MILLISECOND = 0.001


def recipe(sessions: int = 120, **changes: float) -> Recipe:
    """Return a recipe with something of everything."""
    defaults = {"seed": 7, "days": 3.0, "failure_rate": 0.1, "slow_share": 0.1, "incomplete": 3}
    chosen = defaults | changes
    return Recipe(
        sessions=sessions,
        seed=int(chosen["seed"]),
        start_ns=MONDAY,
        days=chosen["days"],
        failure_rate=chosen["failure_rate"],
        slow_share=chosen["slow_share"],
        incomplete=int(chosen["incomplete"]),
    )


@pytest.fixture
def both(tmp_path: Path) -> tuple[Report, Report]:
    """Return the reports on the same sessions as traces and as a log."""
    sessions = make_sessions(recipe())
    (tmp_path / "t.jsonl").write_bytes(b"".join(otlp_lines(sessions)))
    (tmp_path / "p.log").write_bytes(b"".join(log_lines(sessions)))
    return report_on_traces(tmp_path / "t.jsonl"), report_on_log(tmp_path / "p.log")


def test_traces_and_log_agree_to_the_millisecond(both: tuple[Report, Report]) -> None:
    """One code path analyses both; the log has rounded what it says."""
    traced, logged = both

    assert traced.sessions == logged.sessions
    assert (traced.verdicts, traced.failures) == (logged.verdicts, logged.failures)
    assert (traced.assessment, traced.recommendations) == (logged.assessment, logged.recommendations)
    for name in traced.timings.__struct_fields__:
        from_traces, from_log = getattr(traced.timings, name), getattr(logged.timings, name)
        assert from_traces.count == from_log.count == traced.sessions.completed
        for statistic in ("mean", "median", "min", "max", "p95", "p99"):
            difference = getattr(from_traces, statistic) - getattr(from_log, statistic)
            assert abs(difference) <= MILLISECOND / 2 + 1e-9, (name, statistic)
    assert traced.window.seconds is not None
    assert logged.window.seconds is not None
    assert abs(traced.window.seconds - logged.window.seconds) <= 2 * MILLISECOND


def test_only_incomplete_sessions_are_problems(both: tuple[Report, Report]) -> None:
    """Generated data has no flaws that nobody asked for."""
    for report in both:
        assert {kind: count for kind, (count, _) in problems_of(report).items()} == {"incomplete_session": 3}


def test_shares_are_met_exactly(both: tuple[Report, Report]) -> None:
    """Of 120 sessions 12 fail and 3 have no end, so a report can be checked against what was asked for."""
    traced, _ = both

    counts = traced.sessions
    assert (counts.total, counts.failed, counts.incomplete) == (117, 12, 3)


def test_lines_have_the_fields_of_their_points() -> None:
    """Every timing point is written, and none lacks a field that the service gives it."""
    lines = [line.decode().split(" - ", 3) for line in log_lines(make_sessions(recipe()))]
    written = {(point, tuple(re.findall(r"(\w+): ", fields))) for _, _, point, fields in lines}

    assert written == {(point, POINTS[point]) for point in TimingPoint}


def test_same_recipe_gives_the_same_bytes() -> None:
    """And another seed other ones."""
    first, again, other = (b"".join(otlp_lines(make_sessions(recipe(20, seed=seed)))) for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_slow_sessions_are_slow() -> None:
    """All of them slow take several times as long as none."""
    mean = {}
    for share in (0.0, 1.0):
        sessions = make_sessions(recipe(60, slow_share=share, failure_rate=0, incomplete=0))
        mean[share] = sum(session.first(Stage.ANALYZE_VIDEO).duration_ns for session in sessions) / 60

    assert mean[1.0] > 3 * mean[0.0]


def test_sessions_follow_the_day() -> None:
    """Few come in the four hours around the quietest, many in those around the busiest, on each of the days."""
    hours = Counter((s.start_ns - MONDAY) // (3600 * 10**9) % 24 for s in make_sessions(recipe(2000)))
    days = Counter((s.start_ns - MONDAY) // (86400 * 10**9) for s in make_sessions(recipe(2000)))

    assert sum(hours[hour] for hour in (2, 3, 4, 5)) * 4 < sum(hours[hour] for hour in (14, 15, 16, 17))
    assert sorted(days) == [0, 1, 2]


def test_spans_form_the_tree_of_the_service() -> None:
    """Every stage hangs below the one that ``PARENTS`` says, inside its time, with one span for each frame."""
    (session,) = make_sessions(recipe(1, failure_rate=0, incomplete=0))
    (line,) = otlp_lines([session])
    spans = json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    by_id = {span["spanId"]: span for span in spans}

    assert len(by_id) == len(spans)
    assert {span["name"] for span in spans} >= set(PARENTS) - {Stage.COMPARE_FACES}
    for span in spans:
        if span["name"] in ROOTS:
            assert "parentSpanId" not in span
            continue
        parent = by_id[span["parentSpanId"]]
        assert parent["name"] == PARENTS[Stage(span["name"])]
        assert int(parent["startTimeUnixNano"]) <= int(span["startTimeUnixNano"])
        assert int(span["endTimeUnixNano"]) <= int(parent["endTimeUnixNano"])
    frames = [span for span in spans if span["name"] == Stage.ANALYZE_FRAME]
    assert len(frames) > 10
    assert all(int(a["endTimeUnixNano"]) <= int(b["startTimeUnixNano"]) for a, b in pairwise(frames))


def test_busy_workers_make_sessions_wait() -> None:
    """A thousand sessions in ten minutes are more than two workers can take at once."""
    crowded = make_sessions(recipe(1000, days=0.007, failure_rate=0, incomplete=0))

    assert max(session.first(Stage.WAIT_FOR_WORKER).duration_ns for session in crowded) > 10**9


@pytest.mark.parametrize("seed", range(5))
def test_failed_sessions_end_where_they_failed(seed: int) -> None:
    """The failing stage and everything above it carry the code; nothing starts afterwards."""
    for session in make_sessions(recipe(40, seed=seed, failure_rate=1, incomplete=0)):
        root = session.first(Stage.REQUEST)
        assert session.error
        assert root.error == session.error
        assert session.verdict is None
        assert max(step.end_ns for step in session.steps) == root.end_ns
        assert min(step.duration_ns for step in session.steps) >= 0
