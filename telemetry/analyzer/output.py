"""Results go to standard output, everything else to standard error; neither ever ends in a traceback."""

import os
import sys
from io import TextIOWrapper
from typing import Final

from telemetry.analyzer.errors import OutputFailed
from telemetry.analyzer.readable import readable

STANDARD_OUTPUT: Final = "-"
"""How standard output is called where a file could be named."""


def prepare_streams() -> None:
    """Make text that an encoding lacks come out escaped instead of raising."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write(text: str | bytes) -> None:
    """Write a result; when the reader has gone (``| head``), the rest is dropped.

    Raises:
        OutputFailed: it cannot be written for another reason, such as a full disk.
    """
    if sys.stdout is None:
        raise OutputFailed("standard output is closed")
    try:
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout.fileno())
    except OSError as error:
        _silence(sys.stdout.fileno())
        raise OutputFailed(f"cannot write to standard output: {error.strerror}") from None


def say(message: str) -> None:
    """Tell the user something beside the result."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"trace-analyzer: {readable(message)}\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr.fileno())


def wants_colour() -> bool:
    """Tell whether standard output is a terminal that shows colours, and the user has not refused them."""
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    return is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def can_print(text: str) -> bool:
    """Tell whether the encoding of standard output has these characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", "ascii"))
    except UnicodeEncodeError:
        return False
    return True


def _silence(descriptor: int) -> None:
    """Let what is still buffered go nowhere, so that the interpreter does not fail on it at its end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, descriptor)
    os.close(null)
