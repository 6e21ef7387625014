"""SFace is loaded and fed as OpenCV documents it, shown with a network of the same shape whose sums are known."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline import embedders
from pipeline.config import PipelineConfig
from pipeline.embedders import DlibEmbedder, SFaceEmbedder, load_embedder
from pipeline.face import Box, Face
from pipeline.frame import Image
from pipeline.models import SFACE, Export, ModelError
from tests.pipeline.tiny_sface import expected_output, write_tiny_sface

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""Where ArcFace and SFace want the landmarks in 112 x 112 pixels: eyes, nose, mouth corners, those of the image's left
first, which are the person's right (insightface, ``face_align.py``, arcface_dst; OpenCV, ``face_recognize.cpp``)."""

VIEWS = [(1.0, 0.0, (0.0, 0.0)), (1.7, 0.0, (40.0, 90.0)), (2.2, 25.0, (150.0, 60.0)), (0.8, -40.0, (60.0, 120.0))]
"""Faces in images: scale against the template, roll in degrees, shift in pixels."""

COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255)]
"""One for each landmark, blue first."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network's file, under the name of SFace."""
    return write_tiny_sface(tmp_path_factory.mktemp("models") / SFACE.name)


@pytest.fixture
def as_sface(network: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the catalogue take the tiny network's file for SFace, and return its folder."""
    content = network.read_bytes()
    export = Export(hashlib.sha256(content).hexdigest(), len(content))
    monkeypatch.setattr(embedders, "SFACE", replace(SFACE, exports=(export,)))
    return network.parent


def view(scale: float, roll: float, shift: Sequence[float]) -> NDArray[np.float64]:
    """Return the 2 x 3 transform from the template to an image."""
    turn = scale * np.array(
        [[np.cos(np.radians(roll)), -np.sin(np.radians(roll))], [np.sin(np.radians(roll)), np.cos(np.radians(roll))]]
    )
    middle = TEMPLATE.mean(axis=0)
    return np.hstack([turn, (middle + shift - turn @ middle)[:, None]])


def face_in(transform: NDArray[np.float64]) -> Face:
    """Return the face whose landmarks are the template's, moved by a transform."""
    points = TEMPLATE @ transform[:, :2].T + transform[:, 2]
    left, top = points.min(axis=0)
    width, height = np.ptp(points, axis=0)
    return Face(Box(float(left), float(top), float(width), float(height)), 0.9, points)


def scenery(seed: int) -> Image:
    """Return a smooth colourful image, which looks the same however it is interpolated."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 10, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (480, 400), interpolation=cv2.INTER_CUBIC), np.uint8)


def dotted(face: Face, scale: float) -> Image:
    """Return a black image with a dot on each landmark of a face, each in its own colour."""
    image = np.zeros((400, 480, 3), np.uint8)
    for (x, y), colour in zip(face.points, COLOURS, strict=False):
        cv2.circle(image, (round(x * 16), round(y * 16)), round(3 * scale * 16), colour, cv2.FILLED, shift=4)
    return image


def dots(image: Image) -> NDArray[np.float64]:
    """Return the middles of the dots in an image, in the order of the colours that there are."""
    middles = []
    for colour in COLOURS:
        rows, columns = np.nonzero(np.all(np.abs(image.astype(int) - colour) < 64, axis=2))
        if rows.size:
            middles.append((columns.mean(), rows.mean()))
    return np.array(middles)


def aligned(network: Path, image: Image, face: Face) -> Image:
    """Return the face as OpenCV cuts it out for the network."""
    recognizer = cv2.FaceRecognizerSF.create(str(network), "")
    return np.asarray(recognizer.alignCrop(image, embedders._detector_row(face)), np.uint8)


@pytest.mark.parametrize(("scale", "roll", "shift"), VIEWS)
def test_embedding_is_the_network_on_the_aligned_face(
    network: Path, scale: float, roll: float, shift: tuple[float, float]
) -> None:
    """The face is brought onto the template, red comes first, values stay 0 to 255, nothing is subtracted."""
    transform = view(scale, roll, shift)
    image = scenery(1)
    upright = cv2.warpAffine(image, transform, (112, 112), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)

    embedding = SFaceEmbedder(network).embed(image, face_in(transform))

    assert embedding.shape == (128,)
    np.testing.assert_allclose(embedding, expected_output(upright[:, :, ::-1].astype(np.float64)), atol=1.0)


@pytest.mark.parametrize(("scale", "roll", "shift"), VIEWS)
def test_landmarks_come_to_lie_on_the_template(
    network: Path, scale: float, roll: float, shift: tuple[float, float]
) -> None:
    """A dot on each landmark, one colour for each, is found where the template has that landmark."""
    face = face_in(view(scale, roll, shift))

    chip = aligned(network, dotted(face, scale), face)

    assert chip.shape == (112, 112, 3)
    np.testing.assert_allclose(dots(chip), TEMPLATE, atol=0.75)


@pytest.mark.parametrize("seeds", [(1, 1), (1, 2), (3, 4), (5, 6)])
def test_similarity_is_the_cosine_that_opencv_computes(network: Path, seeds: tuple[int, int]) -> None:
    """Ours equals ``match`` with FR_COSINE, to which the documented score threshold of 0.363 belongs."""
    embedder = SFaceEmbedder(network)
    face = face_in(view(1.5, 10, (60, 60)))
    first, second = (embedder.embed(scenery(seed), face) for seed in seeds)
    recognizer = cv2.FaceRecognizerSF.create(str(network), "")

    theirs = recognizer.match(
        first.astype(np.float32)[None], second.astype(np.float32)[None], cv2.FaceRecognizerSF_FR_COSINE
    )

    assert embedder.similarity(first, second) == pytest.approx(theirs, abs=1e-5)
    assert embedder.similarity(first, first) == pytest.approx(1.0)
    assert embedder.threshold == 0.363


@pytest.mark.parametrize("roll", [0.0, 35.0])
def test_face_without_a_mouth_is_aligned_by_eyes_and_nose(network: Path, roll: float) -> None:
    """dlib's detector gives the base of the nose and no mouth: the eyes still come to lie near the template's."""
    transform = view(2.0, roll, (120, 80))
    whole = face_in(transform)
    eyes, mouth = whole.points[:2].mean(axis=0), whole.points[3:].mean(axis=0)
    partial = Face(whole.box, whole.score, np.vstack([whole.points[:2], eyes + 0.7 * (mouth - eyes)]))

    chip = aligned(network, dotted(partial, scale=2.0), partial)

    np.testing.assert_allclose(dots(chip)[:2], TEMPLATE[:2], atol=4.0)


@pytest.mark.parametrize("setting", ["auto", "sface"])
def test_verified_file_is_loaded(as_sface: Path, setting: str) -> None:
    """Both settings that take SFace load it when its file is right."""
    embedder = load_embedder(PipelineConfig(model_dir=as_sface, embedder=setting))

    assert isinstance(embedder, SFaceEmbedder)
    assert embedder.name == "sface-2021dec"


def test_pinned_packaged_engine_ignores_the_file(as_sface: Path) -> None:
    """The setting wins over what lies in the folder."""
    assert isinstance(load_embedder(PipelineConfig(model_dir=as_sface, embedder="dlib_resnet")), DlibEmbedder)


@pytest.mark.parametrize("setting", ["auto", "sface"])
def test_network_of_the_same_shape_is_not_taken_for_sface(network: Path, setting: str) -> None:
    """Being loadable is not enough: the digest decides, and the message has both."""
    with pytest.raises(ModelError) as caught:
        load_embedder(PipelineConfig(model_dir=network.parent, embedder=setting))

    message = str(caught.value)
    assert str(network) in message
    assert hashlib.sha256(network.read_bytes()).hexdigest() in message
    assert SFACE.exports[0].sha256 in message
