"""The service's hold on one worker process: started with its models, given one check at a time, ended for good.

A process sits in a pebble pool of its own (docs/adr/0002-worker-pool.md). A worker that died is never revived: its
pool is thrown away and another worker started, so nothing of a crash is left behind, neither a lock nor a broken pool.
"""

import asyncio
import logging
import multiprocessing
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any, Final, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from pipeline.errors import CheckError, PoolUnavailable, TimeLimitExceeded, WorkerCrashed
from pipeline.request import CheckRequest
from pipeline.shielding import to_the_end
from pipeline.worker import Outcome, WorkerRefused, WorkerSetup, WorkerStarted, run_check, start_worker, stop_worker

START_LIMIT: Final = 120.0
"""Seconds a worker may take to load its models; a cold disk needs tens of them."""
STOP_LIMIT: Final = 5.0
"""Seconds an idle worker gets to send what telemetry it still holds."""
DEATH_LIMIT: Final = 5.0
"""Seconds to wait for a killed process to be gone; only one stuck in the kernel takes longer than an instant."""
VERDICT_LIMIT: Final = 1.0
"""Seconds pebble gets to say how a process ended; it looks every 0.1 seconds."""

T = TypeVar("T")
_log = logging.getLogger(__name__)
_SPAWN: Final = multiprocessing.get_context("spawn")


class WorkerLost(Exception):
    """The worker died before it took the check, which can be given to another."""


class WorkerProcess:
    """A worker that has loaded its models. ``over`` is set when it takes no more checks and is to be stopped."""

    def __init__(self, pool: ProcessPool, process: BaseProcess) -> None:
        self.over = asyncio.Event()
        self._pool = pool
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._death: asyncio.Future[None] = self._loop.create_future()
        self._busy = False
        self._stopping: asyncio.Task[None] | None = None
        self._loop.add_reader(process.sentinel, self._notice_death)

    @classmethod
    async def start(cls, setup: WorkerSetup) -> Self:
        """Start a process and wait until it has loaded its models.

        Raises:
            PoolUnavailable: it could not; the message is the worker's own reason.
        """
        pool = ProcessPool(max_workers=1, context=_SPAWN)
        try:
            return cls(pool, await _started(pool, setup))
        except BaseException:
            await to_the_end(asyncio.create_task(asyncio.to_thread(_end, pool, None)))
            raise

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process is there."""
        return not self._death.done()

    @property
    def usable(self) -> bool:
        """Whether it can be given a check."""
        return self.alive and not self.over.is_set()

    async def run(self, request: CheckRequest, carrier: Mapping[str, str], time_limit: float) -> Outcome:
        """Run one check and return what the worker says about it.

        Raises:
            WorkerLost: the process died before it took the check.
            WorkerCrashed: the process died under the check.
            TimeLimitExceeded: the check took longer than ``time_limit`` seconds; the process was killed.
            PoolUnavailable: the process was stopped meanwhile.
        """
        self._busy = True
        try:
            return await self._run(request, carrier, time_limit)
        except BaseException:
            self.over.set()
            raise
        finally:
            self._busy = False
            if not self.alive:
                self.over.set()

    async def stop(self) -> None:
        """Let an idle worker send its telemetry, kill a busy one, and wait until the process is gone.

        Takes at most STOP_LIMIT and an instant. A cancelled caller waits all the same.
        """
        if self._stopping is None:
            self._stopping = asyncio.create_task(self._stop())
        await to_the_end(self._stopping)

    async def _run(self, request: CheckRequest, carrier: Mapping[str, str], time_limit: float) -> Outcome:
        answer = self._send(run_check, request, carrier)
        await self._answer_or_death(answer, time_limit)
        if self.alive and not answer.done():
            await self._kill()
            raise TimeLimitExceeded(f"The check took longer than {time_limit:g} s.")
        if self._stopping is None:
            await asyncio.wait({answer}, timeout=VERDICT_LIMIT)
        return self._outcome(answer)

    def _outcome(self, answer: "asyncio.Future[Outcome]") -> Outcome:
        error = answer.exception() if answer.done() else None
        if answer.done() and error is None:
            return answer.result()
        if self._stopping is not None:
            raise PoolUnavailable("The worker was stopped before the check had ended.")
        if error is None or isinstance(error, ProcessExpired):
            raise WorkerCrashed(f"The worker process ended under the check: {_ending(self._process.exitcode)}.")
        if isinstance(error, BrokenProcessPool):
            raise WorkerLost from error
        _log.error("a worker gave no usable answer", exc_info=error)
        raise CheckError("The worker gave no usable answer.") from error

    async def _answer_or_death(self, answer: "asyncio.Future[T]", limit: float) -> None:
        awaited: set[asyncio.Future[Any]] = {answer, self._death}
        await asyncio.wait(awaited, timeout=limit, return_when=asyncio.FIRST_COMPLETED)

    async def _kill(self) -> None:
        self._process.kill()
        await asyncio.wait({self._death}, timeout=DEATH_LIMIT)

    async def _stop(self) -> None:
        self.over.set()
        if self.alive and not self._busy:
            await self._say_goodbye()
        await asyncio.to_thread(_end, self._pool, self._process)
        await asyncio.wait({self._death}, timeout=DEATH_LIMIT)

    async def _say_goodbye(self) -> None:
        with suppress(WorkerLost):
            await self._answer_or_death(self._send(stop_worker), STOP_LIMIT)

    def _send(self, function: Callable[..., T], *arguments: object) -> "asyncio.Future[T]":
        try:
            return _awaitable(self._pool.schedule(function, args=arguments))
        except RuntimeError as error:
            raise WorkerLost from error

    def _notice_death(self) -> None:
        self._loop.remove_reader(self._process.sentinel)
        self._death.set_result(None)
        if not self._busy:
            self.over.set()


async def _started(pool: ProcessPool, setup: WorkerSetup) -> BaseProcess:
    """Start the pool's process and return it once it has loaded its models."""
    try:
        answer = _awaitable(await asyncio.to_thread(pool.schedule, start_worker, (setup,)))
        started = await asyncio.wait_for(asyncio.shield(answer), START_LIMIT)
    except TimeoutError:
        raise PoolUnavailable(f"A worker did not load its models within {START_LIMIT:g} s.") from None
    except Exception as error:
        reason = error.__cause__ or error
        raise PoolUnavailable(f"A worker could not start: {reason!r}; its standard error may say more.") from error
    if isinstance(started, WorkerRefused):
        raise PoolUnavailable(f"A worker could not start: {started.reason}")
    return _process_of(started)


def _process_of(started: WorkerStarted) -> BaseProcess:
    for process in multiprocessing.active_children():
        if process.pid == started.pid:
            return process
    raise PoolUnavailable("A worker died as soon as it had loaded its models.")


def _awaitable(future: "Future[T]") -> "asyncio.Future[T]":
    """Return the future for this event loop, with its exception marked as seen, for nobody may be waiting any more."""
    awaitable = asyncio.wrap_future(future)
    awaitable.add_done_callback(lambda done: None if done.cancelled() else done.exception())
    return awaitable


def _end(pool: ProcessPool, process: BaseProcess | None) -> None:
    """End a pool with its threads and its process; blocks for a few tenths of a second."""
    pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves this one without annotations
    if process is not None:
        process.kill()
    pool.join()


def _ending(exitcode: int | None) -> str:
    if exitcode is None:
        return "how is not known"
    if exitcode < 0:
        return f"signal {-exitcode} ({signal.strsignal(-exitcode)})"
    return f"exit code {exitcode}"
