"""What covers part of a face is told from the face, and nothing that a face can do or wear by right is."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from bench.occlusion.covers import COVERS, HARMLESS, Cover
from bench.occlusion.drawing import LIGHTS, Light, covered
from bench.occlusion.examples import filmed
from pipeline.continuity import Continuity
from pipeline.detectors import YuNetDetector
from pipeline.face import UPRIGHT_FACE, Box, Face, Points, crop_face, crop_transform, nose_position
from pipeline.frame import Image
from pipeline.models import YUNET
from pipeline.observation import FrameObservation, look
from pipeline.occlusion import VIEWS, measure_occlusion, typical_observations
from pipeline.quality import MAX_OCCLUSION, obstacles
from pipeline.result import Reason
from pipeline.samples.camera import Camera, handheld
from pipeline.samples.complexion import Complexion
from pipeline.samples.head import Head
from pipeline.samples.lamp import Lamp
from pipeline.samples.motion import Pose
from pipeline.samples.scene import live_head
from pipeline.samples.variation import recoloured
from tests.pipeline.footage import TESTDATA, clip, needs_testdata

STEADY = Continuity(likeness=0.9, gap=0.1, frozen=0.0)
BARE = Complexion(bare=True)


def pictured(head: Head, pose: Pose | None = None, lamp: Lamp | None = None) -> Image:
    """A rendered head in the middle of a picture."""
    view = handheld(Camera(shake=0.0), np.random.default_rng(0))(0.0)
    return live_head(head, lamp)(pose or Pose(), view)


def landmarks(pose: Pose | None = None) -> Points:
    """Where the landmarks of a rendered head that looks straight ahead lie in its picture."""
    view = handheld(Camera(shake=0.0), np.random.default_rng(0))(0.0)
    sheet = np.column_stack([(UPRIGHT_FACE + 4.0) * 96.0, np.ones(5)])
    places = sheet @ view.of_canvas(pose or Pose()).T
    return np.asarray(places[:, :2] / places[:, 2:], np.float64)


def seen(picture: Image, points: Points, index: int = 0) -> FrameObservation:
    """What a detector that finds these landmarks sees in a picture."""
    face = Face(Box(0, 0, 1, 1), 1.0, points)
    crop = crop_face(np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8), crop_transform(face))
    return FrameObservation(index, index / 8, 1, face, crop, nose_position(points), 100.0, 0.5)


def clip_of(*pictures: Image) -> list[FrameObservation]:
    """A clip of heads that look straight ahead."""
    return [seen(picture, landmarks(), index) for index, picture in enumerate(pictures)]


def occlusion(observations: Sequence[FrameObservation]) -> float:
    """The measured occlusion, which has to be there."""
    value = measure_occlusion(observations)
    assert value is not None
    return value


@pytest.fixture(scope="module")
def head() -> Head:
    """The shipped portrait's head without its glasses."""
    return recoloured(Head.shipped(), BARE)


@pytest.mark.parametrize("cover", ["mask", "hand_on_eye", "thing_at_eye", "patch_on_eye", "sunglasses"])
@pytest.mark.parametrize("on_left", [False, True])
def test_a_covered_mouth_or_eye_is_seen(head: Head, cover: str, on_left: bool) -> None:
    """Most of what can cover it, on either side."""
    bare = pictured(head)
    draws = [np.random.default_rng(seed) for seed in range(8)]
    values = [occlusion(clip_of(covered(bare, landmarks(), COVERS[cover], rng, on_left=on_left))) for rng in draws]
    assert sum(value > MAX_OCCLUSION for value in values) >= 6


@pytest.mark.parametrize("harmless", HARMLESS.values(), ids=HARMLESS)
def test_glasses_and_beards_cover_nothing(head: Head, harmless: Cover) -> None:
    """Eyes show through glasses, lips in a beard."""
    picture = covered(pictured(head), landmarks(), harmless, np.random.default_rng(1))
    assert occlusion(clip_of(picture)) < MAX_OCCLUSION


@pytest.mark.parametrize(
    "complexion", [replace(BARE, skin=(0.45, 0.0, 0.0)), replace(BARE, skin=(1.08, 0.0, 0.0)), Complexion()]
)
def test_every_complexion_is_a_face(complexion: Complexion) -> None:
    """Dark skin, light skin, and the portrait's own wrinkles and glasses."""
    assert occlusion(clip_of(pictured(recoloured(Head.shipped(), complexion)))) < MAX_OCCLUSION


@pytest.mark.parametrize("side", [-60.0, 60.0])
def test_light_from_one_side_covers_nothing(head: Head, side: float) -> None:
    """Half of the face lies in the shade then."""
    assert occlusion(clip_of(pictured(head, lamp=Lamp(side, 20.0, 0.7)))) < MAX_OCCLUSION


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
def test_poor_pictures_cover_nothing(head: Head, light: Light) -> None:
    """Dim, glaring and unsharp ones have reasons of their own."""
    assert occlusion(clip_of(light(pictured(head), np.random.default_rng(1)))) < MAX_OCCLUSION


def test_what_covers_the_face_for_a_moment_does_no_harm(head: Head) -> None:
    """A third of the clip is not most of it; two thirds are."""
    bare = pictured(head)
    masked = covered(bare, landmarks(), COVERS["mask"], np.random.default_rng(1))
    assert occlusion(clip_of(*[bare] * 4, *[masked] * 4, *[bare] * 4)) < MAX_OCCLUSION
    assert occlusion(clip_of(*[masked] * 4, *[bare] * 4, *[masked] * 4)) > MAX_OCCLUSION


def test_views_of_a_strong_turn_are_left_out(head: Head) -> None:
    """What lies aside from the usual pose is not looked at: a nose hides half of a mouth without any cover."""
    straight = clip_of(*[pictured(head)] * 6)
    aside = [replace(view, nose=np.array([0.6, 0.7]), crop=np.zeros((112, 112), np.uint8)) for view in straight[:4]]
    crops = [view.crop for view in typical_observations([*aside[:2], *straight, *aside[2:]])]
    assert len(crops) == 6
    assert all(crop is not None and crop.any() for crop in crops)


def test_views_are_spread_over_a_long_clip(head: Head) -> None:
    """A few are enough, from the first to the last."""
    view = clip_of(pictured(head))[0]
    assert view.crop is not None
    views = typical_observations([replace(view, crop=np.full_like(view.crop, index)) for index in range(100)])
    assert [int(one.crop[0, 0]) for one in views if one.crop is not None] == np.linspace(0, 99, VIEWS).round().astype(
        int
    ).tolist()


def test_nothing_is_said_without_a_face() -> None:
    """A clip without a view of a face has other obstacles."""
    assert measure_occlusion([FrameObservation(0, 0.0, 0)]) is None
    assert measure_occlusion([]) is None


def obstacles_of(picture: Image) -> list[Reason]:
    """What keeps an otherwise good clip of one picture from being judged."""
    clip = clip_of(*[picture] * 8)
    return obstacles(3.0, clip, STEADY, measure_occlusion(clip))


def test_an_occluded_clip_says_so_with_value_threshold_and_advice(head: Head) -> None:
    """The only obstacle of an otherwise good clip."""
    picture = covered(pictured(head), landmarks(), COVERS["mask"], np.random.default_rng(1))
    (reason,) = obstacles_of(picture)
    assert (reason.code, reason.threshold, reason.unit) == ("occluded", MAX_OCCLUSION, "score")
    assert reason.value is not None
    assert reason.value > MAX_OCCLUSION
    assert "Take off" in reason.message
    assert obstacles_of(pictured(head)) == []


@pytest.fixture(scope="module")
def yunet() -> YuNetDetector:
    """The detector of the real footage."""
    return YuNetDetector(TESTDATA / "models" / YUNET.name)


CLIPS = ("d0", "d3", "d9", "d11", "d12", "d13", "d18", "s20")


@pytest.fixture(scope="module")
def people() -> dict[str, list[Image]]:
    """Pictures of the real people: they talk, laugh, open the mouth, wear glasses and turn their heads."""
    return {name: filmed(clip(name)) for name in CLIPS}


def worn(yunet: YuNetDetector, pictures: list[Image], cover: str) -> float:
    """The occlusion that YuNet's crops show of a person who wears a cover."""
    faces = [(picture, yunet.detect(picture)[0].points) for picture in pictures]
    changed = [covered(picture, face, COVERS[cover], np.random.default_rng(1)) for picture, face in faces]
    return occlusion([look(picture, yunet) for picture in changed])


@needs_testdata
@pytest.mark.parametrize("name", CLIPS)
def test_real_people_are_uncovered_until_they_wear_a_mask(
    yunet: YuNetDetector, people: dict[str, list[Image]], name: str
) -> None:
    """From the picture to the value."""
    assert occlusion([look(picture, yunet) for picture in people[name]]) < MAX_OCCLUSION
    assert worn(yunet, people[name], "mask") > MAX_OCCLUSION


@needs_testdata
@pytest.mark.parametrize("cover", ["hand_on_mouth", "hand_on_eye", "sunglasses"])
def test_most_covers_of_real_people_are_seen(yunet: YuNetDetector, people: dict[str, list[Image]], cover: str) -> None:
    """Not all: the gap between two fingers can look like a mouth."""
    assert sum(worn(yunet, pictures, cover) > MAX_OCCLUSION for pictures in people.values()) > len(people) / 2
