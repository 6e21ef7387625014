"""Workers that crash, hang or eat memory: an error of one check, and a pool that goes on."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from pipeline.errors import CheckError, MemoryLimitExceeded, PoolUnavailable, TimeLimitExceeded, WorkerCrashed
from pipeline.result import Verdict
from tests.pipeline.pool_checkers import RefusingLater
from tests.pipeline.pools import PATIENCE, Gate, Processes, check, readiness, running_pool, worker_pid


@pytest.mark.parametrize(
    ("challenge", "cause"),
    [("die", "signal 9"), ("segfault", "signal 11"), ("exit_quietly", "exit code 0")],
)
async def test_a_crash_fails_its_check_alone(tmp_path: Path, challenge: str, cause: str) -> None:
    """However a worker ends under a check, that check says so and the next one works in a new process."""
    async with running_pool(tmp_path) as pool:
        pid = await worker_pid(pool)
        with pytest.raises(WorkerCrashed, match=cause):
            await check(pool, challenge)
        assert pid != await worker_pid(pool)


async def test_repeated_crashes_never_take_the_pool_down(tmp_path: Path) -> None:
    """The same hostile upload three times in a row costs three workers, and other checks still get theirs."""
    async with running_pool(tmp_path, workers=2) as pool:
        for _ in range(3):
            with pytest.raises(WorkerCrashed):
                await check(pool, "die")
            assert (await check(pool, "answer")).verdict is Verdict.BONA_FIDE
        assert pool.ready


async def test_one_workers_crash_leaves_the_others_check_alone(tmp_path: Path) -> None:
    """A check that runs while another worker crashes gets its result."""
    gate = Gate(tmp_path)
    async with running_pool(tmp_path, workers=2) as pool:
        running = asyncio.create_task(check(pool, "wait_for_test", gate.path))
        await gate.reached()
        with pytest.raises(WorkerCrashed):
            await check(pool, "die")
        gate.open()
        assert (await running).verdict is Verdict.BONA_FIDE


async def test_a_worker_killed_while_idle_is_replaced(tmp_path: Path) -> None:
    """The check after the death of an idle worker works, with nothing to be noticed by its caller."""
    async with running_pool(tmp_path) as pool:
        pid = await worker_pid(pool)
        os.kill(pid, signal.SIGKILL)
        assert pid != await worker_pid(pool)


async def test_a_worker_killed_while_idle_is_replaced_before_anybody_asks(tmp_path: Path) -> None:
    """The death is noticed by itself, so that the next check does not wait for models to load."""
    async with running_pool(tmp_path) as pool:
        os.kill(await worker_pid(pool), signal.SIGKILL)
        await readiness(pool, False)
        await readiness(pool, True)


async def test_a_check_whose_worker_dies_before_taking_it_goes_to_another(tmp_path: Path) -> None:
    """A worker that cannot take its check any more costs time, not the check."""
    async with running_pool(tmp_path) as pool:
        pid = await worker_pid(pool)
        os.kill(pid, signal.SIGSTOP)
        unlucky = asyncio.create_task(worker_pid(pool))
        await asyncio.wait({unlucky}, timeout=0.3)
        assert not unlucky.done()
        os.kill(pid, signal.SIGKILL)
        assert pid != await unlucky


async def test_a_check_is_given_up_when_two_workers_die_before_taking_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What happens twice in a row is no accident: the caller is told, not kept waiting."""
    async with running_pool(tmp_path, workers=2) as pool:
        first, second = [await worker_pid(pool) for _ in range(2)]
        os.kill(first, signal.SIGSTOP)
        os.kill(second, signal.SIGSTOP)
        unlucky = asyncio.create_task(check(pool, "answer"))
        await asyncio.sleep(0)
        os.kill(first, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            while "before it took" not in caplog.text:  # noqa: ASYNC110 - the log is all there is to see of it
                await asyncio.sleep(0.01)
        os.kill(second, signal.SIGKILL)
        with pytest.raises(WorkerCrashed, match="before they took the check"):
            await unlucky


@pytest.mark.parametrize("challenge", ["hang", "hang_in_library"])
async def test_a_check_that_hangs_is_killed_at_its_time_limit(tmp_path: Path, challenge: str) -> None:
    """Exceeding the time limit is an error of that check; its process is gone when the error is raised."""
    gate = Gate(tmp_path)
    async with running_pool(tmp_path, time_limit=0.5) as pool:
        processes = Processes([await worker_pid(pool)])
        hanging = asyncio.create_task(check(pool, challenge, gate.path))
        await gate.reached()
        gate.open()
        with pytest.raises(TimeLimitExceeded, match=r"longer than 0\.5 s"):
            await hanging
        processes.wait()
        assert (await check(pool, "answer")).verdict is Verdict.BONA_FIDE


async def test_a_stopped_worker_is_killed_at_the_time_limit(tmp_path: Path) -> None:
    """A process that no longer runs at all is no reason to wait longer."""
    async with running_pool(tmp_path, time_limit=0.5) as pool:
        os.kill(await worker_pid(pool), signal.SIGSTOP)
        with pytest.raises(TimeLimitExceeded):
            await check(pool, "answer")
        assert (await check(pool, "answer")).verdict is Verdict.BONA_FIDE


@pytest.mark.parametrize("challenge", ["eat_with_python", "eat_with_numpy", "eat_with_opencv", "misread_exhaustion"])
async def test_a_check_that_eats_memory_fails_alone(tmp_path: Path, challenge: str) -> None:
    """Whoever asks for too much memory gets none; the check says so and its worker is replaced."""
    async with running_pool(tmp_path) as pool:
        pid = await worker_pid(pool)
        with pytest.raises(MemoryLimitExceeded) as raised:
            await check(pool, challenge)
        assert raised.value.code == "memory_limit_exceeded"
        assert pid != await worker_pid(pool)
    assert str(pid) in (tmp_path / "shutdowns").read_text().split(), "its telemetry was not sent"


async def test_without_any_worker_checks_are_refused_until_one_can_be_started(tmp_path: Path) -> None:
    """Models that went bad turn checks away with the worker's reason; once they are well the pool recovers."""
    damaged = tmp_path / "damaged"
    async with running_pool(tmp_path, make_checker=RefusingLater(tmp_path)) as pool:
        damaged.touch()
        with pytest.raises(WorkerCrashed):
            await check(pool, "die")
        for _ in range(2):  # one waits until the start has failed, the other is turned away at once
            with pytest.raises(PoolUnavailable, match="the model file is damaged"):
                await check(pool, "answer")
        await readiness(pool, False)
        damaged.unlink()
        await readiness(pool, True)
        assert (await check(pool, "answer")).verdict is Verdict.BONA_FIDE


async def test_every_failure_is_a_check_error(tmp_path: Path) -> None:
    """The service has one class to catch, and each failure its own code."""
    codes = []
    async with running_pool(tmp_path) as pool:
        for challenge in ("die", "eat_with_numpy", "reject", "fail"):
            with pytest.raises(CheckError) as raised:
                await check(pool, challenge)
            codes.append(raised.value.code)
    assert codes == ["worker_crashed", "memory_limit_exceeded", "truncated_video", "internal_error"]
