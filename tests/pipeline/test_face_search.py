"""Faces are searched for in pictures no larger than needed, and found as if those had full size."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from pipeline.detectors import DlibDetector, YuNetDetector
from pipeline.face import UPRIGHT_FACE, Box, Face
from pipeline.face_search import STEP, FaceSearch
from pipeline.frame import ANALYSIS_SIZE, Image
from pipeline.models import YUNET
from pipeline.observation import look
from pipeline.samples.camera import Camera, handheld
from pipeline.samples.head import Head
from pipeline.samples.motion import Pose
from pipeline.samples.scene import live_head
from tests.pipeline.footage import TESTDATA, needs_testdata, photo


class BrightRectangle:
    """Takes what is bright, and not less than 10 pixels high, for a face; notes how large the pictures were."""

    name = "bright rectangle"
    ample_height = 72.0

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.expected: list[Box | None] = []

    def detect(self, image: Image, expected: Box | None = None) -> list[Face]:
        """Return the face, if there is one."""
        self.sizes.append(max(image.shape[:2]))
        self.expected.append(expected)
        x, y, width, height = cv2.boundingRect((image[:, :, 0] > 128).astype(np.uint8))
        box = Box(x, y, width, height)
        return [Face(box, 1.0, UPRIGHT_FACE * width / 2 + box.center)] if height >= 10 else []


def portrait(detector: YuNetDetector, name: str, height: float) -> Image:
    """A photo's face, so many pixels high, in a picture of 128 by 256."""
    image = cv2.imread(str(photo(name)))
    assert image is not None
    scale = 640 / max(image.shape[:2])
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    box = detector.detect(np.asarray(image, np.uint8))[0].box
    scale = height / box.height
    to_middle = np.array([[scale, 0, 64 - scale * box.center[0]], [0, scale, 128 - scale * box.center[1]]])
    return np.asarray(cv2.warpAffine(image, to_middle, (128, 256), flags=cv2.INTER_AREA), np.uint8)


def picture(height: int, size: int = ANALYSIS_SIZE) -> Image:
    """A bright rectangle of so many pixels in the middle."""
    image = np.zeros((size, size, 3), np.uint8)
    half = height // 2
    image[size // 2 - half : size // 2 + half, size // 2 - half : size // 2 + half] = 255
    return image


@pytest.mark.parametrize(
    ("height", "size"), [(40, ANALYSIS_SIZE), (80, ANALYSIS_SIZE), (100, 192), (144, 128), (240, 96)]
)
def test_pictures_are_as_small_as_a_large_face_allows(height: int, size: int) -> None:
    """The first has full size; those that follow show the face with what the detector needs, in whole steps."""
    detector = BrightRectangle()
    search = FaceSearch(detector)
    first, second = search.detect(picture(height)), search.detect(picture(height))
    assert detector.sizes == [ANALYSIS_SIZE, size]
    assert size % STEP == 0
    np.testing.assert_allclose(second[0].points, first[0].points, atol=ANALYSIS_SIZE / size)


def test_either_side_may_be_the_one_with_whole_steps() -> None:
    """A phone's upright video is shrunk to 96 pixels of width where 192 of height would be more than needed."""
    detector = BrightRectangle()
    search = FaceSearch(detector)
    upright = picture(110)[:, 56:200]
    search.detect(upright)
    search.detect(upright)
    assert detector.sizes == [256, 171]


def test_the_size_stays_while_it_suits() -> None:
    """A face that comes a little closer or goes a little away is not worth another size."""
    detector = BrightRectangle()
    search = FaceSearch(detector)
    for height in (144, 120, 170, 130):
        search.detect(picture(height))
    assert detector.sizes == [ANALYSIS_SIZE, 128, 128, 128]


def test_a_face_that_comes_much_closer_is_searched_for_in_smaller_pictures() -> None:
    """From its next picture on."""
    detector = BrightRectangle()
    search = FaceSearch(detector)
    for height in (100, 160, 160):
        search.detect(picture(height))
    assert detector.sizes == [ANALYSIS_SIZE, 192, 128]


@pytest.mark.parametrize("height", [0, 16, 60])
def test_what_a_small_picture_does_not_show_well_is_searched_for_in_the_full_one(height: int) -> None:
    """A face that is gone, cannot be found when shrunk, or is left with too few pixels: at once."""
    detector = BrightRectangle()
    search = FaceSearch(detector)
    search.detect(picture(144))
    seen = search.detect(picture(height))
    assert detector.sizes == [ANALYSIS_SIZE, 128, ANALYSIS_SIZE]
    assert [face.box.height for face in seen] == [height for _ in seen]
    assert len(seen) == (height > 0)


def test_a_face_is_expected_where_the_last_one_was() -> None:
    """In the pixels of the picture that is searched; nowhere before there was one."""
    detector = BrightRectangle()
    search = FaceSearch(detector)
    for height in (0, 128, 0):
        search.detect(picture(height))
    box = Box(64, 64, 128, 128)
    assert detector.sizes == [256, 256, 160, 256]
    assert detector.expected == [None, None, box.scaled(160 / 256), box]


@pytest.mark.parametrize(("shift", "found"), [(0, True), (-120, False)])
def test_a_face_that_turned_far_is_found_only_where_it_is_expected(shift: int, found: bool) -> None:
    """Its score is below what is believed elsewhere."""
    head, view = live_head(Head.shipped()), handheld(Camera(), np.random.default_rng(0))(0.0)
    ahead, aside = (np.asarray(head(Pose(yaw=degrees), view), np.uint8) for degrees in (0, 36))
    detector = DlibDetector()
    box = detector.detect(ahead)[0].box
    assert detector.detect(aside) == []
    assert bool(detector.detect(aside, replace(box, x=box.x + shift))) is found


@needs_testdata
@pytest.mark.parametrize(("names", "share"), [(("obama", "s3"), 0.6), (("s1", "s5"), 0.7), (("s6", "s0"), 0.9)])
def test_a_second_person_is_seen_in_the_small_picture_too(names: tuple[str, str], share: float) -> None:
    """Two portraits side by side, the second face at a share of the first one's height."""
    detector = YuNetDetector(TESTDATA / "models" / YUNET.name)
    image = np.hstack([portrait(detector, names[0], 100.0), portrait(detector, names[1], 100.0 * share)])
    search = FaceSearch(detector)
    assert [look(image, search).faces, look(image, search).faces] == [2, 2]
