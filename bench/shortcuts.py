"""What the decoder's shortcuts save, and what they do to the measurements.

The shortcuts leave out frames that nothing refers to, and the in-loop deblocking filter. The difference they make to a
measurement is set beside the one that other frames of the same clip make with everything decoded: its own noise.
``python -m bench.shortcuts`` prints the measurements of every clip.
"""

import itertools
import json
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from bench.figure import Figure, Quantity, Row, compared, ours_at_most
from bench.plan import Plan, say
from bench.stopwatch import in_turns, median_cpu
from bench.table import aligned
from bench.tasks import WORKER_ENVIRONMENT, CheckTask
from bench.warm import WarmProcess
from pipeline.config import PipelineConfig
from pipeline.decoder import Decoder
from pipeline.video import Video
from telemetry.stages import Attribute

CLIPS: Final = ("d0.mp4", "d3.mp4", "d9.mp4", "d11.mp4", "d12.mp4", "d13.mp4", "d18.mp4", "s20.mp4")

MEASUREMENTS: Final = {
    Attribute.MOVEMENT_TURN: ("turn", "degrees"),
    Attribute.MOVEMENT_NOD: ("nod", "degrees"),
    Attribute.MOVEMENT_RELIEF: ("relief", "IOD"),
    Attribute.REPLAY_SCORE: ("replay score", "of 1"),
}
"""What is measured, as the trace of a check has it, with a name and a unit."""

VERDICT_GOAL: Final = ours_at_most(0, "verdicts")

Attributes = dict[str, Any]
Values = NDArray[np.float64]


class WholeDecoder(Decoder):
    """Decodes every frame, with everything its codec prescribes, and hands on all but the first ``dropped``."""

    dropped: ClassVar = 0

    def __init__(self, track: VideoStream, max_pixels: int) -> None:
        super().__init__(track, max_pixels)
        self._left = self.dropped
        context = track.codec_context
        context.skip_frame = "DEFAULT"
        context.options = {name: value for name, value in context.options.items() if name != "skip_loop_filter"}

    def decode(self, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
        """Return the pictures that a packet completes, less those that are dropped."""
        pictures = super().decode(packet)
        dropped = min(self._left, len(pictures))
        self._left -= dropped
        return pictures[dropped:]


class OneLater(WholeDecoder):
    """The same from the second frame on, so that other frames are chosen to be analysed."""

    dropped = 1


class TwoLater(WholeDecoder):
    """The same from the third frame on."""

    dropped = 2


DECODERS: Final[dict[str, type[Decoder]]] = {
    "with shortcuts": Decoder,
    "everything decoded": WholeDecoder,
    "a frame later": OneLater,
    "two frames later": TwoLater,
}
"""How each clip is read. The last three differ only in which frames are chosen."""


class Decoding:
    """The task of decoding a video and doing nothing with it."""

    def __init__(self, config: PipelineConfig, decoder: type[Decoder]) -> None:
        Video.decoder_class = decoder
        self._config = config

    def __call__(self, clip: Path) -> None:
        """Decode one clip."""
        with Video(clip, self._config) as video:
            for _ in video.pictures():
                pass

    def settle(self) -> None:
        """Nothing is left behind."""


def measure(plan: Plan) -> list[Row]:
    """Measure what the shortcuts save on the phone-sized clip, and what they change over all clips."""
    checked = _checked(plan, CLIPS[:2] if plan.quick else CLIPS)
    return [_saving(plan), _verdicts(checked), *_changes(_values(checked))]


def checking_with(decoder: type[Decoder], config: PipelineConfig, folder: Path) -> CheckTask:
    """Return a check that reads with a decoder; for a process of its own, where it stays."""
    Video.decoder_class = decoder
    return CheckTask(config, folder)


def _saving(plan: Plan) -> Row:
    clip, config, rounds = plan.clip("d13.mp4"), plan.config(), plan.runs(15, 3)
    short = WarmProcess(partial(Decoding, config, Decoder), clip)
    with short, WarmProcess(partial(Decoding, config, WholeDecoder), clip) as whole:
        ours, other = in_turns(rounds, lambda: short.run(clip), lambda: whole.run(clip))
    name = "decoding d13.mp4 with shortcuts, CPU"
    return compared(name, median_cpu(ours), "everything decoded", median_cpu(other), unit="s", runs=rounds)


def _checked(plan: Plan, clips: Sequence[str]) -> list[list[Attributes]]:
    """Return what the traces say of the clips, by decoder and clip."""
    say(f"  {len(clips)} clips, with and without shortcuts")
    paths = [plan.clip(name) for name in clips]
    return [_traces(plan, paths, name) for name in DECODERS]


def _traces(plan: Plan, clips: Sequence[Path], name: str) -> list[Attributes]:
    """Check the clips in a process of its own, and return the attributes in the trace of each."""
    folder = plan.folder / name.replace(" ", "-")
    task = partial(checking_with, DECODERS[name], plan.config(), folder)
    with WarmProcess(task, clips[0], environment=WORKER_ENVIRONMENT) as process:
        for clip in clips:
            process.run(clip)
    _warm_up, *traces = _attributes_by_trace(folder / "traces")
    return traces


def _attributes_by_trace(folder: Path) -> list[Attributes]:
    """Return the attributes of all spans of each trace, in the order of the traces."""
    found: dict[str, Attributes] = {}
    for path in sorted(folder.glob("traces*.jsonl")):
        for line in path.read_text().splitlines():
            for span in _spans(json.loads(line)):
                attributes = span.get("attributes", [])
                values = {entry["key"]: next(iter(entry["value"].values())) for entry in attributes}
                found.setdefault(span["traceId"], {}).update(values)
    return list(found.values())


def _spans(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        span for resource in document["resourceSpans"] for scope in resource["scopeSpans"] for span in scope["spans"]
    ]


def _values(checked: list[list[Attributes]]) -> Values:
    """Return decoders x clips x measurements."""
    return np.array([[[float(trace[name]) for name in MEASUREMENTS] for trace in traces] for traces in checked])


def _verdicts(checked: list[list[Attributes]]) -> Row:
    """Count the clips about which a check decides otherwise with the shortcuts than with everything decoded."""
    short, whole = ([trace[Attribute.VERDICT] for trace in traces] for traces in checked[:2])
    changed = sum(ours != other for ours, other in zip(short, whole, strict=True))
    clips = len(short)
    name = "verdicts changed by shortcuts"
    return Figure(name, Quantity(changed, f"of {clips}"), clips, "everything decoded", goals=(VERDICT_GOAL,))


def _changes(measured: Values) -> list[Row]:
    """Compare the root mean square difference that the shortcuts make with the one that other frames make."""
    short, *whole = measured
    change = _rms([short - whole[0]])
    noise = _rms([one - other for one, other in itertools.combinations(whole, 2)])
    return [
        compared(f"change of {name} by shortcuts", ours, "by other frames", other, unit=unit, runs=len(short))
        for (name, unit), ours, other in zip(MEASUREMENTS.values(), change, noise, strict=True)
    ]


def _rms(differences: Sequence[Values]) -> list[float]:
    """Return the root mean square of each measurement's differences, over all clips."""
    return [float(value) for value in np.sqrt(np.mean(np.square(differences), axis=(0, 1)))]


def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        measured = _values(_checked(Plan(quick=False, folder=Path(folder)), CLIPS))
    headings = ["clip", "read", *(f"{name}, {unit}" for name, unit in MEASUREMENTS.values())]
    lines = [
        [clip, decoder, *(f"{value:.4f}" for value in values)]
        for clip, decoders in zip(CLIPS, np.swapaxes(measured, 0, 1), strict=True)
        for decoder, values in zip(DECODERS, decoders, strict=True)
    ]
    print(aligned(headings, lines), end="")


if __name__ == "__main__":
    _main()
