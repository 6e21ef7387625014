"""The worker processes as the service wants them."""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Protocol

from pipeline.pool import WorkerPool
from pipeline.request import CheckRequest
from pipeline.result import LivenessResult
from service.settings import Settings
from service.worker_setup import prepare_worker
from telemetry.setup import Telemetry
from telemetry.spans import StageRecorder


class Checks(Protocol):
    """Whatever decides about videos; ``pipeline.pool.WorkerPool`` is the real one."""

    @property
    def ready(self) -> bool:
        """Whether a check would be taken now."""

    async def start(self) -> None:
        """Get ready."""

    async def check(self, request: CheckRequest, stages: StageRecorder) -> LivenessResult:
        """Decide about one video, or raise a CheckError."""

    async def close(self) -> None:
        """Finish what runs and stop; cancelled, finish nothing and stop."""


def make_pool(settings: Settings, telemetry: Telemetry) -> WorkerPool:
    """Return the pool of worker processes, not yet started."""
    prepare = partial(prepare_worker, settings.telemetry(), settings.log_level)
    return WorkerPool(settings.pipeline(), prepare, telemetry.timing_log)


async def close_now(pool: Checks) -> None:
    """Close a pool without waiting for the checks it runs; they end with PoolUnavailable."""
    with suppress(TimeoutError):
        async with asyncio.timeout(0):
            await pool.close()
