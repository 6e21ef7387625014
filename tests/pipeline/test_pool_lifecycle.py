"""Starting and ending a worker pool: nothing half-started, nothing left behind, whoever ends it."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.config import PipelineConfig
from pipeline.errors import PoolUnavailable
from pipeline.result import Verdict
from tests.pipeline.pool_checkers import ActingChecker, die_loading, lack_library, refuse
from tests.pipeline.pools import Gate, Processes, check, make_pool, running_pool, worker_pid, worker_processes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def left_behind() -> Callable[[], list[str]]:
    """Tell which workers there are, and which threads beside the event loop's own that were not there before."""
    before = set(threading.enumerate())

    def tell() -> list[str]:
        new = [thread.name for thread in threading.enumerate() if thread not in before]
        threads = [name for name in new if not name.startswith("asyncio_")]
        return threads + [f"process {pid}" for pid in worker_processes()]

    return tell


async def test_is_ready_once_every_worker_has_loaded_its_models(tmp_path: Path) -> None:
    """A started pool has all its workers, and each has answered for itself."""
    async with running_pool(tmp_path, workers=2) as pool:
        assert pool.ready
        assert pool.workers == 2
        assert len(worker_processes()) == 2


@pytest.mark.parametrize(
    ("make_checker", "reason"),
    [
        (refuse, "ValueError: the model file is damaged"),
        (lack_library, "ModuleNotFoundError: No module named 'no_such_library'"),
        (die_loading, "could not start"),
    ],
)
async def test_a_worker_that_cannot_start_says_why(
    tmp_path: Path,
    left_behind: Callable[[], list[str]],
    make_checker: Callable[[PipelineConfig], ActingChecker],
    reason: str,
) -> None:
    """A start that fails is one error with the worker's reason; it is neither tried for ever nor half done."""
    pool = make_pool(tmp_path, workers=2, make_checker=make_checker)
    with pytest.raises(PoolUnavailable, match=reason):
        await pool.start()
    assert not pool.ready
    assert left_behind() == []


async def test_a_cancelled_start_leaves_no_process(tmp_path: Path, left_behind: Callable[[], list[str]]) -> None:
    """A service that is stopped while its workers load ends without them."""
    pool = make_pool(tmp_path, workers=2)
    starting = asyncio.create_task(pool.start())
    await asyncio.wait({starting}, timeout=0.05)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert left_behind() == []


async def test_closing_lets_running_checks_end_and_refuses_all_others(tmp_path: Path) -> None:
    """Who runs gets a result, who waits or comes later is told that the pool is stopping."""
    gate = Gate(tmp_path)
    async with running_pool(tmp_path) as pool:
        running = asyncio.create_task(check(pool, "wait_for_test", gate.path))
        await gate.reached()
        waiting = asyncio.create_task(check(pool, "answer"))
        await asyncio.sleep(0)
        closing = asyncio.create_task(pool.close())
        with pytest.raises(PoolUnavailable, match="stopping"):
            await waiting
        with pytest.raises(PoolUnavailable, match="stopping"):
            await check(pool, "answer")
        assert not pool.ready
        assert not closing.done()
        gate.open()
        assert (await running).verdict is Verdict.BONA_FIDE
        await closing


async def test_closing_sends_telemetry_and_leaves_nothing_behind(
    tmp_path: Path, left_behind: Callable[[], list[str]]
) -> None:
    """Every worker shuts its telemetry down before it ends; no process and no thread stays."""
    async with running_pool(tmp_path, workers=2):
        pids = worker_processes()
    assert sorted(map(int, (tmp_path / "shutdowns").read_text().split())) == sorted(pids)
    assert left_behind() == []


async def test_closing_at_once_after_the_start_leaves_nothing_behind(
    tmp_path: Path, left_behind: Callable[[], list[str]]
) -> None:
    """Not even a pool that never came to do anything is left running."""
    pool = make_pool(tmp_path)
    await pool.start()
    await pool.close()
    await pool.close()
    assert left_behind() == []


async def test_closing_without_any_patience_leaves_nothing_behind(
    tmp_path: Path, left_behind: Callable[[], list[str]]
) -> None:
    """A close that is cancelled before it has begun to stop workers stops them all the same."""
    pool = make_pool(tmp_path, workers=2)
    await pool.start()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await pool.close()
    assert left_behind() == []


async def test_closing_ends_in_time_although_a_worker_hangs(
    tmp_path: Path, left_behind: Callable[[], list[str]]
) -> None:
    """When the caller stops waiting, the hanging worker is killed and its check told so."""
    gate = Gate(tmp_path)
    async with running_pool(tmp_path) as pool:
        hanging = asyncio.create_task(check(pool, "hang", gate.path))
        await gate.reached()
        gate.open()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await pool.close()
        with pytest.raises(PoolUnavailable, match="stopped before the check had ended"):
            await hanging
        assert left_behind() == []


async def test_closing_ends_in_time_although_an_idle_worker_no_longer_answers(
    tmp_path: Path, left_behind: Callable[[], list[str]]
) -> None:
    """A worker that does not come to send its telemetry is waited for a few seconds, then killed."""
    async with running_pool(tmp_path) as pool:
        os.kill(await worker_pid(pool), signal.SIGSTOP)
    assert left_behind() == []


async def test_signals_for_the_service_do_not_reach_the_workers(tmp_path: Path) -> None:
    """A worker is outside the terminal's process group, and a SIGTERM or SIGINT to it does not end its check."""
    gate = Gate(tmp_path)
    async with running_pool(tmp_path) as pool:
        pid = await worker_pid(pool)
        assert os.getsid(pid) == os.getpgid(pid) == pid
        running = asyncio.create_task(check(pool, "wait_for_test", gate.path))
        await gate.reached()
        os.kill(pid, signal.SIGTERM)
        os.kill(pid, signal.SIGINT)
        gate.open()
        assert (await running).verdict is Verdict.BONA_FIDE
        assert pid == await worker_pid(pool)


@pytest.mark.parametrize(
    ("challenge", "time_limit"),
    [
        ("wait_for_test", "3600"),
        ("hang", "3600"),
        ("hang_in_library", "1"),  # nothing in its process can notice; the alarm ends it soon after the time limit
    ],
)
async def test_workers_end_with_a_service_that_was_killed(tmp_path: Path, challenge: str, time_limit: str) -> None:
    """A worker, idle or in the middle of whatever, does not outlive a service ended by SIGKILL."""
    gate = Gate(tmp_path)
    command = [sys.executable, "-m", "tests.pipeline.pool_program", str(tmp_path), challenge, time_limit]
    service = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    await gate.reached()
    processes = Processes(worker_processes(service.pid))
    assert len(processes) == 2
    if challenge != "wait_for_test":
        gate.open()
    service.kill()
    await service.wait()
    processes.wait()
    gate.open()
