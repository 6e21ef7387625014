"""``trace-analyzer generate``: made-up sessions."""

import argparse
import time
from pathlib import Path

from telemetry.analyzer.errors import ExitCode, UsageError
from telemetry.analyzer.generator.log_lines import log_lines
from telemetry.analyzer.generator.model import Recipe
from telemetry.analyzer.generator.otlp_lines import otlp_lines
from telemetry.analyzer.generator.sessions import make_sessions
from telemetry.analyzer.output import STANDARD_OUTPUT, say, write
from telemetry.analyzer.saving import write_whole
from telemetry.analyzer.selection import parse_time


def run(arguments: argparse.Namespace) -> int:
    """Write the sessions in the form asked for."""
    recipe = _recipe(arguments)
    target, lines = (arguments.traces, otlp_lines) if arguments.traces else (arguments.log_file, log_lines)
    path = Path(target)
    if target != STANDARD_OUTPUT and path.is_file() and not arguments.force:
        raise UsageError(f"{target} is there already; --force replaces it")
    sessions = make_sessions(recipe)
    if target == STANDARD_OUTPUT:
        write(b"".join(lines(sessions)))
    else:
        write_whole(path, lines(sessions))
        say(f"{len(sessions)} sessions written to {target}")
    return ExitCode.FINE


def _recipe(arguments: argparse.Namespace) -> Recipe:
    return Recipe(
        sessions=arguments.sessions,
        seed=arguments.seed,
        start_ns=parse_time(arguments.start, time.time_ns()),
        days=arguments.days,
        failure_rate=arguments.failure_rate,
        slow_share=arguments.slow_share,
        incomplete=arguments.incomplete,
    )
