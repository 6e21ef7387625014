"""Checks that a test controls, for what happens at the edge to HTTP; the main path is tested with real workers."""

import asyncio
from typing import Final

from pipeline.request import CheckRequest
from pipeline.result import ChallengeOutcome, Engines, LivenessResult, Reason, Verdict, VideoFacts
from telemetry.spans import StageRecorder
from telemetry.stages import Stage

VIDEO: Final = b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 8
"""What looks like a video to whoever only sniffs at it."""

RESULT: Final = LivenessResult(
    verdict=Verdict.BONA_FIDE,
    reasons=(Reason("challenge_performed", "The head was turned.", 0.41234567, 0.25, "inter-ocular distances"),),
    challenge=ChallengeOutcome("head_movement", performed=True),
    comparison=None,
    video=VideoFacts("mov", "h264", 720, 1280, 90, 3.3333333, 100, 25),
    engines=Engines("yunet 2026may", "dlib_resnet 1", None),
    timings={Stage.ANALYZE_VIDEO: 0.5, Stage.OPEN_VIDEO: 0.01},
)


class ControlledChecks:
    """Answers with ``outcome``, at once or when ``release`` is set; remembers what it was given."""

    def __init__(self, outcome: LivenessResult | Exception = RESULT) -> None:
        self.outcome = outcome
        self.ready = True
        self.requests: list[CheckRequest] = []
        self.videos: list[bytes] = []
        self.references: list[bytes | None] = []
        self.started = asyncio.Event()
        self.release = asyncio.Event()
        self.release.set()

    async def start(self) -> None:
        """Be ready as soon as asked."""

    async def check(self, request: CheckRequest, stages: StageRecorder) -> LivenessResult:
        """Take what a worker would take, and answer as the test says."""
        self.requests.append(request)
        self.videos.append(request.video.read_bytes())
        self.references.append(request.reference.read_bytes() if request.reference is not None else None)
        self.started.set()
        with stages.stage(Stage.WAIT_FOR_WORKER):
            await self.release.wait()
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    async def close(self) -> None:
        """Have nothing to close."""
