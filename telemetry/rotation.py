"""Line files that several processes append to, bounded in size: full files are set aside, the oldest removed.

``stem.jsonl`` is the file being written; full ones are renamed to ``stem.000001.jsonl`` and so on, in order.
"""

import fcntl
import os
import re
from pathlib import Path

from telemetry.append import append_lines, opened, write_whole

_SUFFIX = ".jsonl"
_BLOCK = 65536


class RotatingFile:
    """Appends whole lines; any number of processes may hold one for the same folder and stem.

    An exclusive lock on ``.stem.lock`` is held while a process looks at the size, rotates and writes. The
    kernel releases it when a process dies, and the next one removes the piece of a line that was left behind.
    """

    def __init__(self, folder: Path, stem: str, max_file_bytes: int, max_files: int) -> None:
        self.path = folder / f"{stem}{_SUFFIX}"
        self.max_file_bytes = max_file_bytes
        self._folder = folder
        self._stem = stem
        self._lock_path = folder / f".{stem}.lock"
        self._max_files = max_files

    def append(self, lines: bytes) -> None:
        """Append lines to the current file, after setting it aside when they would make it too large.

        Raises:
            OSError: the folder cannot be written, or the disk is full; nothing was written then.
            ValueError: the lines are larger than one file may be.
        """
        if len(lines) > self.max_file_bytes:
            raise ValueError(f"{len(lines)} bytes do not fit into a file of {self.max_file_bytes}")
        with opened(self._lock_path, os.O_RDWR) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._fitted(lines):
                self._set_aside()
                append_lines(self.path, lines)

    def _fitted(self, lines: bytes) -> bool:
        """Append to the current file unless that made it too large."""
        with opened(self.path, os.O_RDWR) as descriptor:
            fits = _whole_lines(descriptor) + len(lines) <= self.max_file_bytes
            if fits:
                write_whole(descriptor, lines)
        return fits

    def _set_aside(self) -> None:
        """Give the current file the next number and remove the oldest ones beyond the limit."""
        full = self._full_files()
        number = max(full, default=0) + 1
        full[number] = self.path.rename(self._folder / f"{self._stem}.{number:06d}{_SUFFIX}")
        for old in sorted(full)[::-1][self._max_files - 1 :]:
            full[old].unlink(missing_ok=True)

    def _full_files(self) -> dict[int, Path]:
        numbered = re.compile(rf"{re.escape(self._stem)}\.(\d+){re.escape(_SUFFIX)}")
        matches = [(numbered.fullmatch(path.name), path) for path in self._folder.iterdir()]
        return {int(match[1]): path for match, path in matches if match}


def _whole_lines(descriptor: int) -> int:
    """Return the size of a file in bytes, after cutting off an unfinished last line."""
    size = os.fstat(descriptor).st_size
    whole = _end_of_last_line(descriptor, size)
    if whole < size:
        os.ftruncate(descriptor, whole)
    return whole


def _end_of_last_line(descriptor: int, size: int) -> int:
    """Return the offset behind the last newline, reading no more than one byte when the file is whole."""
    if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n":
        return size
    start = size
    while start > 0:
        start = max(0, start - _BLOCK)
        newline = os.pread(descriptor, _BLOCK, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
    return 0
