"""Checkers for worker processes that misbehave on request: the challenge of a check says how."""

import ctypes
import importlib
import os
import re
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from pipeline.config import PipelineConfig
from pipeline.errors import UnreadableVideo
from pipeline.request import CheckRequest
from pipeline.result import ChallengeOutcome, Engines, LivenessResult, Reason, Verdict, VideoFacts
from telemetry.spans import StageRecorder
from telemetry.stages import Stage
from telemetry.timing_points import TimingLog

MEBIBYTE = 1 << 20
CAP = 2048 * MEBIBYTE
"""What a memory eater takes at most, so that a missing limit fails a test and not the machine."""


def answer(request: CheckRequest) -> LivenessResult:
    """Answer at once; the detector's name tells which process answered."""
    return LivenessResult(
        verdict=Verdict.BONA_FIDE,
        reasons=(Reason("challenge_performed", "The head moved."),),
        challenge=ChallengeOutcome(request.challenge, performed=True),
        comparison=None,
        video=VideoFacts("mp4", "h264", 640, 480, 0, 1.0, 30, 15),
        engines=Engines(f"process {os.getpid()}", "none", None),
        timings={},
    )


def wait_for_test(request: CheckRequest) -> LivenessResult:
    """Read the video, a named pipe: the test knows by it that the check runs, and lets it go on by closing it."""
    request.video.read_bytes()
    return answer(request)


def sleep(request: CheckRequest) -> LivenessResult:
    """Sleep for ever."""
    time.sleep(3600)
    return answer(request)


def hang(request: CheckRequest) -> LivenessResult:
    """Tell the test that the check runs, then sleep for ever."""
    request.video.read_bytes()
    return sleep(request)


def hang_in_library(request: CheckRequest) -> LivenessResult:
    """Tell the test that the check runs, then stay inside a C function that lets no other thread run."""
    request.video.read_bytes()
    re.match(r"(a+)+$", "a" * 64 + "b")
    return answer(request)


def die(request: CheckRequest) -> LivenessResult:
    """Be killed the way the kernel does it when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)
    return answer(request)


def segfault(request: CheckRequest) -> LivenessResult:
    """Read from address zero."""
    ctypes.string_at(0)
    return answer(request)


def exit_quietly(request: CheckRequest) -> LivenessResult:
    """End the process with exit code 0, as a library's own exit() would."""
    os._exit(0)


def eat_with_python(request: CheckRequest) -> LivenessResult:
    """Hold more and more memory."""
    held = [bytearray(MEBIBYTE) for _ in range(CAP // MEBIBYTE)]
    raise AssertionError(f"nothing stopped {len(held)} allocations")


def eat_with_numpy(request: CheckRequest) -> LivenessResult:
    """Ask for one large array."""
    raise AssertionError(f"nothing stopped an array of {np.ones(CAP, np.uint8).nbytes} bytes")


def eat_with_opencv(request: CheckRequest) -> LivenessResult:
    """Ask for one large picture."""
    picture = cv2.resize(np.zeros((8, 8, 3), np.uint8), (32768, 16384))
    raise AssertionError(f"nothing stopped a picture of {picture.nbytes} bytes")


def misread_exhaustion(request: CheckRequest) -> LivenessResult:
    """Take a lack of memory for a bad video, as code that wraps every decoder error does."""
    try:
        return eat_with_numpy(request)
    except MemoryError as error:
        raise UnreadableVideo("The video cannot be read.") from error


def reject(request: CheckRequest) -> LivenessResult:
    """Blame the upload."""
    raise UnreadableVideo("The video ends early.", "truncated_video")


def fail(request: CheckRequest) -> LivenessResult:
    """Fail in a way nobody foresaw, with a message that is nobody's business."""
    raise ValueError(f"secret of {request.video}")


def answer_unpicklably(request: CheckRequest) -> LivenessResult:
    """Return what cannot travel to another process."""
    stream: Any = sys.stderr
    return replace(answer(request), comparison=stream)


def tell_threads(request: CheckRequest) -> LivenessResult:
    """Answer with the number of threads that numeric libraries were told to use."""
    told = replace(answer(request).reasons[0], message=os.environ["OMP_NUM_THREADS"])
    return replace(answer(request), reasons=(told,))


ACTIONS: dict[str, Callable[[CheckRequest], LivenessResult]] = {
    action.__name__: action
    for action in (
        answer,
        wait_for_test,
        sleep,
        hang,
        hang_in_library,
        die,
        segfault,
        exit_quietly,
        eat_with_python,
        eat_with_numpy,
        eat_with_opencv,
        misread_exhaustion,
        reject,
        fail,
        answer_unpicklably,
        tell_threads,
    )
}


class ActingChecker:
    """Does what the challenge says."""

    engines = Engines("test detector", "test embedder", None)

    def __init__(self, config: PipelineConfig) -> None:
        self.config = config

    def check(self, request: CheckRequest, stages: StageRecorder, timing_log: TimingLog) -> LivenessResult:
        """Run one action as the only stage of the check."""
        with stages.stage(Stage.OPEN_VIDEO):
            return ACTIONS[request.challenge](request)


class Telemetry:
    """Timing points into a folder, no spans; notes there which process shut it down."""

    def __init__(self, folder: Path) -> None:
        self.timing_log = TimingLog(folder / "performance.log", folder / "facematch.log")
        self._shutdowns = folder / "shutdowns"

    def flush_soon(self) -> None:
        """Nothing is held back."""

    def shutdown(self) -> None:
        """Note the process."""
        with self._shutdowns.open("a") as file:
            file.write(f"{os.getpid()}\n")


def refuse(config: PipelineConfig) -> ActingChecker:
    """Fail to load a model."""
    raise ValueError("the model file is damaged")


def lack_library(config: PipelineConfig) -> ActingChecker:
    """Fail to import a library."""
    importlib.import_module("no_such_library")
    return ActingChecker(config)


def die_loading(config: PipelineConfig) -> ActingChecker:
    """Be killed while loading a model."""
    os.kill(os.getpid(), signal.SIGKILL)
    return ActingChecker(config)


class RefusingLater:
    """Loads the first models it is asked for and, once the folder holds a file "damaged", no more."""

    def __init__(self, folder: Path) -> None:
        self._damaged = folder / "damaged"

    def __call__(self, config: PipelineConfig) -> ActingChecker:
        """Load, or fail to."""
        return refuse(config) if self._damaged.exists() else ActingChecker(config)
