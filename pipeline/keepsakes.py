"""A few good frames kept whole, spread over the clip, for what needs the full picture."""

from dataclasses import dataclass

import numpy as np

from pipeline.face import Face
from pipeline.frame import Frame
from pipeline.observation import FrameObservation

CAPACITY = 6
"""Frames kept at most: a picture in 4K takes 12 MB."""


@dataclass(frozen=True, slots=True)
class Keepsake:
    """A frame kept whole, its largest face in pixels of the analysed image, and how good a view it is."""

    frame: Frame
    face: Face
    quality: float

    def face_in_full(self) -> Face:
        """The face in pixels of the full picture."""
        longest = max(self.frame.picture.width, self.frame.picture.height)
        return self.face.scaled(longest / max(self.frame.image.shape[:2]))


class Keepsakes:
    """Keeps the best frame of each stretch of the clip; the stretches double whenever there are too many."""

    def __init__(self) -> None:
        self._stretch = 0.5
        self._best: dict[int, Keepsake] = {}

    def offer(self, frame: Frame, seen: FrameObservation) -> None:
        """Keep a frame if it shows exactly one face better than its stretch did so far."""
        if seen.face is None or seen.faces != 1 or seen.nose is None or seen.sharpness is None:
            return
        across, along = seen.nose - (0.0, 0.65)
        frontal = float(np.exp(-4 * (across**2 + along**2)))
        quality = frontal * seen.face.eye_distance * float(np.log1p(seen.sharpness))
        self._keep(Keepsake(frame, seen.face, quality))
        while len(self._best) > CAPACITY:
            kept, self._best = list(self._best.values()), {}
            self._stretch *= 2
            for keepsake in kept:
                self._keep(keepsake)

    def best(self, count: int) -> list[Keepsake]:
        """Return the ``count`` best frames in the order of time."""
        chosen = sorted(self._best.values(), key=lambda keepsake: keepsake.quality, reverse=True)[:count]
        return sorted(chosen, key=lambda keepsake: keepsake.frame.time)

    def _keep(self, keepsake: Keepsake) -> None:
        stretch = int(keepsake.frame.time / self._stretch)
        rival = self._best.get(stretch)
        if rival is None or keepsake.quality > rival.quality:
            self._best[stretch] = keepsake
