"""Clips of people as they are, with covers and in other light, and what the detectors see in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zlib import crc32

import av
import cv2
import numpy as np

from bench.occlusion.covers import COVERS, HARMLESS
from bench.occlusion.drawing import LIGHTS, covered
from bench.pad.clips import Key, write_clip
from bench.pad.species import SPECIES, Kind
from pipeline.detectors import FaceDetector, YuNetDetector
from pipeline.frame import ANALYSIS_SIZE, Image
from pipeline.observation import FrameObservation, look, spread

PICTURES: Final = 6
"""Pictures of each clip, spread over it."""

UNCHANGED: Final = "unchanged"
UNCOVERED: Final = (UNCHANGED, *HARMLESS, *LIGHTS)
"""Kinds of clips that show the whole face."""

SEEN: Final = 0.7
"""Share of the pictures in which the face has to be found: with fewer, the answer is no_face anyway."""


@dataclass(frozen=True, slots=True)
class Example:
    """A clip of somebody with one cover or none, as one detector sees it."""

    person: str
    kind: str
    engines: str
    on_left: bool
    """Whether the cover is on the person's left."""
    observations: Sequence[FrameObservation]

    @property
    def is_covered(self) -> bool:
        """Whether part of the face is covered."""
        return self.kind in COVERS

    @property
    def is_found(self) -> bool:
        """Whether the face is found often enough to be judged."""
        return sum(seen.face is not None for seen in self.observations) >= SEEN * len(self.observations)


def rendered(seed: int, portraits: tuple[Path, ...]) -> list[Image]:
    """Return pictures of a rendered person who does something; without portraits, one of the shipped one's."""
    performing = [species for species in SPECIES if species.kind is Kind.PERFORMED]
    with TemporaryDirectory(prefix="bench-occlusion-") as folder:
        clip = Path(folder) / "clip.mp4"
        write_clip(clip, Key(performing[seed // 2 % len(performing)].name, seed), portraits)
        return filmed(clip)


def filmed(video: Path) -> list[Image]:
    """Return pictures spread over a video, as small as the pipeline looks at them."""
    with av.open(str(video)) as container:
        frames = [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]
    return [_shrunk(frames[index]) for index in spread(len(frames), PICTURES)]


def photographed(photo: Path) -> list[Image]:
    """Return a photograph as a clip of one picture."""
    picture = cv2.imread(str(photo))
    assert picture is not None, photo
    return [_shrunk(np.asarray(picture, np.uint8))]


def examples(person: str, pictures: list[Image], yunet: FaceDetector, dlib: FaceDetector) -> Iterator[Example]:
    """Show a person in every way to both detectors; covers are placed by what YuNet finds in the unchanged pictures."""
    faces = [(picture, found[0].points) for picture in pictures if (found := yunet.detect(picture))]
    detectors = {"dlib": dlib, "yunet": yunet}
    yield from _seen(Example(person, UNCHANGED, "", False, ()), pictures, detectors)
    for kind, light in LIGHTS.items():
        changed = [light(picture, _chance(person, kind)) for picture in pictures]
        yield from _seen(Example(person, kind, "", False, ()), changed, detectors)
    for kind, cover in {**COVERS, **HARMLESS}.items():
        on_left = bool(crc32(f"{kind} {person}".encode()) % 2)
        changed = [covered(one, face, cover, _chance(person, kind), on_left=on_left) for one, face in faces]
        yield from _seen(Example(person, kind, "", on_left, ()), changed, detectors)


def _seen(example: Example, pictures: list[Image], detectors: Mapping[str, FaceDetector]) -> Iterator[Example]:
    for engines, detector in detectors.items():
        observations = [look(picture, detector) for picture in pictures]
        yield Example(example.person, example.kind, engines, example.on_left, observations)


def load_yunet(models: Path) -> YuNetDetector:
    """Load YuNet from a folder of models."""
    return YuNetDetector(next(models.glob("face_detection_yunet*.onnx")))


def _chance(person: str, kind: str) -> np.random.Generator:
    """Return the same chance for every picture of a clip, so that its cover stays the same."""
    return np.random.default_rng(crc32(f"{person} {kind}".encode()))


def _shrunk(picture: Image) -> Image:
    scale = min(1.0, ANALYSIS_SIZE / max(picture.shape[:2]))
    return np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
