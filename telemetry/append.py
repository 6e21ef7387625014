"""Appending whole lines to a file that other processes append to as well."""

import errno
import os
from pathlib import Path

_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
_MODE = 0o640


def append_lines(path: Path, lines: bytes) -> None:
    """Append to a file, all or nothing, making it and its folder when they are not there.

    It is opened anew each time, so a file that was rotated or removed meanwhile is never written to.
    Processes appending at once do not mix their lines: a call is one write on a descriptor in append mode.

    Raises:
        OSError: the folder cannot be made, the file not be opened, or the disk is full.
    """
    descriptor = _open(path)
    try:
        _write_whole(descriptor, lines)
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        return os.open(path, _FLAGS, _MODE)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, _FLAGS, _MODE)


def _write_whole(descriptor: int, lines: bytes) -> None:
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
