"""One clip, decided by its species and seed alone: who is in it, how it is filmed and encoded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np

from bench.pad.species import BY_NAME
from pipeline.frame import Image
from pipeline.samples.attacks import Footage
from pipeline.samples.camera import Camera, handheld, sensor
from pipeline.samples.encoding import write_video
from pipeline.samples.head import Head
from pipeline.samples.variation import somebody

Rng = np.random.Generator

FORMATS: Final = (
    (312, 416, (0.38, 0.62)),  # a phone's photo format, upright
    (240, 426, (0.45, 0.70)),  # a phone's video format, upright
    (416, 312, (0.50, 0.75)),  # a webcam
)
"""Width and height, pixels, and shares of the width (of 3/4 of the height) that a face takes: as an oval drawn on the
screen asks for, or as people sit before a laptop."""

FORMAT_ODDS: Final = (0.45, 0.35, 0.20)

RATES: Final = (10, 12, 15, 20, 24, 30)
RATE_ODDS: Final = (0.25, 0.25, 0.25, 0.10, 0.05, 0.10)
"""Frames a second; ten are analysed, so more of them cost time and show little."""


@dataclass(frozen=True, slots=True)
class Key:
    """Which clip."""

    species: str
    seed: int

    @property
    def challenge(self) -> str:
        """What it is asked."""
        return BY_NAME[self.species].challenge(self.seed)


def write_clip(path: Path, key: Key, portraits: Sequence[Path]) -> Footage:
    """Render and encode a clip; its person is made from one of the portraits, without any from the shipped one.

    Returns what was filmed.
    """
    rng = _chance(key)
    camera = draw_camera(rng)
    footage = BY_NAME[key.species].film(_person(key.seed, tuple(portraits)), key.challenge, rng)
    times = exposure_times(footage.seconds, camera, rng)
    write_video(path, _frames(footage, camera, times, rng), camera, times)
    return footage


def camera_of(key: Key) -> Camera:
    """Return the camera of a clip."""
    return draw_camera(_chance(key))


def draw_camera(rng: Rng) -> Camera:
    """Draw a camera, its hand, its light and its compression at random."""
    width, height, shares = FORMATS[rng.choice(len(FORMATS), p=FORMAT_ODDS)]
    return Camera(
        width=width,
        height=height,
        frame_rate=float(rng.choice(RATES, p=RATE_ODDS)),
        face_share=rng.uniform(*shares),
        shake=rng.uniform(0.001, 0.012),
        light=rng.uniform(0.4, 1.3),
        side_light=rng.uniform(-0.4, 0.4),
        tint=(rng.uniform(0.85, 1.1), 1.0, rng.uniform(0.9, 1.15)),
        noise=rng.uniform(0.5, 6.0),
        crf=int(rng.integers(18, 33)),
        b_frames=3 if rng.random() < 0.25 else 0,
    )


def _chance(key: Key) -> Rng:
    return np.random.default_rng([crc32(key.species.encode()), key.seed])


def exposure_times(seconds: float, camera: Camera, rng: Rng) -> list[float]:
    """Return when frames are taken: evenly, or for every third clip as a busy phone does, some late and some lost."""
    even = np.arange(0, seconds, 1 / camera.frame_rate)
    if rng.random() > 0.33:
        return [float(at) for at in even]
    late = np.sort(even + rng.uniform(0, 0.6, len(even)) / camera.frame_rate)
    kept = late[rng.random(len(late)) > 0.08]
    return [float(at - kept[0]) for at in kept]


def _frames(footage: Footage, camera: Camera, times: list[float], rng: Rng) -> Iterator[Image]:
    view, expose = handheld(camera, rng), sensor(camera, rng)
    for at in times:
        yield expose(footage.draw(at, view(at)))


@lru_cache(maxsize=1)
def _person(seed: int, portraits: tuple[Path, ...]) -> Head:
    """Return the person of a seed: the same one for every species, another one for every seed."""
    return somebody(
        _original(portraits[seed // 2 % len(portraits)] if portraits else None), np.random.default_rng(seed)
    )


@lru_cache(maxsize=8)
def _original(portrait: Path | None) -> Head:
    return Head.shipped() if portrait is None else Head.from_image(portrait)
