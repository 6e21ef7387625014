"""Bringing a model file into its folder: written beside its place, checked, and only then moved there."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from pipeline.models import ModelError, ModelFile, digest_of

STRONG_ETAG: Final = re.compile(r'"[!#-~]*"')
"""A server's name for one version of a file, byte for byte (RFC 9110, 8.8.3); weak ones begin with ``W/``."""


class PartFile:
    """A model file on its way: ``NAME.part`` beside its place, which only ``install`` puts there.

    Used as a context manager. What is not installed when the block ends is kept if it can be resumed, which takes the
    ``etag`` of the version that it is a part of, and removed if not.

    Raises, in every method:
        ModelError: the folder cannot be written, or another process writes the same file.
    """

    def __init__(self, model: ModelFile, directory: Path, origin: str) -> None:
        self.model = model
        self.size = 0
        self.etag: str | None = None
        self._origin = origin
        self._target = directory / model.name
        self._path = directory / f"{model.name}.part"
        self._etag_path = directory / f"{model.name}.part.etag"
        self._installed = False

    def __enter__(self) -> Self:
        with _explained(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = _open_locked(self._path)
        self._take_up()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not (self._installed or self.resumable):
            self._path.unlink(missing_ok=True)
            self._etag_path.unlink(missing_ok=True)
        os.close(self._file)

    @property
    def resumable(self) -> bool:
        """Whether a later download can go on from here."""
        return self.size > 0 and self.etag is not None

    @property
    def complete(self) -> bool:
        """Whether what has been written is the model."""
        return self.model.is_right(digest_of(self._path))

    def restart(self, etag: str | None) -> None:
        """Throw away what has been written; what comes next is the version ``etag`` of the origin's file."""
        self.size, self.etag = 0, etag
        with _explained(self._path):
            os.ftruncate(self._file, 0)
            if etag is None:
                self._etag_path.unlink(missing_ok=True)
            else:
                self._etag_path.write_text(etag)

    def write(self, block: bytes) -> None:
        """Add bytes.

        Raises:
            ModelError: there are more than the model has; all is thrown away.
        """
        if self.size + len(block) > self.model.largest:
            self.restart(None)
            raise ModelError(
                f"{self._origin} is not {self.model.version}: it has more than {self.model.largest:,} bytes"
            )
        with _explained(self._path):
            while block:
                written = os.write(self._file, block)
                self.size += written
                block = block[written:]

    def install(self) -> Path:
        """Move the complete file to its place, durably, and return its path.

        Raises:
            ModelError: it is not the model; all is thrown away.
        """
        digest = digest_of(self._path)
        if not self.model.is_right(digest):
            self.restart(None)
            raise ModelError(self.model.mismatch(self._origin, digest))
        with _explained(self._target):
            os.fsync(self._file)
            self._etag_path.unlink(missing_ok=True)
            self._path.replace(self._target)
            self._installed = True
            _sync_folder(self._target.parent)
        return self._target

    def _take_up(self) -> None:
        """Go on with what an earlier download left, if that can be."""
        size = os.fstat(self._file).st_size
        etag = self._etag_path.read_text(errors="replace") if self._etag_path.exists() else ""
        if STRONG_ETAG.fullmatch(etag) and size <= self.model.largest:
            self.size, self.etag = size, etag
        else:
            self.restart(None)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}") from error


def _open_locked(path: Path) -> int:
    """Open a file to add to it, and keep other processes from doing the same.

    A lock that was waited for could be one on a file that has been moved to its place meanwhile, so nobody waits.
    """
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(file), path.stat()):
            return file
    os.close(file)
    raise ModelError(f"{path} is being written by another process")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
