"""What a worker process does in a fuzz campaign: everything that touches the file, without looking for faces."""

from typing import Final

from pipeline.config import PipelineConfig
from pipeline.frame import FrameMaker, chosen_pictures
from pipeline.readahead import read_ahead
from pipeline.request import CheckRequest
from pipeline.result import ChallengeOutcome, Engines, LivenessResult, Verdict, VideoFacts
from pipeline.video import Video
from telemetry.spans import StageRecorder
from telemetry.timing_points import TimingLog

READ_AHEAD: Final = 8


class DecodingChecker:
    """Decodes a video as a check does, and converts each chosen frame to its full size."""

    engines = Engines("none", "none", None)

    def __init__(self, config: PipelineConfig) -> None:
        self._config = config

    def check(self, request: CheckRequest, stages: StageRecorder, timing_log: TimingLog) -> LivenessResult:
        """Read a video to its end."""
        with Video(request.video, self._config) as video:
            maker = FrameMaker(video.orientation)
            with read_ahead(chosen_pictures(video, stages), READ_AHEAD) as pictures:
                analyzed = sum(maker.frame(chosen).full_size().size > 0 for chosen in pictures)
            return _result(request, video, analyzed)


class NoTelemetry:
    """Workers that tell nobody anything."""

    timing_log = TimingLog(None, None)

    def flush_soon(self) -> None:
        """Nothing is held back."""

    def shutdown(self) -> None:
        """Nothing is left."""


def _result(request: CheckRequest, video: Video, analyzed: int) -> LivenessResult:
    width, height = video.shown_size
    facts = VideoFacts(
        container=video.container.name.lower(),
        codec=video.codec,
        width=width,
        height=height,
        rotation=video.rotation,
        duration=video.progress.duration,
        frames_decoded=video.progress.frames_decoded,
        frames_analyzed=analyzed,
    )
    return LivenessResult(
        verdict=Verdict.INCONCLUSIVE,
        reasons=(),
        challenge=ChallengeOutcome(request.challenge, performed=False),
        comparison=None,
        video=facts,
        engines=DecodingChecker.engines,
        timings={},
    )
