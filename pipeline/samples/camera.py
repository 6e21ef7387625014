"""The camera of a sample: its frame, the hand that holds it, the light it gets and the noise it adds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.frame import Image
from pipeline.samples.canvas import FACE_WIDTH, Plane, units_to_pixels
from pipeline.samples.motion import Pose, rotations, wobble

DISTANCE: Final = 5 * FACE_WIDTH
"""Units from the camera to the eyes in the usual pose: some 70 cm, a phone at arm's length."""

EYE_LINE: Final = 0.41
"""Where the eyes are, from the top, as a share of the frame's height."""

SHAKE_FREQUENCIES: Final = (0.3, 3.0)
"""Hertz, of a hand that holds a phone."""


@dataclass(frozen=True, slots=True)
class Camera:
    """What the frames look like. Defaults: a phone's front camera, upright, in ordinary light."""

    width: int = 480
    height: int = 640
    frame_rate: float = 30.0
    face_share: float = 0.41
    """Width of the face in the usual pose, as a share of the frame's width (or of 3/4 of its height)."""
    shake: float = 0.004
    """Hand shake, as a share of the frame's width."""
    light: float = 1.0
    """Gain: 1 leaves the photograph's own light, 0.5 is half as bright."""
    side_light: float = 0.0
    """Share by which the right side of the frame is brighter and the left darker than the middle."""
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Gain of blue, green and red: the colour of the light, as far as the camera leaves it."""
    noise: float = 2.0
    """Standard deviation of the sensor's noise, in grey levels of 255."""
    crf: int = 23
    """Compression: x264's constant rate factor, 18 fine to 35 coarse."""
    b_frames: int = 3
    """Frames in a row that look ahead: 3 is x264's own, 0 what phones and browsers do."""


@dataclass(frozen=True, slots=True)
class View:
    """One frame's pinhole camera: where the ray of every pixel goes, and where a plane's points land."""

    width: int
    height: int
    focal: float
    """Pixels that one unit takes at one unit's distance."""
    centre: tuple[float, float]

    def directions(self) -> tuple[Plane, Plane]:
        """Return, for every pixel, how far its ray goes right and down on each unit away from the camera."""
        x = (np.arange(self.width, dtype=np.float32) - self.centre[0]) / self.focal
        y = (np.arange(self.height, dtype=np.float32) - self.centre[1]) / self.focal
        right, down = np.meshgrid(x, y)
        return right.astype(np.float32), down.astype(np.float32)

    def row_heights(self) -> NDArray[np.float64]:
        """Return the y, in units, that every row of the frame shows at the usual distance."""
        rows = np.arange(self.height, dtype=np.float64)
        return np.asarray((rows - self.centre[1]) / self.focal * DISTANCE, np.float64)

    def of_canvas(self, pose: Pose) -> NDArray[np.float64]:
        """Return the 3x3 homography from canvas pixels to frame pixels for a flat canvas held in a pose."""
        turn = rotations(*(np.array([angle]) for angle in (pose.yaw, pose.pitch, pose.roll)))[0]
        place = np.array([pose.x, pose.y, -pose.distance]) * FACE_WIDTH - np.array([0, 0, DISTANCE])
        plane = np.column_stack([turn[:, 0], turn[:, 1], place])
        plane[2] *= -1  # depth counts away from the camera
        pinhole = np.array([[self.focal, 0, self.centre[0]], [0, self.focal, self.centre[1]], [0, 0, 1]])
        return np.asarray(pinhole @ plane @ np.linalg.inv(units_to_pixels()))


def handheld(camera: Camera, rng: np.random.Generator) -> Callable[[float], View]:
    """Return the view at a time (seconds), shaken by the hand that holds the camera."""
    sideways, upward = (wobble(rng, SHAKE_FREQUENCIES) for _ in range(2))
    face = camera.face_share * min(camera.width, 0.75 * camera.height)
    reach = camera.shake * camera.width

    def view(seconds: float) -> View:
        centre = (camera.width / 2 + reach * sideways(seconds), camera.height * EYE_LINE + reach * upward(seconds))
        return View(camera.width, camera.height, face / FACE_WIDTH * DISTANCE, centre)

    return view


def sensor(camera: Camera, rng: np.random.Generator) -> Callable[[Image], Image]:
    """Return what turns a scene into what the camera's sensor delivers: its light, and noise new in every frame."""
    ramp = np.linspace(1 - camera.side_light, 1 + camera.side_light, camera.width, dtype=np.float32)
    gain = (camera.light * ramp)[None, :, None] * np.asarray(camera.tint, np.float32)
    grain = rng.normal(0, camera.noise, (camera.height, camera.width, 3)).astype(np.float32)

    def expose(scene: Image) -> Image:
        # One sheet of noise, shifted anew: drawing a million normal numbers a frame would cost more than rendering.
        shift = rng.integers(0, (camera.height, camera.width))
        noise = np.roll(grain, tuple(shift), axis=(0, 1))
        return np.asarray(cv2.convertScaleAbs(np.maximum(scene * gain + noise, 0)), np.uint8)

    return expose
