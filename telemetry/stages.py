"""The one list of span names and attributes; the service writes them, the analyzer reads them.

Every time is in seconds, every size in bytes, every share a fraction of 1. No attribute ever holds pixels,
landmarks, embeddings, file names or who a reference shows.
"""

from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """A named span of a check. Names follow ``{verb} {object}``; the two roots are named by their entry point."""

    REQUEST = "POST /v1/liveness-checks"
    COMMAND = "liveness check"
    RECEIVE_UPLOAD = "receive upload"
    WRITE_VIDEO = "write video"
    WAIT_FOR_WORKER = "wait for worker"
    ANALYZE_VIDEO = "analyze video"
    OPEN_VIDEO = "open video"
    DECODE_VIDEO = "decode video"
    ANALYZE_FRAME = "analyze frame"
    ANALYZE_MOVEMENT = "analyze movement"
    DETECT_REPLAY = "detect replay"
    COMPARE_FACES = "compare faces"
    DECIDE_VERDICT = "decide verdict"


ROOTS: Final = (Stage.REQUEST, Stage.COMMAND)
"""Spans that stand for one whole check: a session is a trace that holds one of these."""

PARENTS: Final[dict[Stage, Stage]] = {
    Stage.RECEIVE_UPLOAD: Stage.REQUEST,
    Stage.WRITE_VIDEO: Stage.REQUEST,
    Stage.WAIT_FOR_WORKER: Stage.REQUEST,
    Stage.ANALYZE_VIDEO: Stage.REQUEST,
    Stage.OPEN_VIDEO: Stage.ANALYZE_VIDEO,
    Stage.DECODE_VIDEO: Stage.ANALYZE_VIDEO,
    Stage.ANALYZE_FRAME: Stage.ANALYZE_VIDEO,
    Stage.ANALYZE_MOVEMENT: Stage.ANALYZE_VIDEO,
    Stage.DETECT_REPLAY: Stage.ANALYZE_VIDEO,
    Stage.COMPARE_FACES: Stage.ANALYZE_VIDEO,
    Stage.DECIDE_VERDICT: Stage.ANALYZE_VIDEO,
}
"""Each stage's parent; under ``liveness check`` the children of the request hang below COMMAND instead."""


class Attribute(StrEnum):
    """Span attribute keys of this product. The trailing comment gives the type and the unit."""

    SESSION_ID = "liveness.session.id"  # str
    CHALLENGE = "liveness.challenge.type"  # str
    PERFORMED = "liveness.challenge.performed"  # bool
    VERDICT = "liveness.verdict"  # str: bona_fide, presentation_attack, inconclusive
    REASONS = "liveness.verdict.reasons"  # list of reason codes
    UPLOAD_SIZE = "liveness.upload.size"  # int, bytes
    DISK_BUSY_TIME = "liveness.disk.busy_time"  # float, seconds
    DETECTOR = "liveness.engine.detector"  # str, name and version
    EMBEDDER = "liveness.engine.embedder"  # str, name and version
    REPLAY_DETECTOR = "liveness.engine.replay_detector"  # str, name and version
    VIDEO_CONTAINER = "liveness.video.container"  # str
    VIDEO_CODEC = "liveness.video.codec"  # str
    VIDEO_WIDTH = "liveness.video.width"  # int, pixels as shown (after rotation)
    VIDEO_HEIGHT = "liveness.video.height"  # int, pixels as shown (after rotation)
    VIDEO_ROTATION = "liveness.video.rotation"  # int, degrees counter-clockwise: 0, 90, 180, 270
    VIDEO_FRAME_RATE = "liveness.video.frame_rate"  # float, frames per second as the container claims
    VIDEO_DURATION = "liveness.video.duration"  # float, seconds, first to last frame read
    FRAMES_READ = "liveness.frames.read"  # int
    FRAMES_ANALYZED = "liveness.frames.analyzed"  # int
    DECODE_BUSY_TIME = "liveness.decode.busy_time"  # float, seconds spent inside the decoder
    FRAME_INDEX = "liveness.frame.index"  # int, position among the frames read
    FRAME_TIME = "liveness.frame.time"  # float, seconds since the first frame
    FRAME_FACES = "liveness.frame.faces"  # int, prominent faces found
    FRAME_SHARPNESS = "liveness.frame.sharpness"  # float, variance of the Laplacian of the face
    FRAME_BRIGHTNESS = "liveness.frame.brightness"  # float, mean luma of the face, 0 to 1
    MOVEMENT_TURN = "liveness.movement.turn"  # float, range of the turn, degrees
    MOVEMENT_NOD = "liveness.movement.nod"  # float, range of the nod, degrees
    MOVEMENT_RELIEF = "liveness.movement.relief"  # float, what a plane leaves unexplained, inter-ocular distances
    REPLAY_SCORE = "liveness.replay.score"  # float, 0 (replay) to 1 (bona fide)
    COMPARISON_OUTCOME = "liveness.comparison.outcome"  # str: match, no_match, not_possible
    COMPARISON_FRAMES = "liveness.comparison.frames"  # int, frames compared
    ERROR_TYPE = "error.type"  # str, the stable code of the failure
