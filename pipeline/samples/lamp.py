"""One lamp beside a head: brighter skin where the surface faces it, and another shading whenever the head turns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pipeline.frame import Image
from pipeline.samples.canvas import PIXELS_PER_UNIT, Plane
from pipeline.samples.motion import Pose, rotations
from pipeline.samples.surface import Surface

SOFTNESS: Final = 7.0
"""Pixels of the canvas over which the slope of the surface is taken: finer creases are in the photograph already."""

Shading = Callable[[Image, Plane, Plane, Pose], Image]
"""Shades colours seen at places of the canvas (x, y, pixels) of a head in a pose."""


@dataclass(frozen=True, slots=True)
class Lamp:
    """Where the light comes from, degrees away from the camera, and what share of the light is the lamp's."""

    left: float = 0.0
    """Towards the person's left, the right of the image."""
    above: float = 0.0
    share: float = 0.0

    def on(self, surface: Surface) -> Shading:
        """Return what shades a head (Lambert's cosine law, matt skin); a face seen from the front stays as it is."""
        slopes = _slopes(surface)
        towards = rotations(*(np.array([angle]) for angle in (self.left, self.above, 0.0)))[0] @ (0, 0, 1)

        def shade(colours: Image, x: Plane, y: Plane, pose: Pose) -> Image:
            # Turning the lamp back is cheaper than turning every normal.
            turned = rotations(*(np.array([angle]) for angle in (pose.yaw, pose.pitch, pose.roll)))[0].T @ towards
            seen = cv2.remap(slopes, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            across, along = seen[..., 0], seen[..., 1]
            cosine = (turned[2] - turned[0] * across - turned[1] * along) / np.sqrt(1 + across**2 + along**2)
            light = 1 - self.share + self.share * np.maximum(cosine, 0) / towards[2]
            return np.asarray(np.clip(colours * light[..., None].astype(np.float32), 0, 255), np.uint8)

        return shade


def _slopes(surface: Surface) -> Plane:
    """Return how the surface rises to the right and downwards, units per unit."""
    soft = cv2.GaussianBlur(surface.front, (0, 0), SOFTNESS)
    rise = (cv2.Sobel(soft, cv2.CV_32F, dx, 1 - dx, scale=PIXELS_PER_UNIT / 8) for dx in (1, 0))
    return np.asarray(np.clip(np.dstack(list(rise)), -2, 2), np.float32)
