"""A worker pool with real telemetry as a program: ``pool_program FOLDER CHALLENGE TIME_LIMIT`` runs one check.

Prints ``ready`` when the workers are, then the verdict or the error's code; the video is FOLDER/video.
"""

import asyncio
import sys
from functools import partial
from pathlib import Path

from opentelemetry.context import Context

from pipeline.config import PipelineConfig
from pipeline.errors import CheckError
from pipeline.pool import WorkerPool
from pipeline.request import CheckRequest
from telemetry.config import TelemetryConfig
from telemetry.setup import configure
from telemetry.spans import StageRecorder
from telemetry.stages import Stage
from telemetry.timing_points import TimingLog
from tests.pipeline.pool_checkers import ActingChecker


def say(line: str) -> None:
    """Tell the test."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def check(request: CheckRequest, time_limit: float, config: TelemetryConfig, timing_log: TimingLog) -> str:
    """Run one check below a root span."""
    settings = PipelineConfig(workers=2, time_limit=time_limit)
    pool = WorkerPool(settings, partial(configure, config), timing_log, make_checker=ActingChecker)
    await pool.start()
    say("ready")
    recorder = StageRecorder(Context())
    try:
        with recorder.stage(Stage.REQUEST) as root:
            result = await pool.check(request, recorder.under(root))
        return f"{result.verdict} {result.timings[Stage.ANALYZE_VIDEO]:.9f}"
    except CheckError as error:
        return error.code
    finally:
        await pool.close()


def main(folder: Path, challenge: str, time_limit: float) -> None:
    """Switch telemetry on, check, flush."""
    config = TelemetryConfig(
        traces_dir=folder / "traces",
        performance_log=folder / "performance.log",
        facematch_log=folder / "facematch.log",
    )
    telemetry = configure(config)
    request = CheckRequest(folder / "video", challenge, "session-1")
    say(asyncio.run(check(request, time_limit, config, telemetry.timing_log)))
    telemetry.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
