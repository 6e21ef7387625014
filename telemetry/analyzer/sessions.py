"""Sessions out of spans: which request each span belongs to, and how the request ended.

A session is a root span (``ROOTS``), not a trace: a caller that continues its own trace may check several videos
in it. It failed when its root has status ERROR, a client that went away included, and is completed otherwise,
whatever the verdict. It is incomplete when only its stages are there, or its end is not known.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from telemetry.analyzer.problems import ProblemKind, ProblemLog
from telemetry.analyzer.table import Bools, Ints, Kind, SpanTable, Status
from telemetry.stages import ROOTS, Stage

MAX_DEPTH: Final = 32
"""Our trees are three deep; a cycle in foreign data must not go on for ever."""

CLOCK_TOLERANCE_NS: Final = 2_000_000
"""How much earlier than its request a stage may seem to start: performance.log cuts times to the millisecond."""


STAGES: Final = frozenset(Stage) - frozenset(ROOTS)
"""Spans that cannot stand alone: one without a request above it has lost it."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions of a table, by their start.

    ``roots`` are the rows of finished root spans, ``incomplete`` rows that stand for a session without one.
    ``owner`` gives for every span the place of its root in ``roots``, -1 for none; ``parent`` its parent's row.
    """

    table: SpanTable
    roots: Ints
    incomplete: Ints
    owner: Ints
    parent: Ints

    @property
    def failed(self) -> Bools:
        """Which of the roots failed."""
        return np.equal(self.table.status[self.roots], Status.ERROR)

    @property
    def completed(self) -> Bools:
        """Which of the roots completed."""
        return ~self.failed

    def where(self, *, since_ns: int | None, until_ns: int | None, service: str | None) -> "Sessions":
        """Return the sessions that start in [since, until) and belong to a service."""
        roots = self.roots[self._chosen(self.roots, since_ns, until_ns, service)]
        place = np.full(len(self.table) + 1, -1)
        place[roots] = np.arange(len(roots))
        # an owner of -1 looks up the last, extra place, which stays -1
        own_root = np.append(self.roots, len(self.table))[self.owner]
        incomplete = self.incomplete[self._chosen(self.incomplete, since_ns, until_ns, service)]
        return replace(self, roots=roots, owner=place[own_root], incomplete=incomplete)

    def _chosen(self, rows: Ints, since_ns: int | None, until_ns: int | None, service: str | None) -> Bools:
        starts = self.table.start_ns[rows]
        chosen = np.full(len(rows), fill_value=True)
        if since_ns is not None:
            chosen &= starts >= since_ns
        if until_ns is not None:
            chosen &= starts < until_ns
        if service is not None:
            chosen &= self.table.service.take(rows).among([service])
        return chosen


def find_sessions(table: SpanTable, problems: ProblemLog) -> Sessions:
    """Find the sessions of a table; lost parents and clock steps are noted as problems."""
    # a client span of the caller may have the name of our root
    is_root = table.name.among(ROOTS) & (table.kind != Kind.CLIENT)
    finished = is_root & (table.duration_ns >= 0)
    roots = _by_start(np.flatnonzero(finished), table)
    parent = table.parent_rows()
    owner = _owners(roots, parent)
    lost = table.name.among(STAGES) & (owner < 0)
    owner = _adopt(table, roots, owner, lost)
    incomplete = _incomplete(table, is_root & ~finished, lost & ~_in_traces_of(is_root, table))
    _note_problems(table, roots, owner, lost & _in_traces_of(finished, table), problems)
    return Sessions(table, roots, incomplete, owner, parent)


def _in_traces_of(chosen: Bools, table: SpanTable) -> Bools:
    return np.isin(table.trace.codes, table.trace.codes[chosen])


def _by_start(rows: Ints, table: SpanTable) -> Ints:
    return rows[np.argsort(table.start_ns[rows], kind="stable")]


def _owners(roots: Ints, parent: Ints) -> Ints:
    """Follow the parents of every span up to a root."""
    owner = np.full(len(parent), -1)
    owner[roots] = np.arange(len(roots))
    ancestor = parent.copy()
    for _ in range(MAX_DEPTH):
        climbing = np.flatnonzero((owner < 0) & (ancestor >= 0))
        if not len(climbing):
            break
        owner[climbing] = owner[ancestor[climbing]]
        ancestor[climbing] = parent[ancestor[climbing]]
    return owner


def _adopt(table: SpanTable, roots: Ints, owner: Ints, lost: Bools) -> Ints:
    """Give stages whose parent was lost to the root of their trace, when there is only one."""
    only_root = np.full(len(table.trace.values), -1)
    only_root[table.trace.codes[roots]] = np.arange(len(roots))
    roots_of = np.bincount(table.trace.codes[roots], minlength=len(table.trace.values))
    only_root[roots_of > 1] = -1
    return np.where(lost, only_root[table.trace.codes], owner)


def _incomplete(table: SpanTable, unfinished: Bools, rootless: Bools) -> Ints:
    """Return a row for each incomplete session: its unfinished root, or the first stage of its trace."""
    stages = _by_start(np.flatnonzero(rootless), table)
    _, first = np.unique(table.trace.codes[stages], return_index=True)
    return _by_start(np.concatenate([np.flatnonzero(unfinished), stages[first]]), table)


def _note_problems(table: SpanTable, roots: Ints, owner: Ints, lost: Bools, problems: ProblemLog) -> None:
    owned = np.flatnonzero(owner >= 0)
    root_start = table.start_ns[roots[owner[owned]]]
    stepped = owned[table.start_ns[owned] < root_start - CLOCK_TOLERANCE_NS]
    for kind, rows in ((ProblemKind.CLOCK_STEP, stepped), (ProblemKind.LOST_PARENT, np.flatnonzero(lost))):
        if len(rows):
            problems.note(kind, f"trace {table.trace.text(int(rows[0]))}", len(rows))
