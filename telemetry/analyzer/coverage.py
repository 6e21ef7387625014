"""Time of a span that none of its children accounts for. Children that overlap count once."""

import numpy as np

from telemetry.analyzer.sessions import Sessions
from telemetry.analyzer.table import Bools, Ints, SpanTable
from telemetry.stages import Stage


def uncovered_requests(sessions: Sessions) -> Ints:
    """Return for each completed session the nanoseconds of its request outside of every stage."""
    table = sessions.table
    owned = np.flatnonzero((sessions.owner >= 0) & (table.duration_ns >= 0))
    stages = owned[sessions.roots[sessions.owner[owned]] != owned]
    return _uncovered(table, sessions.roots, stages, sessions.owner[stages])[sessions.completed]


def uncovered_analyses(sessions: Sessions) -> Ints:
    """Return for each ``analyze video`` of a completed session the nanoseconds outside of its own stages."""
    table = sessions.table
    parents = np.flatnonzero(table.name.among([Stage.ANALYZE_VIDEO]) & of_completed(sessions))
    place = np.full(len(table) + 1, -1)
    place[parents] = np.arange(len(parents))
    of_stage = place[sessions.parent]
    children = np.flatnonzero((of_stage >= 0) & (table.duration_ns >= 0))
    if not len(children):
        return np.empty(0, np.int64)
    return _uncovered(table, parents, children, of_stage[children])


def of_completed(sessions: Sessions) -> Bools:
    """Tell for each span whether it has a duration and belongs to a completed session."""
    completed = np.append(sessions.completed, [False])
    return completed[sessions.owner] & (sessions.table.duration_ns >= 0)


def _uncovered(table: SpanTable, parents: Ints, children: Ints, of_parent: Ints) -> Ints:
    """Return the nanoseconds of each parent outside of the union of its children, cut to the parent.

    All parents are laid end to end on one axis, so that one sweep over the sorted children serves them all: a
    child adds what lies beyond the furthest end so far, which can never reach into the next parent.
    """
    room = table.duration_ns[parents].astype(np.float64)
    origin = np.cumsum(room) - room
    offset = (table.start_ns[children] - table.start_ns[parents][of_parent]).astype(np.float64)
    begin = origin[of_parent] + np.clip(offset, 0, room[of_parent])
    end = origin[of_parent] + np.clip(offset + table.duration_ns[children], 0, room[of_parent])
    order = np.argsort(begin, kind="stable")
    begin, end, of_parent = begin[order], end[order], of_parent[order]
    furthest = np.maximum.accumulate(np.append([0.0], end))[:-1]
    added = np.maximum(end - np.maximum(begin, furthest), 0)
    covered = np.bincount(of_parent, weights=added, minlength=len(parents))
    return np.maximum(np.rint(room - covered), 0).astype(np.int64)
