"""How trace-analyzer ends: its exit codes, and the errors that choose one.

AnalyzerError
├── UsageError        what was asked for makes no sense
├── SourceFailed      there is nothing to read, or it cannot be read
└── OutputFailed      the result cannot be written
"""

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """Exit codes of every command; 12 is kept for a regression found by comparing."""

    FINE = 0
    USAGE = 2
    FAILED = 3
    NEEDS_ATTENTION = 10
    UNACCEPTABLE = 11
    INSUFFICIENT_DATA = 13
    INTERRUPTED = 130


class AnalyzerError(Exception):
    """Base of the errors a user is told about in one sentence, without a traceback."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED


class UsageError(AnalyzerError):
    """What was asked for makes no sense; asking again the same way will fail again."""

    exit_code = ExitCode.USAGE


class SourceFailed(AnalyzerError):
    """There is nothing to read, or it cannot be read."""


class OutputFailed(AnalyzerError):
    """The result cannot be written."""
