"""How the pictures of a video have to be turned to stand upright, read from its display matrix."""

import math
import struct
from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
from av.sidedata.sidedata import SideDataContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_DISPLAY_MATRIX: Final = "DISPLAYMATRIX"
_LEFT_RIGHT: Final = 1
"""``cv2.flip``'s code for swapping left and right."""
_TURNS: Final = {
    90: cv2.ROTATE_90_COUNTERCLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_CLOCKWISE,
}


@dataclass(frozen=True, slots=True)
class Orientation:
    """What makes a stored picture upright: swap left and right if ``mirrored``, then turn it by ``rotation``."""

    rotation: int = 0
    """Degrees counter-clockwise: 0, 90, 180 or 270."""
    mirrored: bool = False

    def upright(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a stored image as it is to be seen."""
        if self.mirrored:
            image = np.asarray(cv2.flip(image, _LEFT_RIGHT), np.uint8)
        if self.rotation:
            image = np.asarray(cv2.rotate(image, _TURNS[self.rotation]), np.uint8)
        return image

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return width and height of a picture once upright."""
        return (height, width) if self.rotation % 180 else (width, height)


def orientation_of(picture: VideoFrame) -> Orientation:
    """Read the orientation that the file gives a picture, to the nearest quarter turn.

    The matrix maps stored to shown coordinates, x' = a x + c y and y' = b x + d y, with y pointing down (ISO/IEC
    14496-12, 8.3.2; FFmpeg stores it as a, b, u, c, d, v, x, y, w). A negative determinant mirrors.
    """
    try:
        matrix = _display_matrix(picture)
    except ValueError:
        # PyAV cannot list the side data of a picture that has a kind it does not know (EXIF, the view of a stereo
        # video); then it still tells the rotation, but not whether it is mirrored.
        return Orientation(_quarter_turns(picture.rotation))
    if matrix is None:
        return Orientation()
    a, b, _, c, d = matrix[:5]
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    return Orientation(_quarter_turns(math.degrees(math.atan2(-b, a))), mirrored)


def _display_matrix(picture: VideoFrame) -> tuple[int, ...] | None:
    side_data = cast(SideDataContainer, picture.side_data).get(_DISPLAY_MATRIX)
    return struct.unpack("=9i", bytes(side_data)) if side_data is not None else None


def _quarter_turns(degrees: float) -> int:
    return round(degrees / 90) % 4 * 90
