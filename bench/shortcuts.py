"""What the decoder's shortcuts save, and what they do to the measurements.

The shortcuts leave out frames that nothing refers to, and the in-loop deblocking filter. The difference they make to a
measurement is set beside the one that other frames of the same clip make with everything decoded: its own noise.
``python -m bench.shortcuts`` prints the measurements of every clip.
"""

import itertools
import tempfile
from collections.abc import Generator, Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray
from opentelemetry.context import Context

from bench.figure import Row, compared, ratio_at_most
from bench.plan import Plan, say
from bench.stopwatch import in_turns, median_cpu
from bench.table import aligned
from bench.warm import WarmProcess
from pipeline.config import PipelineConfig
from pipeline.decision import HEAD_TILT
from pipeline.decoder import Decoder
from pipeline.detectors import load_detector
from pipeline.frame import chosen_frames
from pipeline.keepsakes import Keepsakes
from pipeline.movement import measure_movement
from pipeline.observation import observe
from pipeline.planarity import PlaneFitter
from pipeline.replay import detect_replay, load_replay_detector
from pipeline.video import Video
from telemetry.spans import StageRecorder

Values = NDArray[np.float64]

CLIPS: Final = ("d0.mp4", "d3.mp4", "d9.mp4", "d11.mp4", "d12.mp4", "d13.mp4", "d18.mp4", "s20.mp4")
MEASUREMENTS: Final = {"turn": "degrees", "nod": "degrees", "relief": "IOD", "replay score": "of 1"}
"""What is measured, with its unit."""
GOAL = ratio_at_most(1.5)
"""At 1.4 the shortcuts would add as much variance as the choice of frames has."""


class WholeDecoder(Decoder):
    """Decodes every frame, with everything its codec prescribes."""

    def __init__(self, track: VideoStream, max_pixels: int) -> None:
        super().__init__(track, max_pixels)
        context = track.codec_context
        context.skip_frame = "DEFAULT"
        context.options = {name: value for name, value in context.options.items() if name != "skip_loop_filter"}


class WholeVideo(Video):
    """A video of which nothing is left out."""

    decoder_class = WholeDecoder


class OneLater(WholeVideo):
    """The same from its second frame on, so that other frames are chosen to be analysed."""

    dropped: ClassVar = 1

    def pictures(self) -> Generator[tuple[VideoFrame, float], None, None]:
        """Yield the pictures after those dropped, with their seconds since the first of them."""
        pictures = itertools.islice(super().pictures(), self.dropped, None)
        first, origin = next(pictures)
        yield first, 0.0
        for picture, seconds in pictures:
            yield picture, seconds - origin


class TwoLater(OneLater):
    """The same from its third frame on."""

    dropped = 2


KINDS: Final[dict[str, type[Video]]] = {
    "with shortcuts": Video,
    "everything decoded": WholeVideo,
    "a frame later": OneLater,
    "two frames later": TwoLater,
}
"""How each clip is read. The last three differ only in which frames are chosen."""


class Measurer:
    """Takes the measurements of a clip as a check does."""

    def __init__(self, config: PipelineConfig) -> None:
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        self._config = config
        self._detector = load_detector(config)
        self._replay_detector = load_replay_detector(config)
        self._fitter = PlaneFitter()

    def measure(self, clip: Path, kind: type[Video]) -> list[float]:
        """Return MEASUREMENTS of a clip, in order.

        Raises:
            RuntimeError: the clip shows no face.
        """
        stages, keepsakes, observations = StageRecorder(Context()), Keepsakes(), []
        with kind(clip, self._config) as video:
            for frame in chosen_frames(video, stages):
                observations.append(observe(frame, self._detector, stages))
                keepsakes.offer(frame, observations[-1])
            movement = measure_movement(observations, self._fitter)
            assert self._replay_detector is not None
            replay = detect_replay(self._replay_detector, keepsakes, stages)
        if movement is None or replay is None:
            raise RuntimeError(f"{clip} shows no face")
        return [movement.turn.range, movement.nod.range, movement.relief(HEAD_TILT).value, replay]


class Decoding:
    """The task of decoding a video and doing nothing with it."""

    def __init__(self, config: PipelineConfig, kind: type[Video]) -> None:
        self._config, self._kind = config, kind

    def __call__(self, clip: Path) -> None:
        """Decode one clip."""
        with self._kind(clip, self._config) as video:
            for _ in video.pictures():
                pass

    def settle(self) -> None:
        """Nothing is left behind."""


def measure(plan: Plan) -> list[Row]:
    """Measure what the shortcuts save on the phone-sized clip, and what they change over all clips."""
    return [_saving(plan), *_changes(_measurements(plan, CLIPS[:2] if plan.quick else CLIPS))]


def _saving(plan: Plan) -> Row:
    clip, config, rounds = plan.clip("d13.mp4"), plan.config(), plan.runs(15, 3)
    short = WarmProcess(partial(Decoding, config, Video), clip)
    with short, WarmProcess(partial(Decoding, config, WholeVideo), clip) as whole:
        ours, other = in_turns(rounds, lambda: short.run(clip), lambda: whole.run(clip))
    name = "decoding d13.mp4 with shortcuts, CPU"
    return compared(name, median_cpu(ours), "everything decoded", median_cpu(other), unit="s", runs=rounds)


def _measurements(plan: Plan, clips: Sequence[str]) -> Values:
    """Return clips x KINDS x MEASUREMENTS."""
    measurer = Measurer(plan.config())
    say(f"  movement of {len(clips)} clips, with and without shortcuts")
    return np.array([[measurer.measure(plan.clip(clip), kind) for kind in KINDS.values()] for clip in clips])


def _changes(measured: Values) -> list[Row]:
    """Compare the root mean square difference that the shortcuts make with the one that other frames make."""
    short, *whole = np.moveaxis(measured, 1, 0)
    change = _rms(np.array([short - whole[0]]))
    noise = _rms(np.array([one - other for one, other in itertools.combinations(whole, 2)]))
    return [
        compared(f"change of {name} by shortcuts", ours, "by other frames", other, GOAL, unit=unit, runs=len(measured))
        for (name, unit), ours, other in zip(MEASUREMENTS.items(), change, noise, strict=True)
    ]


def _rms(differences: Values) -> list[float]:
    """Return the root mean square of each measurement's differences, over all clips."""
    return [float(value) for value in np.sqrt(np.mean(differences**2, axis=(0, 1)))]


def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        measured = _measurements(Plan(quick=False, folder=Path(folder)), CLIPS)
    headings = ["clip", "read", *(f"{name}, {unit}" for name, unit in MEASUREMENTS.items())]
    lines = [
        [clip, kind, *(f"{value:.4f}" for value in values)]
        for clip, kinds in zip(CLIPS, measured, strict=True)
        for kind, values in zip(KINDS, kinds, strict=True)
    ]
    print(aligned(headings, lines), end="")


if __name__ == "__main__":
    _main()
