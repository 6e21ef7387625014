"""The command line of trace-analyzer: it finds the command and turns errors into exit codes.

A command's module is imported when the command runs, so ``--help`` does not pay for numpy.
"""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final, NamedTuple

from telemetry.analyzer import arguments
from telemetry.analyzer.errors import AnalyzerError, ExitCode
from telemetry.analyzer.output import prepare_streams, say, write

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class Command(NamedTuple):
    """One command: what its help says, and what it takes."""

    summary: str
    description: str
    examples: str
    add_arguments: Callable[[argparse.ArgumentParser], None]


COMMANDS: Final = {
    "report": Command(
        "print the performance report",
        "Print the performance report of the original system, followed by what traces tell beyond it.\n"
        "The exit code is 0 whenever a report was made.",
        """\
  trace-analyzer report                                    what the service left in var/traces
  trace-analyzer report --log-file logs/performance.log    the original's log
  trace-analyzer report traces.jsonl.gz --since 2026-01-15T08:00 --until 2026-01-15T18:00
  trace-analyzer report --last 1h --format json --save     a baseline, as JSON""",
        arguments.report_arguments,
    ),
    "check": Command(
        "print one screen, the verdict as exit code",
        "Print the verdict and what it rests on. Exit codes: 0 excellent or good, 10 needs attention,\n"
        "11 unacceptable, 13 insufficient data.",
        """\
  trace-analyzer check --last 1h || notify                 what a timer runs
  trace-analyzer check "traces/*.jsonl.gz" --thresholds ours.toml --save""",
        arguments.check_arguments,
    ),
    "tree": Command(
        "draw one trace with its stages on a time axis",
        "Draw one trace: its stages with their durations, and bars on the time axis of the request.",
        """\
  trace-analyzer tree                                      the newest request
  trace-analyzer tree var/traces --trace 4bf92f35          the one whose trace id begins so""",
        arguments.tree_arguments,
    ),
    "generate": Command(
        "write made-up sessions, as traces or as a log",
        "Write made-up sessions, for trying and for testing the analyzer. The same arguments give the same\n"
        "bytes; traces and log of the same arguments hold the same sessions.",
        """\
  trace-analyzer generate --traces - --sessions 50 | trace-analyzer report -
  trace-analyzer generate --log-file week.log --sessions 700 --days 7 --seed 3 --failure-rate 0.1""",
        arguments.generate_arguments,
    ),
}

EXIT_CODES: Final = """\
exit codes:
  0 fine    10 needs attention    11 unacceptable    13 insufficient data
  2 usage    3 the source cannot be read, or the result not be written    130 interrupted
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    prepare_streams()
    try:
        parsed = build_parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = import_module(f"telemetry.analyzer.commands.{parsed.command}").run
        return int(run(parsed))
    except AnalyzerError as error:
        say(str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command."""
    parser = _Parser(
        prog="trace-analyzer",
        description="Judges how well a video-liveness service performs, from its traces or its performance.log.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=_Parser)
    for name, command in COMMANDS.items():
        command.add_arguments(
            commands.add_parser(
                name,
                help=command.summary,
                description=command.description,
                epilog=f"examples:\n{command.examples}",
                formatter_class=argparse.RawDescriptionHelpFormatter,
                allow_abbrev=False,
            )
        )
    return parser


class _Parser(argparse.ArgumentParser):
    """Prints its help like any other result."""

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:
        if file is None:
            write(self.format_help())
        else:
            super().print_help(file)
