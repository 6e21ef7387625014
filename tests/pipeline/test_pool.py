"""Checks in a worker pool: who gets a worker when, what comes back, and what a caller who leaves changes."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.context import Context

from pipeline.errors import CheckError, PoolUnavailable, UnreadableVideo, UnsupportedVideo
from pipeline.result import Verdict
from pipeline.worker import load_checker
from telemetry.spans import StageRecorder
from telemetry.stages import Stage
from tests.pipeline.pools import Gate, check, make_pool, running_pool, worker_pid


async def test_returns_the_result_with_the_seconds_of_the_workers_stages(tmp_path: Path) -> None:
    """The result carries the timings of the worker, the caller's recorder those of the queue."""
    stages = StageRecorder(Context())
    async with running_pool(tmp_path) as pool:
        result = await check(pool, "answer", stages=stages)
    assert result.verdict is Verdict.BONA_FIDE
    assert result.timings.keys() == {Stage.ANALYZE_VIDEO, Stage.OPEN_VIDEO}
    assert 0 < result.timings[Stage.OPEN_VIDEO] <= result.timings[Stage.ANALYZE_VIDEO]
    assert stages.seconds.keys() == {Stage.WAIT_FOR_WORKER}


async def test_raises_the_checkers_own_error(tmp_path: Path) -> None:
    """An error about the upload arrives with class, code and message; the seconds spent are not lost."""
    stages = StageRecorder(Context())
    async with running_pool(tmp_path) as pool:
        with pytest.raises(UnreadableVideo, match="The video ends early") as raised:
            await check(pool, "reject", stages=stages)
    assert raised.value.code == "truncated_video"
    assert stages.seconds[Stage.ANALYZE_VIDEO] > 0


async def test_hides_an_unforeseen_error_from_the_caller_and_logs_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A bug is an internal error without details; the worker's log has the traceback, and the worker goes on."""
    async with running_pool(tmp_path) as pool:
        pid = await worker_pid(pool)
        with pytest.raises(CheckError) as raised:
            await check(pool, "fail")
        assert pid == await worker_pid(pool)
    assert raised.value.code == "internal_error"
    assert "secret" not in repr(raised.value)
    assert raised.value.__cause__ is None
    assert "ValueError: secret" in capfd.readouterr().err


async def test_survives_an_answer_that_cannot_travel(tmp_path: Path) -> None:
    """A result that cannot be pickled is an internal error of its check alone."""
    async with running_pool(tmp_path) as pool:
        with pytest.raises(CheckError) as raised:
            await check(pool, "answer_unpicklably")
        assert raised.value.code == "internal_error"
        assert (await check(pool, "answer")).verdict is Verdict.BONA_FIDE


async def test_runs_as_many_checks_at_once_as_there_are_workers(tmp_path: Path) -> None:
    """Two workers run two checks at the same time, in two processes."""
    gates = [Gate(tmp_path, "first"), Gate(tmp_path, "second")]
    async with running_pool(tmp_path, workers=2) as pool:
        checks = [asyncio.create_task(check(pool, "wait_for_test", gate.path)) for gate in gates]
        for gate in gates:
            await gate.reached()
        for gate in gates:
            gate.open()
        results = await asyncio.gather(*checks)
    assert len({result.engines.detector for result in results}) == 2


async def test_serves_first_come_first_served(tmp_path: Path) -> None:
    """Checks that wait get the worker in the order they came, the time being in ``wait for worker``."""
    gate, served = Gate(tmp_path), list[int]()
    recorders = [StageRecorder(Context()) for _ in range(5)]

    async with running_pool(tmp_path) as pool:

        async def wait_and_note(number: int) -> None:
            await check(pool, "answer", stages=recorders[number])
            served.append(number)

        first = asyncio.create_task(check(pool, "wait_for_test", gate.path))
        await gate.reached()
        waiting = [asyncio.create_task(wait_and_note(number)) for number in range(5)]
        await asyncio.sleep(0)
        gate.open()
        await asyncio.gather(first, *waiting)
    assert served == [0, 1, 2, 3, 4]
    waits = [recorder.seconds[Stage.WAIT_FOR_WORKER] for recorder in recorders]
    assert waits == sorted(waits)


async def test_a_caller_who_leaves_the_queue_is_gone_at_once(tmp_path: Path) -> None:
    """A cancelled check that waits ends without a worker, and the one behind it moves up."""
    gate = Gate(tmp_path)
    async with running_pool(tmp_path) as pool:
        running = asyncio.create_task(check(pool, "wait_for_test", gate.path))
        await gate.reached()
        leaving = asyncio.create_task(check(pool, "answer"))
        behind = asyncio.create_task(check(pool, "answer"))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert not running.done()
        gate.open()
        assert (await running).engines == (await behind).engines


async def test_a_caller_who_leaves_a_running_check_waits_for_its_end(tmp_path: Path) -> None:
    """A cancelled check that runs returns when the worker is done with the files; the worker goes on."""
    gate = Gate(tmp_path)
    async with running_pool(tmp_path) as pool:
        pid = await worker_pid(pool)
        leaving = asyncio.create_task(check(pool, "wait_for_test", gate.path))
        await gate.reached()
        for _ in range(2):  # the second shows that impatience changes nothing
            leaving.cancel()
            await asyncio.wait({leaving}, timeout=0.05)
            assert not leaving.done()
        gate.open()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert pid == await worker_pid(pool)


async def test_takes_no_check_before_it_is_started(tmp_path: Path) -> None:
    """A pool without workers refuses at once instead of waiting for a start that may never come."""
    pool = make_pool(tmp_path)
    assert not pool.ready
    with pytest.raises(PoolUnavailable, match="not been started"):
        await check(pool, "answer")


async def test_gives_each_worker_one_core(tmp_path: Path) -> None:
    """Numeric libraries in a worker use one thread, or two workers on two cores would slow each other down."""
    async with running_pool(tmp_path) as pool:
        result = await check(pool, "tell_threads")
    assert result.reasons[0].message == "1"


async def test_has_the_real_checker_by_default(tmp_path: Path) -> None:
    """Without being told otherwise, workers load the models and look at the file they are given."""
    video = tmp_path / "video"
    video.write_bytes(b"no video at all " * 64)
    async with running_pool(tmp_path, make_checker=load_checker) as pool:
        with pytest.raises(UnsupportedVideo):
            await check(pool, "head_movement", video)


def test_the_services_process_does_without_the_heavy_libraries() -> None:
    """Importing the pool loads no model library: they cost the memory and the start of workers only."""
    program = "import sys, pipeline.pool; print({'av', 'cv2', 'dlib', 'numpy'} & sys.modules.keys())"
    output = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "set()"
