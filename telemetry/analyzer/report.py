"""The report as data: everything a renderer prints and the JSON report holds. Times are seconds, rates fractions.

A field that is added raises the minor version, one that changes or goes the major version.
"""

from collections import Counter
from datetime import UTC, datetime
from typing import Final

import msgspec
import numpy as np

from telemetry.analyzer.assessment import Assessment, assess
from telemetry.analyzer.loaded import LoadedSpans, SourceFacts
from telemetry.analyzer.metrics import Metrics, SessionCounts, count_sessions, measure
from telemetry.analyzer.problems import Problem, ProblemKind
from telemetry.analyzer.readable import readable
from telemetry.analyzer.recommendations import Recommendation, recommend
from telemetry.analyzer.selection import Selection
from telemetry.analyzer.sessions import Sessions, find_sessions
from telemetry.analyzer.stage_times import (
    NotCovered,
    StageTimes,
    not_covered,
    request_durations,
    stage_times,
    times_in,
)
from telemetry.analyzer.statistics import Summary, seconds, summarize
from telemetry.analyzer.table import Labels
from telemetry.analyzer.thresholds import Thresholds
from telemetry.stages import Stage

SCHEMA_VERSION: Final = "1.0"
NOT_RECORDED: Final = "not recorded"


class Window(msgspec.Struct, frozen=True):
    """From the start of the first session to the end of the last: ISO 8601 in UTC, and seconds."""

    start: str | None
    end: str | None
    seconds: float | None


class Filters(msgspec.Struct, frozen=True):
    """What the sessions were limited to: ISO 8601 in UTC, or null for no limit."""

    since: str | None
    until: str | None
    service: str | None


class Timings(msgspec.Struct, frozen=True):
    """The times the original analysed, over completed sessions; null where none has them."""

    total_time: Summary | None
    processing_time: Summary | None
    video_receive_time: Summary | None
    file_save_time: Summary | None


class Report(msgspec.Struct, frozen=True):
    """One analysis of one source."""

    schema_version: str
    generated_at: str
    source: SourceFacts
    filters: Filters
    window: Window
    sessions: SessionCounts
    timings: Timings
    stages: dict[str, StageTimes]
    not_covered: dict[str, NotCovered]
    metrics: Metrics
    verdicts: dict[str, int]
    failures: dict[str, int]
    recommendations: list[Recommendation]
    assessment: Assessment
    thresholds: Thresholds
    problems: list[Problem]


def make_report(loaded: LoadedSpans, selection: Selection, thresholds: Thresholds, now_ns: int) -> Report:
    """Analyse what a source gave; ``now_ns`` is the moment the report says it was made."""
    everything = find_sessions(loaded.table, loaded.problems)
    sessions = everything.where(since_ns=selection.since_ns, until_ns=selection.until_ns, service=selection.service)
    _note_incomplete(sessions, loaded)
    window = _window(sessions)
    counts, metrics = count_sessions(sessions), measure(sessions, window.seconds)
    return Report(
        schema_version=SCHEMA_VERSION,
        generated_at=iso(now_ns),
        source=loaded.source,
        filters=_filters(selection),
        window=window,
        sessions=counts,
        timings=_timings(sessions),
        stages=stage_times(sessions),
        not_covered=not_covered(sessions),
        metrics=metrics,
        verdicts=_tally(sessions.table.verdict.take(sessions.roots[sessions.completed])),
        failures=_tally(sessions.table.error_type.take(sessions.roots[sessions.failed])),
        recommendations=recommend(counts, metrics, thresholds),
        assessment=assess(counts, metrics, thresholds),
        thresholds=thresholds,
        problems=loaded.problems.problems(),
    )


def iso(time_ns: int) -> str:
    """Return a time as ISO 8601 in UTC with milliseconds."""
    moment = datetime.fromtimestamp(time_ns // 1_000_000 / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _note_incomplete(sessions: Sessions, loaded: LoadedSpans) -> None:
    if len(sessions.incomplete):
        row = int(sessions.incomplete[0])
        identifier = sessions.table.session.text(row) or f"trace {sessions.table.trace.text(row)}"
        loaded.problems.note(ProblemKind.INCOMPLETE_SESSION, identifier, len(sessions.incomplete))


def _window(sessions: Sessions) -> Window:
    if not len(sessions.roots):
        return Window(None, None, None)
    table = sessions.table
    start, end = int(table.start_ns[sessions.roots].min()), int(table.end_ns[sessions.roots].max())
    return Window(iso(start), iso(end), seconds(end - start))


def _filters(selection: Selection) -> Filters:
    return Filters(
        None if selection.since_ns is None else iso(selection.since_ns),
        None if selection.until_ns is None else iso(selection.until_ns),
        None if selection.service is None else readable(selection.service),
    )


def _timings(sessions: Sessions) -> Timings:
    return Timings(
        total_time=summarize(request_durations(sessions)),
        processing_time=summarize(times_in(sessions, Stage.ANALYZE_VIDEO)),
        video_receive_time=summarize(times_in(sessions, Stage.RECEIVE_UPLOAD)),
        file_save_time=summarize(times_in(sessions, Stage.WRITE_VIDEO)),
    )


def _tally(labels: Labels) -> dict[str, int]:
    """Count texts, the most frequent first."""
    codes, counts = np.unique(labels.codes, return_counts=True)
    tally = {
        NOT_RECORDED if code < 0 else labels.values[code]: int(count)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True)
    }
    return dict(Counter(tally).most_common())
