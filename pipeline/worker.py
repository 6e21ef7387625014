"""Inside a worker process: the functions the pool calls there, and the worker they talk to.

What goes back to the pool is always an object of ours, never a foreign exception: one that cannot be unpickled would
break the channel. Heavy libraries are imported here and not in the service's process.
"""

import gc
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Protocol

from opentelemetry.util.types import AttributeValue

from pipeline.config import PipelineConfig
from pipeline.errors import CheckError, MemoryLimitExceeded
from pipeline.isolation import ended_after, ignore_termination, isolate
from pipeline.memory import is_exhaustion, lift_limit, limit_growth
from pipeline.processing import Processing
from pipeline.request import CheckRequest
from pipeline.result import Engines, LivenessResult
from telemetry.spans import StageRecorder, context_from
from telemetry.stages import Attribute
from telemetry.timing_points import TimingLog

ORPHAN_MARGIN: Final = 1.0
"""Seconds beyond the time limit after which a worker ends itself, should the service not be there to kill it."""

_log = logging.getLogger(__name__)


class VideoChecker(Protocol):
    """What decides about one video after another in a worker; ``pipeline.check.Checker`` is the real one."""

    @property
    def engines(self) -> Engines:
        """The models in use."""

    def check(self, request: CheckRequest, stages: StageRecorder, timing_log: TimingLog) -> LivenessResult:
        """Decide about one video, or raise a CheckError."""


class WorkerTelemetry(Protocol):
    """Spans and timing points of one worker process; ``telemetry.setup.Telemetry`` is the real one."""

    @property
    def timing_log(self) -> TimingLog:
        """Where this process writes timing points."""

    def flush_soon(self) -> None:
        """Send what has ended in the background."""

    def shutdown(self) -> None:
        """Send everything and stop."""


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What a worker process needs to begin: picklable, the same for all workers of a pool."""

    config: PipelineConfig
    prepare_worker: Callable[[], WorkerTelemetry]
    make_checker: Callable[[PipelineConfig], VideoChecker]


@dataclass(frozen=True, slots=True)
class WorkerStarted:
    """A worker has loaded its models; ``pid`` is its process."""

    pid: int


@dataclass(frozen=True, slots=True)
class WorkerRefused:
    """A worker cannot work; ``reason`` is in its own words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one check, and the seconds spent in each stage."""

    answer: LivenessResult | CheckError
    seconds: Mapping[str, float]


class Worker:
    """Runs checks one at a time, each as a span with its timing points."""

    def __init__(self, telemetry: WorkerTelemetry, checker: VideoChecker, time_limit: float) -> None:
        self.telemetry = telemetry
        self._checker = checker
        self._longest = time_limit + ORPHAN_MARGIN

    def check(self, request: CheckRequest, carrier: Mapping[str, str]) -> Outcome:
        """Run one check in the trace that ``carrier`` names."""
        stages = StageRecorder(context_from(carrier))
        timing_log = self.telemetry.timing_log
        processing = Processing(request, stages, timing_log, attributes=self._engines())
        processing.tell_start()
        answer = self._answer(request, processing.stages)
        processing.end(answer)
        self.telemetry.flush_soon()
        if isinstance(answer, LivenessResult):
            answer = replace(answer, timings=dict(stages.seconds))
        return Outcome(answer, stages.seconds)

    def _answer(self, request: CheckRequest, stages: StageRecorder) -> LivenessResult | CheckError:
        """Return the error instead of raising it: a traceback would keep the frames of the video alive."""
        try:
            with ended_after(self._longest):
                return self._checker.check(request, stages, self.telemetry.timing_log)
        except Exception as error:
            answer = _as_check_error(error)
        if isinstance(answer, MemoryLimitExceeded):
            lift_limit()
            gc.collect()
        return answer

    def _engines(self) -> dict[str, AttributeValue]:
        engines = self._checker.engines
        named = {
            Attribute.DETECTOR: engines.detector,
            Attribute.EMBEDDER: engines.embedder,
            Attribute.REPLAY_DETECTOR: engines.replay_detector,
        }
        return {key: name for key, name in named.items() if name is not None}


_worker: Worker | None = None
"""The worker of this process, once it has started."""


def start_worker(setup: WorkerSetup) -> WorkerStarted | WorkerRefused:
    """Load everything a check needs; from then on only the pool ends this process."""
    global _worker  # noqa: PLW0603 - a process has one worker, and the calls that follow come without it
    isolate()
    try:
        _worker = _load(setup)
    except CheckError as error:  # says all there is to say, such as which model file is wrong
        return WorkerRefused(error.message)
    except Exception as error:
        _log.exception("a worker cannot start")
        return WorkerRefused(f"{type(error).__name__}: {error}")
    ignore_termination()
    return WorkerStarted(os.getpid())


def run_check(request: CheckRequest, carrier: Mapping[str, str]) -> Outcome:
    """Run one check in this process's worker."""
    return _running_worker().check(request, carrier)


def stop_worker() -> None:
    """Send what telemetry is left; the pool then ends the process."""
    _running_worker().telemetry.shutdown()


def load_checker(config: PipelineConfig) -> VideoChecker:
    """Load the libraries and models of the real checker."""
    from pipeline.check import Checker  # noqa: PLC0415 - OpenCV, dlib and PyAV, which the service does without

    return Checker(config)


def _load(setup: WorkerSetup) -> Worker:
    telemetry = setup.prepare_worker()
    try:
        worker = Worker(telemetry, setup.make_checker(setup.config), setup.config.time_limit)
    except Exception:
        telemetry.shutdown()
        raise
    limit_growth(setup.config.memory_limit)
    return worker


def _running_worker() -> Worker:
    if _worker is None:
        raise RuntimeError("no worker has been started in this process")
    return _worker


def _as_check_error(error: Exception) -> CheckError:
    """Return an error of ours that carries nothing of the failed check: no traceback, no causes."""
    if is_exhaustion(error):
        return MemoryLimitExceeded("The check needed more memory than it may use.")
    if isinstance(error, CheckError):
        return type(error)(error.message, error.code)
    _log.error("a check failed unexpectedly", exc_info=error)
    return CheckError("The check failed for a reason that is not known.")
