"""Appending whole lines to a file that other processes append to as well."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FLAGS = os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_MODE = 0o640


def append_lines(path: Path, lines: bytes) -> None:
    """Append to a file, all or nothing, making it and its folder when they are not there.

    It is opened anew each time, so a file that was rotated or removed meanwhile is never written to.
    Processes appending at once do not mix their lines: a call is one write on a descriptor in append mode.

    Raises:
        OSError: the folder cannot be made, the file not be opened, or the disk is full.
    """
    with opened(path, os.O_WRONLY) as descriptor:
        write_whole(descriptor, lines)


@contextmanager
def opened(path: Path, access: int) -> Iterator[int]:
    """Open a file for appending, with ``os.O_WRONLY`` or ``os.O_RDWR``, making it and its folder when not there."""
    try:
        descriptor = os.open(path, _FLAGS | access, _MODE)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, _FLAGS | access, _MODE)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def write_whole(descriptor: int, lines: bytes) -> None:
    """Write all or nothing to a descriptor in append mode.

    Raises:
        OSError: the disk is full.
    """
    written = os.write(descriptor, lines)
    if written == len(lines):
        return
    _take_back(descriptor, written)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _take_back(descriptor: int, written: int) -> None:
    """Remove the piece of a line that still found room on a full disk, unless somebody has appended since."""
    end = os.lseek(descriptor, 0, os.SEEK_CUR)
    if os.fstat(descriptor).st_size == end:
        os.ftruncate(descriptor, end - written)
