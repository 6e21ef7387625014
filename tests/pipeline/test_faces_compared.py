"""The comparison threshold on real people: one person's photos match, different people do not."""

import itertools

import cv2
import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.detectors import FaceDetector, load_detector
from pipeline.embedders import DlibEmbedder, Embedding
from pipeline.frame import Image
from tests.pipeline.footage import TESTDATA, needs_testdata, photo

pytestmark = needs_testdata

PEOPLE = {"obama": 0, "obama2": 0, "s0": 1, "s1": 2, "s3": 3, "s5": 4, "s6": 5}


def _read(name: str) -> Image:
    image = cv2.imread(str(photo(name)))
    assert image is not None
    return np.asarray(image, np.uint8)


def _embed(image: Image, detector: FaceDetector, embedder: DlibEmbedder) -> Embedding:
    scale = 640 / max(image.shape[:2])
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return embedder.embed(image, detector.detect(small)[0].scaled(1 / scale))


@pytest.fixture(scope="module", params=["yunet", "dlib_hog"])
def embeddings(request: pytest.FixtureRequest) -> dict[str, Embedding]:
    """Every photo's embedding, with the face found by each detector."""
    detector = load_detector(PipelineConfig(model_dir=TESTDATA / "models", detector=request.param))
    embedder = DlibEmbedder()
    return {name: _embed(_read(name), detector, embedder) for name in PEOPLE}


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(PEOPLE, 2)))
def test_photos_match_exactly_when_they_show_one_person(
    embeddings: dict[str, Embedding], first: str, second: str
) -> None:
    """The threshold lies between one person's photos and the most alike of different people."""
    embedder = DlibEmbedder
    similarity = 1.0 - float(np.linalg.norm(embeddings[first] - embeddings[second]))
    assert (similarity >= embedder.threshold) is (PEOPLE[first] == PEOPLE[second])
