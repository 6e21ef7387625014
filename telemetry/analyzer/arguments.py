"""What the commands take on their command lines, and nothing that would have to be imported for it."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

DEFAULT_SOURCE: Final = "var/traces"
SOURCE_VARIABLE: Final = "TRACE_ANALYZER_SOURCE"
DEFAULT_START: Final = "2026-01-05T00:00:00Z"
"""A Monday. It is fixed so that the same seed gives the same bytes on any day."""


def add_source(parser: argparse.ArgumentParser) -> None:
    """Add where the spans come from."""
    group = parser.add_argument_group("source")
    group.add_argument(
        "source",
        metavar="SOURCE",
        nargs="?",
        help="file, directory or glob of OTLP JSON lines, gzip or plain; - for standard input "
        f"(default: {SOURCE_VARIABLE}, else {DEFAULT_SOURCE})",
    )
    group.add_argument(
        "--log-file", metavar="PATH", help="read the timing points of a performance.log instead (- and globs too)"
    )


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add which sessions count, and by which measure."""
    group = parser.add_argument_group("sessions that count")
    group.add_argument("--since", metavar="TIME", help="those that start at or after TIME")
    group.add_argument("--until", metavar="TIME", help="those that start before TIME")
    group.add_argument("--last", metavar="DURATION", help="those of the last 90s, 30m, 1h, 7d, 2w")
    group.add_argument("--service", metavar="NAME", help="those of the service of this name (service.name)")
    parser.add_argument(
        "--thresholds", metavar="FILE", type=Path, help="TOML file with thresholds other than the original's"
    )


def add_save(parser: argparse.ArgumentParser) -> None:
    """Add where the JSON report is saved."""
    parser.add_argument(
        "--save",
        metavar="FILE",
        nargs="?",
        const="",
        help="also save the JSON report (default FILE: var/reports/report-<time>.json)",
    )


def report_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``report``."""
    add_source(parser)
    add_selection(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the report (default: text)")
    add_save(parser)


def check_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``check``."""
    add_source(parser)
    add_selection(parser)
    add_save(parser)


def tree_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``tree``."""
    add_source(parser)
    parser.add_argument(
        "--trace", metavar="ID", help="trace id, the beginning of one, or session id (default: the newest)"
    )
    parser.add_argument("--width", metavar="COLUMNS", type=_columns, help="width (default: the terminal's)")
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")


def generate_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``generate``."""
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument("--traces", metavar="FILE", help="write OTLP JSON lines (- for standard output)")
    form.add_argument("--log-file", metavar="FILE", help="write a performance.log (- for standard output)")
    count = _number(int, 1, 1_000_000)
    parser.add_argument("--sessions", metavar="N", type=count, required=True, help="number of sessions")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="the same seed, the same bytes (default: 0)")
    share = _number(float, 0, 1)
    parser.add_argument(
        "--failure-rate", metavar="R", type=share, default=0.04, help="share that fails, 0 to 1 (default: 0.04)"
    )
    parser.add_argument(
        "--slow-share", metavar="S", type=share, default=0.05, help="share that is slow, 0 to 1 (default: 0.05)"
    )
    lost = _number(int, 0, 1_000_000)
    parser.add_argument(
        "--incomplete", metavar="N", type=lost, default=0, help="sessions that have no end (default: 0)"
    )
    days = _number(float, 0.001, 3660)
    parser.add_argument("--days", metavar="D", type=days, default=1.0, help="days they spread over (default: 1)")
    parser.add_argument(
        "--start", metavar="TIME", default=DEFAULT_START, help=f"midnight they start at (default: {DEFAULT_START})"
    )
    parser.add_argument("--force", action="store_true", help="replace FILE when it is there")


def _number(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], float]:
    """Return a parser of numbers from ``low`` to ``high``."""

    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"not a number: {text!r}") from None
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text} is not from {low:g} to {high:g}")
        return value

    return parse


_columns = _number(int, 40, 1000)
