"""The stages of one check that goes well, as the service would have recorded them."""

from typing import Final

from telemetry.analyzer.generator.draw import Draw
from telemetry.analyzer.generator.model import Attributes, Step
from telemetry.stages import Attribute, Stage

FRAME_RATE: Final = 30
FRAMES_PER_SECOND: Final = 8
"""Frames analysed of one second of video."""


class Timeline:
    """Steps one after the other on one clock."""

    def __init__(self, start_ns: int) -> None:
        self.now_ns = start_ns
        self.steps: list[Step] = []

    def run(self, stage: Stage, seconds: float, attributes: Attributes | None = None) -> Step:
        """Let a stage start now and time pass until its end."""
        step = Step(stage, self.now_ns, round(seconds * 1e9), attributes or {})
        self.steps.append(step)
        self.now_ns = step.end_ns
        return step

    def cover(self, stage: Stage, start_ns: int, attributes: Attributes) -> None:
        """Add a stage that started earlier and ends now."""
        self.steps.append(Step(stage, start_ns, self.now_ns - start_ns, attributes))

    def rest(self, seconds: float) -> None:
        """Let time pass that belongs to no stage."""
        self.now_ns += round(seconds * 1e9)


def upload(draw: Draw, timeline: Timeline, file_size: int) -> None:
    """Receive a video and write it to disk, which overlap."""
    timeline.rest(draw.around(0.0012, 0.3))
    seconds = file_size / draw.around(9e6, 0.5)
    receive = timeline.run(Stage.RECEIVE_UPLOAD, seconds, {Attribute.UPLOAD_SIZE: file_size})
    first_write_ns = receive.start_ns + round(receive.duration_ns * draw.between(0.01, 0.05))
    timeline.rest(draw.around(0.002, 0.4))
    busy = file_size / draw.around(8e8, 0.3)
    timeline.cover(Stage.WRITE_VIDEO, first_write_ns, {Attribute.DISK_BUSY_TIME: round(busy, 6)})


def analysis(draw: Draw, timeline: Timeline, video_seconds: float, slowness: float) -> None:
    """Analyse a video; ``slowness`` stretches what is computed."""
    start_ns = timeline.now_ns
    timeline.run(Stage.OPEN_VIDEO, draw.around(0.011, 0.4), _video_facts())
    read, analyzed = round(video_seconds * FRAME_RATE), round(video_seconds * FRAMES_PER_SECOND)
    decode_start_ns = timeline.now_ns
    for number in range(analyzed):
        timeline.run(Stage.ANALYZE_FRAME, draw.around(0.011 * slowness, 0.2), _frame_facts(draw, number))
        timeline.rest(draw.between(0.0001, 0.0008))
    frames_ns = timeline.now_ns - decode_start_ns
    counts: Attributes = {Attribute.FRAMES_READ: read, Attribute.FRAMES_ANALYZED: analyzed}
    decoding = draw.between(0.75, 0.97)
    decode = Step(
        Stage.DECODE_VIDEO,
        decode_start_ns,
        round(frames_ns * decoding),
        {**counts, Attribute.DECODE_BUSY_TIME: round(frames_ns * decoding * 0.6e-9, 6)},
    )
    timeline.steps.append(decode)
    _judge(draw, timeline, slowness)
    timeline.cover(Stage.ANALYZE_VIDEO, start_ns, counts)


def _judge(draw: Draw, timeline: Timeline, slowness: float) -> None:
    movement: Attributes = {Attribute.MOVEMENT_TURN: round(draw.between(15.0, 60.0), 3)}
    timeline.run(Stage.ANALYZE_MOVEMENT, draw.around(0.0025, 0.3), movement)
    replay: Attributes = {Attribute.REPLAY_SCORE: round(draw.between(0.6, 1.0), 3)}
    timeline.run(Stage.DETECT_REPLAY, draw.around(0.09 * slowness, 0.2), replay)
    if draw.chance(0.4):
        outcome = "match" if draw.chance(0.9) else "no_match"
        compared: Attributes = {Attribute.COMPARISON_OUTCOME: outcome, Attribute.COMPARISON_FRAMES: 3}
        timeline.run(Stage.COMPARE_FACES, draw.around(0.28 * slowness, 0.2), compared)
    timeline.run(Stage.DECIDE_VERDICT, draw.around(0.0002, 0.3))


def _video_facts() -> Attributes:
    return {
        Attribute.VIDEO_CONTAINER: "mp4",
        Attribute.VIDEO_CODEC: "h264",
        Attribute.VIDEO_WIDTH: 720,
        Attribute.VIDEO_HEIGHT: 1280,
        Attribute.VIDEO_ROTATION: 0,
        Attribute.VIDEO_FRAME_RATE: float(FRAME_RATE),
    }


def _frame_facts(draw: Draw, number: int) -> Attributes:
    return {
        Attribute.FRAME_INDEX: round(number * FRAME_RATE / FRAMES_PER_SECOND),
        Attribute.FRAME_TIME: number / FRAMES_PER_SECOND,
        Attribute.FRAME_FACES: 1,
        Attribute.FRAME_SHARPNESS: round(draw.around(180, 0.3), 1),
        Attribute.FRAME_BRIGHTNESS: round(draw.between(0.35, 0.65), 3),
    }
