"""The worker pool: checks wait their turn, run in a process that can be killed, and always get an answer.

Workers are replaced when they die, hang or run out of memory; each is one process with models and telemetry of its own.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from pipeline.config import PipelineConfig
from pipeline.errors import MemoryLimitExceeded, PoolUnavailable, TimeLimitExceeded, WorkerCrashed
from pipeline.isolation import SINGLE_THREADED
from pipeline.processing import Processing
from pipeline.request import CheckRequest
from pipeline.result import LivenessResult
from pipeline.shielding import to_the_end
from pipeline.waiting_line import WaitingLine
from pipeline.worker import Outcome, VideoChecker, WorkerSetup, WorkerTelemetry, load_checker
from pipeline.worker_process import WorkerLost, WorkerProcess
from telemetry.spans import StageRecorder, carrier_of
from telemetry.stages import Stage
from telemetry.timing_points import TimingLog

ATTEMPTS: Final = 2
"""Times a check is given to a worker when workers die before they take it."""
LONGEST_PAUSE: Final = 60.0
"""Seconds between two attempts at starting a worker when all before have failed."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


class WorkerPool:
    """``config.workers`` processes that check videos; used from one event loop, between ``start`` and ``close``.

    ``prepare_worker`` sets up telemetry in each worker, ``make_checker`` loads its models there: both are called in
    the worker and have to be picklable. ``timing_log`` is where this process writes what a dead worker no longer can.
    """

    def __init__(
        self,
        config: PipelineConfig,
        prepare_worker: Callable[[], WorkerTelemetry],
        timing_log: TimingLog,
        *,
        make_checker: Callable[[PipelineConfig], VideoChecker] = load_checker,
    ) -> None:
        self._config = config
        self._setup = WorkerSetup(config, prepare_worker, make_checker)
        self._timing_log = timing_log
        self._line: WaitingLine[WorkerProcess] = WaitingLine()
        self._line.refuse("The worker pool has not been started.")
        self._workers: set[WorkerProcess] = set()
        self._keepers: list[asyncio.Task[None]] = []
        self._down: set[int] = set()
        self._running: set[asyncio.Task[LivenessResult]] = set()
        self._closing = False

    @property
    def workers(self) -> int:
        """How many workers the pool keeps."""
        return self._config.workers

    @property
    def ready(self) -> bool:
        """Whether a check would be taken: at least one worker is there.

        One is enough, for a pool that replaces a worker still answers, and a service that called itself unready after
        every crash could be taken out of rotation by one hostile upload.
        """
        return not self._closing and any(worker.usable for worker in self._workers)

    async def start(self) -> None:
        """Start all workers at once and wait until each has loaded its models.

        Raises:
            PoolUnavailable: one could not; the message is its own reason. None is left running.
        """
        for name, value in SINGLE_THREADED.items():
            os.environ.setdefault(name, value)
        for place, worker in enumerate(await self._start_all()):
            self._keepers.append(asyncio.create_task(self._keep(place, self._admit(worker))))

    async def check(self, request: CheckRequest, stages: StageRecorder) -> LivenessResult:
        """Wait for a free worker (stage ``wait for worker``) and let it check the video.

        A cancelled call that still waits leaves at once. One whose check runs waits for the check's end, which the
        time limit bounds, and is cancelled then: when this returns or raises, no worker has the files open any more.
        A failed check's seconds are added to ``stages``; a successful one has them in the ``timings`` of its result.

        Raises:
            CheckError: every class of it; PoolUnavailable while starting, closing or without a worker.
        """
        for _ in range(ATTEMPTS):
            with stages.stage(Stage.WAIT_FOR_WORKER):
                worker = await self._line.take()
            task = asyncio.create_task(self._serve(worker, request, stages))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            try:
                return await to_the_end(task)
            except WorkerLost:
                _log.warning("a worker died before it took its check")
        raise WorkerCrashed("The workers died before they took the check.")

    async def close(self) -> None:
        """Take no more checks, wait for those that run, then end the workers with their telemetry sent.

        Cancel it to wait no longer: workers are stopped all the same, and checks that still run end with
        PoolUnavailable. No process and no thread of the pool is left.
        """
        self._closing = True
        self._line.refuse("The worker pool is stopping.")
        try:
            if self._running:
                await asyncio.wait(self._running)
        finally:
            await to_the_end(asyncio.create_task(self._stop_all()))

    async def _stop_all(self) -> None:
        await _cancelled(self._keepers)
        await asyncio.gather(*(worker.stop() for worker in self._workers))
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _start_all(self) -> list[WorkerProcess]:
        starts = [asyncio.create_task(WorkerProcess.start(self._setup)) for _ in range(self.workers)]
        try:
            return await asyncio.gather(*starts)
        except BaseException:
            await to_the_end(asyncio.create_task(_undo(starts)))
            raise

    def _admit(self, worker: WorkerProcess) -> WorkerProcess:
        self._workers.add(worker)
        self._offer(worker)
        return worker

    def _offer(self, worker: WorkerProcess) -> None:
        if worker.usable and not self._closing:
            self._line.give(worker)

    async def _keep(self, place: int, worker: WorkerProcess) -> None:
        """Keep one place filled: whenever its worker is over, start another."""
        while True:
            await worker.over.wait()
            _log.warning("worker %d is replaced", worker.pid)
            await worker.stop()
            self._workers.discard(worker)
            worker = self._admit(await self._start_again(place))

    async def _start_again(self, place: int) -> WorkerProcess:
        """Start a worker, however often it takes.

        One start may fail for reasons of the moment; a place where a second one fails is down. When all places are,
        checks are turned away with the reason until one is filled.
        """
        pause = 0.0
        while True:
            try:
                worker = await WorkerProcess.start(self._setup)
            except PoolUnavailable as error:
                _log.warning("%s", error)
                if pause > 0:
                    self._down.add(place)
                if len(self._down) == self.workers:
                    self._line.refuse(error.message)
            else:
                self._down.discard(place)
                return worker
            await asyncio.sleep(pause)
            pause = min(max(1.0, 2 * pause), LONGEST_PAUSE)

    async def _serve(self, worker: WorkerProcess, request: CheckRequest, stages: StageRecorder) -> LivenessResult:
        taken_ns = time.time_ns()
        try:
            outcome = await worker.run(request, carrier_of(stages.context), self._config.time_limit)
        except (TimeLimitExceeded, WorkerCrashed, PoolUnavailable) as error:
            Processing(request, stages, self._timing_log, start_ns=taken_ns).end(error)
            raise
        if isinstance(outcome.answer, MemoryLimitExceeded):
            worker.over.set()  # its heap is in pieces: the next check would have less room
        self._offer(worker)
        return _result(outcome, stages)


async def _undo(starts: Sequence["asyncio.Task[WorkerProcess]"]) -> None:
    """Break off all starts and stop the workers that came of them."""
    outcomes = await _cancelled(starts)
    await asyncio.gather(*(outcome.stop() for outcome in outcomes if isinstance(outcome, WorkerProcess)))


async def _cancelled(tasks: Sequence["asyncio.Task[T]"]) -> list[T | BaseException]:
    """Cancel tasks and return what became of each, once all have ended."""
    for task in tasks:
        task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)


def _result(outcome: Outcome, stages: StageRecorder) -> LivenessResult:
    if isinstance(outcome.answer, LivenessResult):
        return outcome.answer
    for stage, seconds in outcome.seconds.items():
        stages.add(Stage(stage), seconds)
    raise outcome.answer
