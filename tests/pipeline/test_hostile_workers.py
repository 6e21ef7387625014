"""Hostile files in real worker processes: the caller gets the code, the worker lives on or is replaced."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import CheckError, MemoryLimitExceeded
from pipeline.pool import WorkerPool
from tests.fuzz.decoding import DecodingChecker
from tests.pipeline.clips import write_clip
from tests.pipeline.hostile_files import CONFIG, HOSTILE
from tests.pipeline.pools import check, running_pool, worker_processes
from tests.pipeline.specimens import ordinary

NEED_MEMORY = ("bits a second by its index", "bits a second without an index")
"""Their one frame is read before it is refused, for which the workers of these tests have not enough memory."""


async def refusal(pool: WorkerPool, video: Path) -> tuple[type[CheckError], str]:
    """Return the error and the code that a video is refused with."""
    with pytest.raises(CheckError) as raised:
        await check(pool, "head_movement", video)
    return type(raised.value), raised.value.code


async def test_every_hostile_file_costs_its_own_check_alone(tmp_path: Path) -> None:
    """Error and code come across from the worker, which then takes the next file: none has to be replaced."""
    async with running_pool(tmp_path, make_checker=DecodingChecker) as pool:
        workers = worker_processes()
        for name, hostile in HOSTILE.items():
            if hostile.config == CONFIG and name not in NEED_MEMORY:
                assert await refusal(pool, hostile.make(tmp_path)) == (hostile.error, hostile.code)
        assert worker_processes() == workers
        assert (await check(pool, "head_movement", ordinary(tmp_path, "h264.mp4"))).video.codec == "h264"


async def test_a_video_that_needs_too_much_memory_fails_alone(tmp_path: Path) -> None:
    """Within every other limit, it takes more than a check may have; the next video is read by a new worker."""
    large = write_clip(
        tmp_path / "large.mp4",
        pictures=[np.full((2304, 4096, 3), 128, np.uint8)] * 16,
        options={"preset": "ultrafast", "bf": "2", "refs": "8"},
    )
    async with running_pool(tmp_path, make_checker=DecodingChecker) as pool:
        workers = worker_processes()
        assert await refusal(pool, large) == (MemoryLimitExceeded, "memory_limit_exceeded")
        assert (await check(pool, "head_movement", ordinary(tmp_path, "vp8.webm"))).video.codec == "vp8"
        assert worker_processes() != workers


async def test_hostile_and_honest_files_do_not_disturb_each_other(tmp_path: Path) -> None:
    """While one worker refuses what it is given, the other reads every video to its end."""
    honest = ordinary(tmp_path, "vp9.webm")
    hostile = [HOSTILE[name].make(tmp_path) for name in ("rubbish in its packets", "a playlist", "nine tracks")]
    async with running_pool(tmp_path, workers=2, make_checker=DecodingChecker) as pool:
        tasks = [check(pool, "head_movement", video) for video in (honest, *hostile) * 10]
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    frames = [answer.video.frames_decoded for answer in answers if not isinstance(answer, BaseException)]
    codes = [answer.code for answer in answers if isinstance(answer, CheckError)]
    assert frames == [10] * 10
    assert codes == ["no_frames", "unsupported_video", "too_many_tracks"] * 10
