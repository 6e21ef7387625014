"""Check a clip with the whole pipeline and keep the evidence that its verdict rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from opentelemetry.context import Context

from bench.pad.clips import Key, write_clip
from pipeline.check import Checker
from pipeline.config import PipelineConfig
from pipeline.decision import Decision, Evidence
from pipeline.request import CheckRequest
from pipeline.samples.attacks import Footage
from pipeline.samples.motion import Motion
from telemetry.spans import StageRecorder
from telemetry.timing_points import TimingLog

PACKAGED: Final = "dlib"
YUNET: Final = "yunet"
"""Engine sets: what pip installs, and YuNet for the detector. The replay detector is off in both: rendered faces are
pictures of pictures."""


def engine_sets(models: Path | None) -> dict[str, PipelineConfig]:
    """Return the settings of each engine set that can be run."""
    packaged = PipelineConfig(detector="dlib_hog", embedder="dlib_resnet", replay_detector="off")
    if models is None:
        return {PACKAGED: packaged}
    return {PACKAGED: packaged, YUNET: replace(packaged, detector="yunet", model_dir=models)}


class WatchedChecker(Checker):
    """A checker that remembers what it decided on last."""

    evidence: Evidence

    def _decide(self, evidence: Evidence, stages: StageRecorder) -> Decision:
        self.evidence = evidence
        return super()._decide(evidence, stages)

    def examine(self, video: Path, challenge: str) -> Evidence:
        """Check a video; return the evidence, without the pictures in it."""
        self.check(CheckRequest(video, challenge, "bench"), StageRecorder(Context()), TimingLog(None, None))
        seen = [replace(frame, crop=None) for frame in self.evidence.observations]
        return replace(self.evidence, observations=seen)


@dataclass(frozen=True, slots=True)
class Angles:
    """How a head truly stood in the analysed frames: seconds, and degrees as the pipeline counts them."""

    times: tuple[float, ...]
    turn: tuple[float, ...]
    nod: tuple[float, ...]

    @classmethod
    def at(cls, times: Sequence[float], head: Motion) -> "Angles":
        """Look the angles up."""
        poses = [head(at) for at in times]
        return cls(tuple(times), tuple(pose.yaw for pose in poses), tuple(-pose.pitch for pose in poses))


@dataclass(frozen=True, slots=True)
class Examined:
    """What the pipeline found in a clip, and, of a person, what there was to be found."""

    evidence: Evidence
    truth: Angles | None


def examine(key: Key, portraits: tuple[Path, ...], checkers: Mapping[str, WatchedChecker]) -> dict[str, Examined]:
    """Make a clip and check it with each engine set."""
    with TemporaryDirectory(prefix="bench-pad-") as folder:
        video = Path(folder) / "clip.mp4"
        footage = write_clip(video, key, portraits)
        found = {name: checker.examine(video, key.challenge) for name, checker in checkers.items()}
    return {name: Examined(evidence, _truth(evidence, footage)) for name, evidence in found.items()}


def _truth(evidence: Evidence, footage: Footage) -> Angles | None:
    times = [frame.time for frame in evidence.observations]
    return Angles.at(times, footage.head) if footage.head is not None else None
