"""Where uploads lie while their check runs, and how they go away.

Each service process has its own folder below the upload folder, named by its process identifier and held by a
lock. What a killed process leaves behind is swept by the next one that starts.
"""

import asyncio
import fcntl
import logging
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, Final, Self

from service.filewriter import FileWriter
from service.retention import Retention
from telemetry.spans import StageRecorder, error_code

LOCK_FILE: Final = "lock"
WRITER_THREADS: Final = 4
"""Uploads written at the same time; more than that only makes one disk slower."""

_OWN_FOLDER: Final = re.compile(r"process-\d+-[0-9a-f]{8}")
_log = logging.getLogger(__name__)


class Upload:
    """The files of one check. ``complete`` is set once the whole form has arrived."""

    def __init__(self, folder: Path, executor: Executor) -> None:
        self.folder = folder
        self.complete = False
        self._executor = executor
        self._writers: list[FileWriter] = []

    def writer(self, name: str, stages: StageRecorder | None = None) -> FileWriter:
        """Return a writer for a new file; nothing touches the disk before its first write."""
        writer = FileWriter(self.folder / name, self._executor, stages)
        self._writers.append(writer)
        return writer

    async def close(self, code: str) -> None:
        """Let no file stay open; stages still running are marked failed with ``code``."""
        for writer in self._writers:
            await writer.abandon(code)


class UploadDirectory:
    """This process's folder for uploads; made by ``open``, gone after ``close``."""

    def __init__(self, folder: Path, lock: BinaryIO, retention: Retention | None) -> None:
        self.folder = folder
        self._lock = lock
        self._retention = retention
        self._writers = ThreadPoolExecutor(WRITER_THREADS, "upload-writer")
        self._removals: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, root: Path, retention: Retention | None = None) -> Self:
        """Sweep what dead processes left below ``root``, and make this process's folder.

        Raises:
            OSError: the folder cannot be made or locked.
        """
        folder, lock = await asyncio.to_thread(_claim, root)
        return cls(folder, lock, retention)

    @asynccontextmanager
    async def upload(self, name: str) -> AsyncIterator[Upload]:
        """Lend a place for the files of one check; they are gone when the block ends, however it ends."""
        upload = Upload(self.folder / name, self._writers)
        code = "abandoned"
        try:
            yield upload
        except BaseException as error:
            code = error_code(error)
            raise
        finally:
            removal = asyncio.create_task(self._finish(upload, code))
            self._removals.add(removal)
            removal.add_done_callback(self._removals.discard)
            await asyncio.shield(removal)  # a second cancellation must not leave the files behind

    async def reasons_not_ready(self, min_free_space: int) -> list[str]:
        """Say why no upload can be taken now; empty when all is well."""
        return await asyncio.to_thread(self._examine, min_free_space)

    async def close(self) -> None:
        """Wait for removals under way and remove the folder."""
        if self._removals:
            await asyncio.wait(self._removals)
        self._writers.shutdown()
        await asyncio.to_thread(_remove, self.folder)
        self._lock.close()

    async def _finish(self, upload: Upload, code: str) -> None:
        await upload.close(code)
        if upload.complete and self._retention is not None:
            await asyncio.to_thread(self._retention.keep, upload.folder)
        await asyncio.to_thread(_remove, upload.folder)

    def _examine(self, min_free_space: int) -> list[str]:
        if not os.access(self.folder, os.W_OK | os.X_OK):
            return ["the upload folder cannot be written"]
        if shutil.disk_usage(self.folder).free < min_free_space:
            return ["the upload folder has too little free space"]
        return []


def _claim(root: Path) -> tuple[Path, BinaryIO]:
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (root / LOCK_FILE).open("ab") as root_lock:
        fcntl.flock(root_lock, fcntl.LOCK_EX)  # nobody sweeps a folder between its making and its locking
        for abandoned in _abandoned(root):
            _log.info("removing uploads left behind in %s", abandoned.name)
            _remove(abandoned)
        folder = root / f"process-{os.getpid()}-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        lock = (folder / LOCK_FILE).open("ab")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def _abandoned(root: Path) -> Iterator[Path]:
    for folder in root.iterdir():
        if _OWN_FOLDER.fullmatch(folder.name) and not _is_held(folder):
            yield folder


def _is_held(folder: Path) -> bool:
    try:
        with (folder / LOCK_FILE).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held by a living process, or another user's
        return True
    return False


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        _log.error("cannot remove an upload: %s", error)
