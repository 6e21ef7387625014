"""What a camera sees: a scene draws its subject in a pose, through a view. Here, a person before a background."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Image
from pipeline.samples.camera import View
from pipeline.samples.canvas import Plane
from pipeline.samples.head import Head
from pipeline.samples.lamp import Lamp
from pipeline.samples.motion import Pose
from pipeline.samples.tracing import Rays, Solid

Scene = Callable[[Pose, View], Image]
"""Draws one frame, BGR, of its subject in a pose."""

EDGE_BLUR: Final = 0.9
"""Pixels: the outline is as soft as a camera's lens draws it."""

SEAM: Final = (0.03, 0.15)
"""Units behind the front of the surface at which the colours of the back begin, and from there on are complete."""


def live_head(head: Head, lamp: Lamp | None = None) -> Scene:
    """A person in front of a background that stays where it is, in the photograph's own light or in a lamp's."""
    solid = Solid(head.surface)
    shade = lamp.on(head.surface) if lamp is not None else None

    def draw(pose: Pose, view: View) -> Image:
        rays = Rays.of(pose, view)
        depth, hit = solid.first_hits(rays)
        colour = _colours(head, rays, depth)
        if shade is not None:
            colour = shade(colour, *rays.places(depth), pose)
        return _over(flat(head.background, Pose(), view), colour, hit)

    return draw


def _colours(head: Head, rays: Rays, depth: Plane) -> Image:
    x, y = rays.places(depth)
    surface, front, back = (
        cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for image in (head.surface.front, head.front, head.back)
    )
    behind = np.asarray(np.clip((surface - depth - SEAM[0]) / (SEAM[1] - SEAM[0]), 0, 1), np.float32)
    return np.asarray(cv2.blendLinear(front, back, 1 - behind, behind), np.uint8)


def _over(background: Image, colour: Image, hit: NDArray[np.bool_]) -> Image:
    """Lay a subject over a background with a soft edge, its colours continued under the edge."""
    soft = np.asarray(cv2.GaussianBlur(hit.astype(np.float32), (0, 0), EDGE_BLUR), np.float32)
    spread = cv2.GaussianBlur(cv2.copyTo(colour, hit.astype(np.uint8)), (0, 0), EDGE_BLUR)
    edge = ~hit & (soft > 0.02)
    colour[edge] = np.clip(spread[edge] / soft[edge, None], 0, 255)
    return np.asarray(cv2.blendLinear(colour, background, soft, 1 - soft), np.uint8)


def flat(image: Image, pose: Pose, view: View) -> Image:
    """Draw a canvas-sized image as a flat sheet; past its edges it goes on in their colours."""
    to_frame = view.of_canvas(pose)
    size = (view.width, view.height)
    return np.asarray(cv2.warpPerspective(image, to_frame, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)
