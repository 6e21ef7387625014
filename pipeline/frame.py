"""The frames of a video that are analysed: chosen by presentation time, upright, and small."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from pipeline.orientation import Orientation
from pipeline.video import Video
from telemetry.spans import StageRecorder
from telemetry.stages import Attribute, Stage

Image = NDArray[np.uint8]
"""Height x width x 3 in BGR, or height x width in grey; 8 bits."""

ANALYSIS_SIZE: Final = 256
"""Long side of an analysed frame, pixels. YuNet was trained on faces of 10 to 300 pixels; 320 costs half as much again
and places landmarks no better on the clips it was tried on."""

ANALYSIS_RATE: Final = 8.0
"""Frames analysed per second of video: a quick turn of the head, half a second, still gives four."""

_COLOUR_SPACES: Final = frozenset({0, 1, 2, 4, 5, 6, 7, 9})
"""What swscale converts, of the matrices of ITU-T H.273: RGB, BT.709, unspecified, FCC, BT.601, SMPTE 170M and 240M,
BT.2020 with non-constant luminance."""


@dataclass(frozen=True, slots=True)
class ChosenPicture:
    """A picture to analyse, as it was decoded, and its place."""

    index: int
    time: float
    """Seconds since the first picture."""
    picture: VideoFrame


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame to analyse: its place, and the picture small (upright BGR) and whole."""

    index: int
    time: float
    """Seconds since the first frame."""
    image: Image
    picture: VideoFrame
    orientation: Orientation

    def full_size(self) -> Image:
        """Convert the whole picture to upright BGR; far dearer than ``image``, so for a few frames only."""
        space = _colour_space(self.picture)
        whole = self.picture.to_ndarray(format="bgr24", src_colorspace=space, dst_colorspace=space, threads=1)
        return self.orientation.upright(np.asarray(whole, np.uint8))


def chosen_pictures(video: Video, stages: StageRecorder) -> Generator[ChosenPicture, None, None]:
    """Decode a video as one stage and yield the pictures to analyse, at most ANALYSIS_RATE a second."""
    with stages.stage(Stage.DECODE_VIDEO) as stage:
        step = 1 / ANALYSIS_RATE
        due = 0.0
        chosen = 0
        for index, (picture, seconds) in enumerate(video.pictures()):
            if seconds >= due:
                due = (due if seconds < due + step else seconds) + step
                chosen += 1
                yield ChosenPicture(index, seconds, picture)
        stage.set(
            {
                Attribute.FRAMES_READ: video.progress.frames_read,
                Attribute.FRAMES_ANALYZED: chosen,
                Attribute.DECODE_BUSY_TIME: video.progress.busy_time,
                Attribute.VIDEO_DURATION: video.progress.duration,
            }
        )


class FrameMaker:
    """Makes frames of the pictures of one video, with one reformatter: a new one costs milliseconds.

    Decoding takes longer than analysing, so this is for the thread that analyses.
    """

    def __init__(self, orientation: Orientation) -> None:
        self._orientation = orientation
        self._reformatter = VideoReformatter()

    def frame(self, chosen: ChosenPicture) -> Frame:
        """Return a chosen picture together with its small image."""
        image = self._shrunk(chosen.picture)
        return Frame(chosen.index, chosen.time, image, chosen.picture, self._orientation)

    def _shrunk(self, picture: VideoFrame) -> Image:
        scale = min(1.0, ANALYSIS_SIZE / max(picture.width, picture.height))
        space = _colour_space(picture)
        small = self._reformatter.reformat(
            picture,
            width=max(2, round(picture.width * scale)),
            height=max(2, round(picture.height * scale)),
            format="bgr24",
            src_colorspace=space,
            dst_colorspace=space,
            interpolation=Interpolation.AREA,
            threads=1,
        )
        return self._orientation.upright(np.asarray(small.to_ndarray(), np.uint8))


def _colour_space(picture: VideoFrame) -> int:
    """Return the matrix to convert a picture with: its own, or the usual one where its own cannot be converted."""
    return picture.colorspace if picture.colorspace in _COLOUR_SPACES else Colorspace.DEFAULT
