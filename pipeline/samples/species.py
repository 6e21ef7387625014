"""The kinds of sample clips: bona fide people, and presentation attacks with a photograph (ISO/IEC 30107-3)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from pipeline.frame import Image
from pipeline.samples.camera import Camera, handheld, sensor
from pipeline.samples.head import Head
from pipeline.samples.motion import Motion, Pose, drift, still, swing, together
from pipeline.samples.photograph import photograph
from pipeline.samples.scene import Scene, live_head

Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Species:
    """One kind of clip: what is in front of the camera, and how it moves for a source of chance."""

    name: str
    bona_fide: bool
    scene: Callable[[Head], Scene]
    motion: Callable[[Rng], Motion]


def frames(species: Species, head: Head, camera: Camera, seed: int, seconds: float) -> Iterator[Image]:
    """Yield a clip's frames (BGR) in order; the same arguments give the same frames."""
    rng = np.random.default_rng(seed)
    motion, view, expose = species.motion(rng), handheld(camera, rng), sensor(camera, rng)
    draw = species.scene(head)
    for index in range(round(seconds * camera.frame_rate)):
        at = index / camera.frame_rate
        yield expose(draw(motion(at), view(at)))


def _unrest(rng: Rng) -> Motion:
    """What a head does that is held still."""
    return drift(Pose(yaw=0.8, pitch=0.8, roll=0.6, x=0.01, y=0.01, distance=0.03), rng)


def _turn(rng: Rng) -> Motion:
    """Left and right by 21 to 27 degrees, the head leaning a little into the turn."""
    yaw = rng.uniform(21, 27)
    turn = swing(Pose(yaw=yaw * _side(rng), pitch=rng.uniform(-2, 2), roll=rng.uniform(-3, 3)), rng.uniform(3.0, 3.8))
    return together(turn, _unrest(rng))


def _nod(rng: Rng) -> Motion:
    """Up and down by 14 to 20 degrees."""
    nod = swing(Pose(pitch=rng.uniform(14, 20) * _side(rng), yaw=rng.uniform(-2, 2)), rng.uniform(2.4, 3.2))
    return together(nod, _unrest(rng))


def _held_up(rng: Rng) -> Motion:
    """A print in a hand: far enough away for its edges to show, and never quite still."""
    return together(still(Pose(distance=1.5)), drift(Pose(3, 3, 2, 0.03, 0.03, 0.05), rng))


def _waved(rng: Rng) -> Motion:
    """A print turned to both sides by 35 to 45 degrees, as if it looked left and right."""
    wave = swing(Pose(yaw=rng.uniform(35, 45) * _side(rng), roll=rng.uniform(-6, 6), x=0.2), rng.uniform(2.4, 3.6))
    return together(wave, _held_up(rng))


def _tilted(rng: Rng) -> Motion:
    """A print tilted up and down by 30 to 45 degrees, a little to the sides as well."""
    tilt = swing(Pose(pitch=rng.uniform(30, 45) * _side(rng), yaw=rng.uniform(-15, 15), y=0.1), rng.uniform(2.4, 3.6))
    return together(tilt, _held_up(rng))


def _side(rng: Rng) -> float:
    return float(rng.choice((-1.0, 1.0)))


HEAD_TURN: Final = Species("head_turn", True, live_head, _turn)
HEAD_NOD: Final = Species("head_nod", True, live_head, _nod)
HEAD_STILL: Final = Species("head_still", True, live_head, _unrest)
PHOTO_STILL: Final = Species("photo_still", False, photograph, _held_up)
PHOTO_WAVED: Final = Species("photo_waved", False, photograph, _waved)
PHOTO_TILTED: Final = Species("photo_tilted", False, photograph, _tilted)

ALL: Final = (HEAD_TURN, HEAD_NOD, HEAD_STILL, PHOTO_STILL, PHOTO_WAVED, PHOTO_TILTED)
