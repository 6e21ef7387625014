"""Covers lie where they should, and filters are fitted that tell them."""

import numpy as np
import pytest

from bench.occlusion.covers import COVERS
from bench.occlusion.drawing import covered
from bench.occlusion.examples import UNCHANGED, Example
from bench.occlusion.fitting import fitted_eye, fitted_mouth
from pipeline.contrast import Grey
from pipeline.face import CROP_EYES_Y, CROP_IOD, CROP_SIZE, UPRIGHT_FACE, Box, Face, nose_position
from pipeline.frame import Image
from pipeline.observation import FrameObservation

LANDMARKS = UPRIGHT_FACE * CROP_IOD + (CROP_SIZE / 2, CROP_EYES_Y)
PEOPLE = range(12)


def drawn_face(seed: int) -> Image:
    """A grey disc with dark eyes and a dark mouth, a little noisy."""
    y, x = np.mgrid[0:CROP_SIZE, 0:CROP_SIZE].astype(np.float64)
    picture = np.full((CROP_SIZE, CROP_SIZE), 170.0)
    for (column, row), (width, height) in zip(
        [*LANDMARKS[:2], (CROP_SIZE / 2, LANDMARKS[3:, 1].mean())], [(8, 4), (8, 4), (15, 3)], strict=True
    ):
        picture[((x - column) / width) ** 2 + ((y - row) / height) ** 2 < 1] = 60
    noisy = picture[..., None] + np.random.default_rng(seed).normal(0, 3, (*picture.shape, 3))
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def example(seed: int, kind: str) -> Example:
    """One picture of a drawn face, covered or not."""
    picture = drawn_face(seed)
    if kind in COVERS:
        picture = covered(picture, LANDMARKS, COVERS[kind], np.random.default_rng(seed), on_left=bool(seed % 2))
    face = Face(Box(0, 0, CROP_SIZE, CROP_SIZE), 1.0, LANDMARKS)
    seen = FrameObservation(0, 0.0, 1, face, picture[..., 0].copy(), nose_position(LANDMARKS))
    return Example(f"{seed}", kind, "drawn", bool(seed % 2), [seen])


def view(one: Example) -> Grey:
    """The normalised view of an example of one picture."""
    grey = one.observations[0].grey
    assert grey is not None
    return grey


@pytest.mark.parametrize("on_left", [False, True])
def test_a_cover_with_a_side_hides_that_side_only(on_left: bool) -> None:
    """The person's left is the right half of the picture."""
    bare = drawn_face(0)
    patched = covered(bare, LANDMARKS, COVERS["patch_on_eye"], np.random.default_rng(0), on_left=on_left)
    changed = (patched != bare).any(axis=2)
    hidden, seen = (slice(64, None), slice(None, 48)) if on_left else (slice(None, 48), slice(64, None))
    assert changed[:, hidden].sum() > 300
    assert not changed[:, seen].any()


def test_fitted_filters_tell_covered_parts() -> None:
    """Of faces they were not fitted to as well; a mirrored mouth is the same mouth."""
    fitted_to = [example(seed, kind) for seed in PEOPLE for kind in (UNCHANGED, "mask", "patch_on_eye", "sunglasses")]
    mouth, eye = fitted_mouth(fitted_to), fitted_eye(fitted_to)
    bare, masked, dark = (view(example(100, kind)) for kind in (UNCHANGED, "mask", "sunglasses"))
    assert mouth.covered(bare) < 0 < mouth.covered(masked)
    assert eye.covered(bare) < 0 < eye.covered(dark)
    assert mouth.covered(np.ascontiguousarray(bare[:, ::-1])) == pytest.approx(mouth.covered(bare), abs=0.5)
