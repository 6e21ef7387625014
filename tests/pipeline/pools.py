"""Worker pools for tests: real processes that run the checkers of ``pool_checkers``."""

import asyncio
import os
import select
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, TextIO

import psutil
from opentelemetry.context import Context

from pipeline.config import PipelineConfig
from pipeline.pool import WorkerPool
from pipeline.request import CheckRequest
from pipeline.result import LivenessResult
from pipeline.worker import VideoChecker
from telemetry.spans import StageRecorder
from telemetry.timing_points import TimingLog
from tests.pipeline.pool_checkers import MEBIBYTE, ActingChecker, Telemetry

NO_VIDEO: Final = Path("no-video")
MEMORY_LIMIT: Final = 128 * MEBIBYTE
PATIENCE: Final = 30.0
"""Seconds within which what has to happen happens, on however busy a machine."""

MakeChecker = Callable[[PipelineConfig], VideoChecker]


def make_pool(
    folder: Path, *, workers: int = 1, time_limit: float = PATIENCE, make_checker: MakeChecker = ActingChecker
) -> WorkerPool:
    """Return a pool that is not started and whose log files are in ``folder``."""
    config = PipelineConfig(workers=workers, time_limit=time_limit, memory_limit=MEMORY_LIMIT)
    timing_log = TimingLog(folder / "performance.log", folder / "facematch.log")
    return WorkerPool(config, partial(Telemetry, folder), timing_log, make_checker=make_checker)


@asynccontextmanager
async def running_pool(
    folder: Path, *, workers: int = 1, time_limit: float = PATIENCE, make_checker: MakeChecker = ActingChecker
) -> AsyncIterator[WorkerPool]:
    """A started pool, closed at the end whatever happens."""
    pool = make_pool(folder, workers=workers, time_limit=time_limit, make_checker=make_checker)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


async def check(
    pool: WorkerPool, challenge: str, video: Path = NO_VIDEO, stages: StageRecorder | None = None
) -> LivenessResult:
    """Have the pool do what the challenge says."""
    return await pool.check(CheckRequest(video, challenge, "session-1"), stages or StageRecorder(Context()))


async def worker_pid(pool: WorkerPool) -> int:
    """Return the process that answers next."""
    return int((await check(pool, "answer")).engines.detector.removeprefix("process "))


async def readiness(pool: WorkerPool, expected: bool) -> None:
    """Wait until the pool says that it is ready, or that it is not; it is asked, as a load balancer would."""
    async with asyncio.timeout(PATIENCE):
        while pool.ready is not expected:  # noqa: ASYNC110 - readiness is a state without an event
            await asyncio.sleep(0.01)


class Gate:
    """A named pipe in the place of a video: a check that reads it runs until the gate is opened."""

    def __init__(self, folder: Path, name: str = "video") -> None:
        self.path = folder / name
        self._end: TextIO | None = None
        os.mkfifo(self.path)

    async def reached(self) -> None:
        """Wait until a check reads the video."""
        self._end = await asyncio.to_thread(self.path.open, "w")

    def open(self) -> None:
        """Let the check go on."""
        assert self._end is not None, "no check has reached the gate"
        self._end.close()


class Processes:
    """Processes of other parents, whose end can be awaited."""

    def __init__(self, pids: Iterable[int]) -> None:
        self._descriptors = [os.pidfd_open(pid) for pid in pids]

    def __len__(self) -> int:
        return len(self._descriptors)

    def wait(self) -> None:
        """Wait until all have ended."""
        for descriptor in self._descriptors:
            ended, _, _ = select.select([descriptor], [], [], PATIENCE)
            os.close(descriptor)
            assert ended, "a process is still there"


def worker_processes(parent: int | None = None) -> list[int]:
    """Return the pids of a process's workers, without multiprocessing's own helper."""
    pids = []
    for child in psutil.Process(parent).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it ended while we looked
            if "spawn_main" in " ".join(child.cmdline()):
                pids.append(child.pid)
    return pids
