"""``trace-analyzer tree``: one trace as a picture."""

import argparse
import shutil

import numpy as np

from telemetry.analyzer.bars import BLOCKS
from telemetry.analyzer.commands.loading import load_spans
from telemetry.analyzer.errors import ExitCode, SourceFailed
from telemetry.analyzer.loaded import LoadedSpans
from telemetry.analyzer.output import can_print, say, wants_colour, write
from telemetry.analyzer.sessions import find_sessions
from telemetry.analyzer.table import SpanTable
from telemetry.analyzer.tree import Style, render_tree


def run(arguments: argparse.Namespace) -> int:
    """Draw the trace asked for, else the newest."""
    loaded = load_spans(arguments)
    trace = _newest(loaded) if arguments.trace is None else _named(loaded.table, arguments.trace)
    for problem in loaded.problems.problems():
        say(f"warning: {problem.message}")
    style = Style(
        width=arguments.width or shutil.get_terminal_size((100, 24)).columns,
        ascii_only=arguments.ascii or not can_print(BLOCKS.left + BLOCKS.right + BLOCKS.level + BLOCKS.failed),
        colour=wants_colour(),
    )
    write(render_tree(loaded.table, trace, style))
    return ExitCode.FINE


def _newest(loaded: LoadedSpans) -> int:
    """Return the trace of the session that started last."""
    table = loaded.table
    sessions = find_sessions(table, loaded.problems)
    rows = sessions.roots if len(sessions.roots) else sessions.incomplete
    if not len(rows):
        raise SourceFailed(f"there are no sessions in {loaded.source.name}")
    return int(table.trace.codes[rows[np.argmax(table.start_ns[rows])]])


def _named(table: SpanTable, wanted: str) -> int:
    """Return the one trace whose id begins so, or that holds the session of this id."""
    by_session = table.trace.codes[table.session.among([wanted])]
    by_trace = [code for code, name in enumerate(table.trace.values) if name.startswith(wanted.lower())]
    found = sorted({*by_session.tolist(), *by_trace})
    if len(found) != 1:
        raise SourceFailed(f"{'several traces are' if found else 'no trace is'} called {wanted}")
    return int(found[0])
