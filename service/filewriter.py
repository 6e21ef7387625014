"""One uploaded file being written: in a thread, one write at a time, while more of the body arrives."""

import asyncio
import errno
import time
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from service.problems import Problem, Refusal
from telemetry.spans import StageRecorder, StageSpan
from telemetry.stages import Attribute, Stage

WRITE_SIZE: Final = 1 << 20
"""Bytes of one write: so many that changing threads costs little, so few that every upload can hold them twice."""

_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileWriter:
    """Collects a file in one buffer while ``executor`` writes another to ``path``.

    Copying into two buffers that are kept is cheaper than keeping the chunks: giving back a mebibyte of chunks at
    once makes the allocator return memory to the system, and every page of it has to be mapped again.
    With ``stages``, the time from the first write to the closed file is the stage ``write video``.
    """

    def __init__(self, path: Path, executor: Executor, stages: StageRecorder | None = None) -> None:
        self.path = path
        self.size = 0
        self.stage: StageSpan | None = None
        self._executor = executor
        self._stages = stages
        self._file: BinaryIO | None = None
        self._buffer = memoryview(bytearray(WRITE_SIZE))
        self._spare = memoryview(bytearray(WRITE_SIZE))
        self._filled = 0
        self._writing: Future[None] | None = None
        self._busy_ns = 0

    async def write(self, data: bytes) -> None:
        """Take a chunk; waits only while both buffers are full.

        Raises:
            Refusal: the disk is full (DISK_FULL).
            OSError: the file cannot be written for another reason.
        """
        self.size += len(data)
        rest = memoryview(data)
        while rest:
            taken = min(len(rest), WRITE_SIZE - self._filled)
            self._buffer[self._filled : self._filled + taken] = rest[:taken]
            self._filled += taken
            rest = rest[taken:]
            if self._filled == WRITE_SIZE:
                await self._hand_over(last=False)

    async def close(self) -> None:
        """Write what is left and close the file.

        Raises:
            Refusal, OSError: as for ``write``.
        """
        await self._hand_over(last=True)
        await self._settle()
        self._end_stage(None)

    async def abandon(self, code: str) -> None:
        """Close the file in whatever state it is; a stage still running is marked failed with ``code``."""
        if self._writing is not None:
            with suppress(Exception):  # whoever waited for the write has got its error
                await asyncio.wrap_future(self._writing)
        if self._file is not None:
            await asyncio.to_thread(self._close_quietly, self._file)
        self._end_stage(code)

    async def _hand_over(self, *, last: bool) -> None:
        await self._settle()
        if self._stages is not None and self.stage is None:
            self.stage = self._stages.start(Stage.WRITE_VIDEO)
        full = self._buffer[: self._filled]
        self._buffer, self._spare, self._filled = self._spare, self._buffer, 0
        self._writing = self._executor.submit(self._write, full, last)

    async def _settle(self) -> None:
        """Wait for the write under way. Shielded: a cancelled request must not lose sight of the thread."""
        if self._writing is None:
            return
        if not self._writing.done():  # mostly it is, which saves waking the event loop
            await asyncio.shield(asyncio.wrap_future(self._writing))
        self._writing.result()

    def _end_stage(self, code: str | None) -> None:
        if self.stage is None or self.stage.end_ns is not None:
            return
        self.stage.set({Attribute.UPLOAD_SIZE: self.size, Attribute.DISK_BUSY_TIME: self._busy_ns / 1e9})
        if code is not None:
            self.stage.fail(code)
        self.stage.end()

    def _write(self, data: memoryview, last: bool) -> None:
        begin = time.perf_counter_ns()
        try:
            file = self._opened()
            file.write(data)
            if last:
                file.close()
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise Refusal(Problem.DISK_FULL, "Send it again later, or to another instance.") from error
            raise
        finally:
            self._busy_ns += time.perf_counter_ns() - begin

    def _opened(self) -> BinaryIO:
        if self._file is None:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            self._file = self.path.open("xb")
        return self._file

    @staticmethod
    def _close_quietly(file: BinaryIO) -> None:
        """Close the descriptor even when the buffered rest cannot be written; the file is removed anyway."""
        with suppress(OSError):
            file.close()
