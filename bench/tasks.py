"""What warm processes run: our check, and what it is compared with."""

import importlib
import itertools
import warnings
from pathlib import Path
from typing import Final

from opentelemetry.context import Context

from pipeline.config import PipelineConfig
from pipeline.isolation import SINGLE_THREADED
from pipeline.request import CheckRequest
from pipeline.result import LivenessResult
from pipeline.worker import Worker, load_checker
from service.session import Session
from telemetry.config import TelemetryConfig
from telemetry.setup import configure
from telemetry.spans import carrier_of
from telemetry.stages import Stage

WORKER_ENVIRONMENT: Final = SINGLE_THREADED
"""The environment the pool gives to its workers."""

FLUSH_LIMIT: Final = 30.0
"""Seconds to wait for the export of one check."""


class CheckTask:
    """A whole check as a worker does it, root span and timing points included; settled when its trace is written."""

    def __init__(self, config: PipelineConfig, folder: Path, reference: Path | None = None) -> None:
        self._telemetry = configure(telemetry_below(folder))
        self._worker = Worker(self._telemetry, load_checker(config), config.time_limit)
        self._reference = reference

    def __call__(self, video: Path) -> None:
        """Check one video."""
        session = Session(Stage.COMMAND, self._telemetry, Context())
        request = CheckRequest(video, session.challenge, session.session_id, self._reference)
        session.identify(session.challenge)
        outcome = self._worker.check(request, carrier_of(session.stages.context))
        if not isinstance(outcome.answer, LivenessResult):
            raise outcome.answer
        session.succeed(outcome.answer)
        session.end()

    def settle(self) -> None:
        """Wait until spans and log events are in the files; metrics are not a check's, they go once a minute."""
        for batcher in self._telemetry.providers.batchers:
            if not batcher.flush(FLUSH_LIMIT):
                raise RuntimeError(f"the {batcher.name} of a check were not exported")


class ReadFrames:
    """Reads every frame of a video with OpenCV as it comes."""

    def __call__(self, video: Path) -> None:
        """Read one video."""
        import cv2  # noqa: PLC0415 - only where it is measured

        capture = cv2.VideoCapture(str(video))
        while capture.read()[0]:
            pass
        capture.release()

    def settle(self) -> None:
        """Nothing is left behind."""


class RecognizeFaces:
    """What a first script with the face_recognition package does: find and encode the faces of every frame.

    With ``every`` above 1 the frames in between are read only.
    """

    def __init__(self, every: int) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it imports a part of setuptools that is deprecated
            self._library = importlib.import_module("face_recognition")
        self._every = every

    def __call__(self, video: Path) -> None:
        """Go through one video."""
        import cv2  # noqa: PLC0415 - only where it is measured

        capture = cv2.VideoCapture(str(video))
        for index in itertools.count():
            there, frame = capture.read()
            if not there:
                break
            if index % self._every == 0:
                picture = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
                self._library.face_encodings(picture, self._library.face_locations(picture))
        capture.release()

    def settle(self) -> None:
        """Nothing is left behind."""


def telemetry_below(folder: Path) -> TelemetryConfig:
    """Return telemetry that writes to files in a folder."""
    return TelemetryConfig(
        traces_dir=folder / "traces",
        performance_log=folder / "performance.log",
        facematch_log=folder / "facematch.log",
    )
