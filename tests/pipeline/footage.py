"""Where the real clips, photos and models lie, and checks of them; tests skip when they are not there."""

from pathlib import Path

import numpy as np
import pytest
from av.video.frame import VideoFrame
from opentelemetry.context import Context

from pipeline.check import Checker
from pipeline.frame import Frame, Image
from pipeline.orientation import Orientation
from pipeline.request import CheckRequest
from pipeline.result import LivenessResult
from telemetry.spans import StageRecorder
from telemetry.timing_points import TimingLog

TESTDATA = Path(__file__).parents[3] / "shared" / "testdata"

needs_testdata = pytest.mark.skipif(not TESTDATA.is_dir(), reason="testdata (real clips and photos) is not here")


def clip(name: str) -> Path:
    """Return a real clip by name."""
    return TESTDATA / "videos" / f"{name}.mp4"


def photo(name: str) -> Path:
    """Return a real photo by name."""
    return TESTDATA / "images" / f"{name}.jpg"


def checked(
    checker: Checker, video: Path, reference: Path | None = None, challenge: str = "head_movement"
) -> LivenessResult:
    """Check a video, without telemetry."""
    request = CheckRequest(video, challenge, "session", reference)
    return checker.check(request, StageRecorder(Context()), TimingLog(None, None))


def codes(result: LivenessResult) -> set[str]:
    """Return the codes of a result's reasons."""
    return {reason.code for reason in result.reasons}


def frame(image: Image, index: int = 0, seconds: float = 0.0) -> Frame:
    """Return an image as a frame of a video that is no larger than what is analysed."""
    return Frame(
        index, seconds, image, VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24"), Orientation()
    )
