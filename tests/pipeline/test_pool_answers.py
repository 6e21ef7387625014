"""The same file gives the same answer: alone, under sixteen at once, in any order, in whichever worker."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from opentelemetry.context import Context

from pipeline.check import Checker
from pipeline.config import PipelineConfig
from pipeline.pool import WorkerPool
from pipeline.request import CheckRequest
from pipeline.result import LivenessResult
from pipeline.samples.files import write_samples
from telemetry.config import TelemetryConfig
from telemetry.setup import build
from telemetry.spans import StageRecorder
from telemetry.timing_points import TimingLog
from tests.pipeline.footage import checked

pytestmark = pytest.mark.slow

CLIPS = ("turn.mp4", "photo_waved.mp4", "still.mp4")


def without_times(result: LivenessResult) -> LivenessResult:
    """An answer less what a clock says."""
    return replace(result, timings={})


async def test_sixteen_checks_at_once_answer_as_each_does_alone(packaged_checker: Checker, tmp_path: Path) -> None:
    """Workers share nothing that could leak from one check into another."""
    samples = {path.name: path for path in write_samples(tmp_path / "samples")}
    reference = samples["reference.jpg"]
    alone = {name: without_times(checked(packaged_checker, samples[name], reference)) for name in CLIPS}
    telemetry = TelemetryConfig(traces_dir=tmp_path / "traces", performance_log=None, facematch_log=None)
    config = PipelineConfig(model_dir=tmp_path, workers=2)
    pool = WorkerPool(config, partial(build, telemetry), TimingLog(None, None))
    await pool.start()
    try:
        names = [CLIPS[(index * 7 + index // 3) % len(CLIPS)] for index in range(16)]
        requests = [
            CheckRequest(samples[name], "head_movement", f"s{index}", reference) for index, name in enumerate(names)
        ]
        answers = await asyncio.gather(*(pool.check(request, StageRecorder(Context())) for request in requests))
    finally:
        await pool.close()
    assert set(names) == set(CLIPS)
    assert [alone[name] for name in names] == [without_times(answer) for answer in answers]
