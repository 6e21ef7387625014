"""What commands have in common: which source, which sessions, which thresholds."""

import argparse
import os
from pathlib import Path

from telemetry.analyzer.arguments import DEFAULT_SOURCE, SOURCE_VARIABLE
from telemetry.analyzer.errors import SourceFailed, UsageError
from telemetry.analyzer.loaded import LoadedSpans
from telemetry.analyzer.selection import Selection, parse_duration, parse_time
from telemetry.analyzer.sources import otlp, performance_log


def load_spans(arguments: argparse.Namespace) -> LoadedSpans:
    """Read the source that the arguments name, else the environment, else the default.

    Raises:
        UsageError: two sources are named.
        SourceFailed: there is nothing to read.
    """
    if arguments.log_file is not None and arguments.source is not None:
        raise UsageError("name a SOURCE or a --log-file, not both")
    if arguments.log_file is not None:
        return performance_log.load(arguments.log_file)
    named = arguments.source or os.environ.get(SOURCE_VARIABLE)
    if named is None and not Path(DEFAULT_SOURCE).exists():
        raise SourceFailed(f"there is no {DEFAULT_SOURCE} yet: run the service, or name a SOURCE or a --log-file")
    return otlp.load(named or DEFAULT_SOURCE)


def selection_of(arguments: argparse.Namespace, now_ns: int) -> Selection:
    """Return which sessions the arguments select.

    Raises:
        UsageError: a time makes no sense, or two say when to begin.
    """
    if arguments.service is not None and arguments.log_file is not None:
        raise UsageError("a performance.log does not say which service it is of: leave out --service")
    if arguments.last is not None and arguments.since is not None:
        raise UsageError("give --since or --last, not both")
    since_ns = None if arguments.since is None else parse_time(arguments.since, now_ns)
    if arguments.last is not None:
        since_ns = max(now_ns - parse_duration(arguments.last), 0)
    until_ns = None if arguments.until is None else parse_time(arguments.until, now_ns)
    if since_ns is not None and until_ns is not None and since_ns >= until_ns:
        raise UsageError("--until is not after the beginning")
    return Selection(since_ns, until_ns, arguments.service)
