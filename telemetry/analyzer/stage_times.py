"""How long each stage takes, and its share of the requests. Completed sessions only."""

from collections.abc import Iterator

import msgspec
import numpy as np

from telemetry.analyzer.coverage import of_completed, uncovered_analyses, uncovered_requests
from telemetry.analyzer.sessions import Sessions
from telemetry.analyzer.statistics import Summary, summarize
from telemetry.analyzer.table import Ints
from telemetry.stages import Stage


class StageTimes(Summary, frozen=True):
    """Durations of every span of a stage in seconds, the traces they are from, and the sum of them over the
    sum of all requests. Stages that overlap have shares that add up to more than 1."""

    traces: int
    share: float


class NotCovered(Summary, frozen=True):
    """Seconds of a span outside of all its stages, and their sum over the sum of all requests."""

    share: float


def stage_times(sessions: Sessions) -> dict[str, StageTimes]:
    """Return the times of each stage that occurs, in the order of ``Stage``, names not known there at the end."""
    table = sessions.table
    counted = of_completed(sessions)
    whole = _whole(sessions)
    times = {}
    for name in _in_order(table.name.values):
        rows = np.flatnonzero(counted & table.name.among([name]))
        summary = summarize(table.duration_ns[rows])
        if summary is not None:
            traces = len(np.unique(sessions.owner[rows]))
            share = _share(table.duration_ns[rows], whole)
            times[name] = StageTimes(**msgspec.structs.asdict(summary), traces=traces, share=share)
    return times


def not_covered(sessions: Sessions) -> dict[str, NotCovered]:
    """Return the time outside of stages: of whole requests, and of ``analyze video`` where its stages are known."""
    whole = _whole(sessions)
    parts = {"request": uncovered_requests(sessions), str(Stage.ANALYZE_VIDEO): uncovered_analyses(sessions)}
    summaries = {name: (summarize(durations_ns), durations_ns) for name, durations_ns in parts.items()}
    return {
        name: NotCovered(**msgspec.structs.asdict(summary), share=_share(durations_ns, whole))
        for name, (summary, durations_ns) in summaries.items()
        if summary is not None
    }


def times_in(sessions: Sessions, stage: Stage) -> Ints:
    """Return for each completed session that has a stage the nanoseconds it spent there, repetitions added up."""
    table = sessions.table
    rows = np.flatnonzero(of_completed(sessions) & table.name.among([stage]))
    _, place = np.unique(sessions.owner[rows], return_inverse=True)
    return np.bincount(place, weights=table.duration_ns[rows]).astype(np.int64)


def request_durations(sessions: Sessions) -> Ints:
    """Return the nanoseconds of the completed sessions, whichever way they came in."""
    return sessions.table.duration_ns[sessions.roots[sessions.completed]]


def _in_order(names: tuple[str, ...]) -> Iterator[str]:
    yield from (str(stage) for stage in Stage if stage in names)
    yield from sorted(set(names) - set(Stage))


def _whole(sessions: Sessions) -> float:
    return float(request_durations(sessions).sum(dtype=np.float64))


def _share(durations_ns: Ints, whole: float) -> float:
    return round(float(durations_ns.sum(dtype=np.float64)) / whole, 6) if whole else 0.0
