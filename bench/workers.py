"""Throughput of the worker pool against what the CPU of one check would allow on the cores there are."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import mean, median
from typing import Final

from opentelemetry.context import Context

from bench.figure import Row, compared, ratio_at_least
from bench.plan import Plan, say
from bench.tasks import WORKER_ENVIRONMENT, CheckTask, telemetry_below
from bench.warm import WarmProcess
from pipeline.pool import WorkerPool
from pipeline.request import CheckRequest
from service.session import DEFAULT_CHALLENGE
from service.worker_setup import prepare_worker
from telemetry.spans import StageRecorder
from telemetry.timing_points import TimingLog

CLIPS: Final = ("d3.mp4", "d12.mp4", "d13.mp4")
WORKERS: Final = 2
GOAL = ratio_at_least(0.9)


@dataclass(frozen=True, slots=True)
class Round:
    """Checks a second: what the CPU of single checks allows, measured right before, and what the pool reached."""

    possible: float
    reached: float


def measure(plan: Plan) -> list[Row]:
    """Measure checks alone, then many through the pool, in turns; the ratio is the median of the rounds' own."""
    clips = [plan.clip(name) for name in CLIPS]
    with WarmProcess(partial(CheckTask, plan.config(), plan.folder), clips[0], environment=WORKER_ENVIRONMENT) as alone:
        rounds = asyncio.run(_rounds(plan, clips, alone))
    figure = compared(
        f"{WORKERS} workers, throughput",
        median(each.reached for each in rounds),
        f"{WORKERS} / CPU of a check alone",
        median(each.possible for each in rounds),
        GOAL,
        unit="checks/s",
        runs=len(rounds),
    )
    return [replace(figure, ratio=median(each.reached / each.possible for each in rounds))]


async def _rounds(plan: Plan, clips: Sequence[Path], alone: WarmProcess) -> list[Round]:
    rounds, checks = plan.runs(7, 1), plan.runs(45, 12)
    done = []
    async with _pool(plan) as pool:
        await _checks_a_second(pool, clips, len(clips) * WORKERS)
        for _ in range(rounds):
            say(f"  each clip alone, then {checks} checks by {WORKERS} workers")
            possible = WORKERS / mean(alone.run(clip).cpu for clip in clips)
            done.append(Round(possible, await _checks_a_second(pool, clips, checks)))
    return done


async def _checks_a_second(pool: WorkerPool, clips: Sequence[Path], checks: int) -> float:
    """Give the pool all checks at once, and return how many it completed a second."""
    videos = enumerate(itertools.islice(itertools.cycle(clips), checks))
    requests = [CheckRequest(video, DEFAULT_CHALLENGE, f"bench-{number}") for number, video in videos]
    begin = time.perf_counter()
    await asyncio.gather(*(pool.check(request, StageRecorder(Context())) for request in requests))
    return checks / (time.perf_counter() - begin)


@asynccontextmanager
async def _pool(plan: Plan) -> AsyncIterator[WorkerPool]:
    prepare_worker_here = partial(prepare_worker, telemetry_below(plan.folder), "warning")
    pool = WorkerPool(replace(plan.config(), workers=WORKERS), prepare_worker_here, TimingLog(None, None))
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()
