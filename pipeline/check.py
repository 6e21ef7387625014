"""One check from video file to verdict, inside a worker: open, decode, analyse, compare, decide."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from pipeline.comparison import Comparer, read_reference
from pipeline.config import PipelineConfig
from pipeline.continuity import measure_continuity
from pipeline.decision import Decision, Evidence, decide
from pipeline.details import Details
from pipeline.detectors import load_detector
from pipeline.embedders import load_embedder
from pipeline.face import UPRIGHT_FACE, Box, Face
from pipeline.face_search import FaceSearch
from pipeline.frame import ANALYSIS_SIZE, FrameMaker, Image, chosen_pictures
from pipeline.keepsakes import Keepsakes
from pipeline.movement import measure_movement
from pipeline.observation import FrameObservation, observe
from pipeline.occlusion import measure_occlusion
from pipeline.planarity import PlaneFitter
from pipeline.readahead import read_ahead
from pipeline.replay import detect_replay, load_replay_detector
from pipeline.request import CheckRequest
from pipeline.result import ChallengeOutcome, Comparison, Engines, LivenessResult, VideoFacts
from pipeline.video import Video
from telemetry.leaves import leaves_of
from telemetry.spans import StageRecorder
from telemetry.stages import Attribute, Stage
from telemetry.timing_points import TimingLog

READ_AHEAD: Final = 8
"""Frames decoded ahead of the analysis: enough to keep both busy, little enough to hold in memory."""


@dataclass(frozen=True, slots=True)
class _Watched:
    """What the frames showed, the best of them whole, and the seconds it took to watch them."""

    observations: list[FrameObservation]
    keepsakes: Keepsakes
    seconds: float


class Checker:
    """Checks one video after another with models loaded once.

    Raises:
        ModelError: a model file that was asked for is missing, or is not what it should be.
    """

    def __init__(self, config: PipelineConfig) -> None:
        cv2.setNumThreads(1)
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        self._config = config
        self._detector = load_detector(config)
        self._embedder = load_embedder(config)
        self._replay_detector = load_replay_detector(config)
        self._comparer = Comparer(self._detector, self._embedder)
        self._fitter = PlaneFitter()
        self.engines = Engines(
            detector=self._detector.name,
            embedder=self._embedder.name,
            replay_detector=self._replay_detector.name if self._replay_detector else None,
        )
        self._warm_up()

    def check(self, request: CheckRequest, stages: StageRecorder, timing_log: TimingLog) -> LivenessResult:
        """Decide about one video, writing the stages below ``analyze video`` and the two detail lines.

        Raises:
            InputError: the video or the reference cannot be used.
        """
        began = time.perf_counter()
        reference = read_reference(request.reference) if request.reference else None
        with _opened(request.video, self._config, stages) as video:
            watched = self._watch(video, stages)
            evidence = self._gather(request, video, watched, stages)
            comparison = self._compare(reference, watched.keepsakes, stages)
            decision = self._decide(evidence, stages)
            facts = _facts(video, len(watched.observations))
        details = Details(
            session_id=request.session_id,
            total_frames=video.progress.frames_read,
            processed_frames=len(watched.observations),
            watching=watched.seconds,
            total=time.perf_counter() - began,
        )
        details.write(timing_log, stages)
        return LivenessResult(
            verdict=decision.verdict,
            reasons=decision.reasons,
            challenge=ChallengeOutcome(request.challenge, decision.performed),
            comparison=comparison,
            video=facts,
            engines=self.engines,
            timings=dict(stages.seconds),
        )

    def _warm_up(self) -> None:
        """Use every model once, so that the first check is as fast as any and memory has grown before it is limited."""
        grey = np.full((ANALYSIS_SIZE, ANALYSIS_SIZE, 3), 128, np.uint8)
        face = Face(Box(64.0, 48.0, 128.0, 160.0), 1.0, UPRIGHT_FACE * 64.0 + 128.0)
        self._detector.detect(grey)
        self._embedder.embed(grey, face)
        if self._replay_detector:
            self._replay_detector.score(grey, face)

    def _watch(self, video: Video, stages: StageRecorder) -> _Watched:
        began = time.perf_counter()
        observations = []
        keepsakes = Keepsakes()
        search = FaceSearch(self._detector)
        maker = FrameMaker(video.orientation)
        with leaves_of(stages) as looks, read_ahead(chosen_pictures(video, stages), READ_AHEAD) as pictures:
            for frame in map(maker.frame, pictures):
                seen = observe(frame, search, looks)
                keepsakes.offer(frame, seen)
                observations.append(seen)
        return _Watched(observations, keepsakes, time.perf_counter() - began)

    def _gather(self, request: CheckRequest, video: Video, watched: _Watched, stages: StageRecorder) -> Evidence:
        with stages.stage(Stage.ANALYZE_MOVEMENT) as stage:
            continuity = measure_continuity(watched.observations)
            occlusion = measure_occlusion(watched.observations)
            movement = measure_movement(watched.observations, self._fitter)
            if movement is not None:
                stage.set({Attribute.MOVEMENT_TURN: movement.turn.range, Attribute.MOVEMENT_NOD: movement.nod.range})
                stage.set({Attribute.MOVEMENT_RELIEF: movement.as_head().value})
        detector = self._replay_detector
        return Evidence(
            challenge=request.challenge,
            duration=video.progress.duration,
            observations=watched.observations,
            movement=movement,
            continuity=continuity,
            occlusion=occlusion,
            replay_score=detect_replay(detector, watched.keepsakes, stages) if detector else None,
            replay_threshold=detector.threshold if detector else 0.0,
        )

    def _compare(self, reference: Image | None, keepsakes: Keepsakes, stages: StageRecorder) -> Comparison | None:
        return self._comparer.compare(reference, keepsakes, stages) if reference is not None else None

    def _decide(self, evidence: Evidence, stages: StageRecorder) -> Decision:
        with stages.stage(Stage.DECIDE_VERDICT) as stage:
            decision = decide(evidence)
            stage.set({Attribute.VERDICT: decision.verdict, Attribute.PERFORMED: decision.performed})
        return decision


def _opened(path: Path, config: PipelineConfig, stages: StageRecorder) -> Video:
    with stages.stage(Stage.OPEN_VIDEO) as stage:
        video = Video(path, config)
        width, height = video.shown_size
        stage.set(
            {
                Attribute.VIDEO_CONTAINER: video.container.name.lower(),
                Attribute.VIDEO_CODEC: video.codec,
                Attribute.VIDEO_WIDTH: width,
                Attribute.VIDEO_HEIGHT: height,
                Attribute.VIDEO_ROTATION: video.rotation,
                Attribute.VIDEO_FRAME_RATE: video.frame_rate,
            }
        )
    return video


def _facts(video: Video, analyzed: int) -> VideoFacts:
    width, height = video.shown_size
    return VideoFacts(
        container=video.container.name.lower(),
        codec=video.codec,
        width=width,
        height=height,
        rotation=video.rotation,
        duration=round(video.progress.duration, 3),
        frames_decoded=video.progress.frames_decoded,
        frames_analyzed=analyzed,
    )
