"""Files as lines, plain or gzip; whatever goes wrong on the way is noted, and reading goes on."""

import errno
import gzip
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from io import BufferedReader
from typing import Final, NamedTuple

from telemetry.analyzer.errors import SourceFailed
from telemetry.analyzer.problems import ProblemKind, ProblemLog
from telemetry.analyzer.sources.files import InputFile, reason

MAX_LINE_BYTES: Final = 64 << 20
"""Exporters write batches of a quarter of a MiB; a line this long is none and must not fill the memory."""

GZIP_MAGIC: Final = b"\x1f\x8b"


class Line(NamedTuple):
    """One line as it was read, with where it stands and whether its end was there."""

    file: str
    number: int
    text: bytes
    ended: bool

    @property
    def place(self) -> str:
        """Where the line is, for a message."""
        return f"{self.file}:{self.number}"


def read_lines(files: Sequence[InputFile], problems: ProblemLog) -> Iterator[Line]:
    """Give every line that is not blank, file after file.

    Raises:
        SourceFailed: not one of the files can be opened.
    """
    failures = []
    for file in files:
        try:
            yield from _lines_of(file, problems)
        except OSError as error:
            failures.append(f"{file.name}: {reason(error)}")
            problems.note(ProblemKind.UNREADABLE_FILE, failures[-1])
    if len(failures) == len(files):
        raise SourceFailed(f"cannot read {failures[0]}")


def _lines_of(file: InputFile, problems: ProblemLog) -> Iterator[Line]:
    number = 0
    with _opened(file) as stream:
        try:
            for number, text in enumerate(_split(stream), 1):
                if text.strip():
                    yield Line(file.name, number, text, text.endswith(b"\n") or len(text) == MAX_LINE_BYTES)
        except (gzip.BadGzipFile, zlib.error, EOFError):
            problems.note(ProblemKind.DAMAGED_GZIP, file.name)
            return
    if number == 0:
        problems.note(ProblemKind.EMPTY_FILE, file.name)


@contextmanager
def _opened(file: InputFile) -> Iterator[BufferedReader | gzip.GzipFile]:
    with ExitStack() as stack:
        stream = stack.enter_context(_buffered(file))
        if stream.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC):
            yield stack.enter_context(gzip.open(stream))
        else:
            yield stream


def _buffered(file: InputFile) -> BufferedReader:
    if file.path is not None:
        return file.path.open("rb")
    if sys.stdin is None:
        raise OSError(errno.EBADF, "it is closed")
    return open(sys.stdin.fileno(), "rb", closefd=False)


def _split(stream: BufferedReader | gzip.GzipFile) -> Iterator[bytes]:
    """Give the lines, of an overlong one only its beginning."""
    while text := stream.readline(MAX_LINE_BYTES):
        yield text
        while len(text) == MAX_LINE_BYTES and not text.endswith(b"\n"):
            text = stream.readline(MAX_LINE_BYTES)
