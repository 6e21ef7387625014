"""What one analysed frame shows."""

from dataclasses import replace

import numpy as np

from pipeline.alignment import normalised
from pipeline.face import CROP_SIZE
from pipeline.observation import FrameObservation


def test_a_crop_is_normalised_once_for_all() -> None:
    """Whoever asks gets the same; an observation without its crop has none, not even what was made before."""
    crop = np.random.default_rng(0).integers(0, 256, (CROP_SIZE, CROP_SIZE), dtype=np.uint8)
    seen = FrameObservation(0, 0.0, 1, crop=crop)
    np.testing.assert_array_equal(seen.grey, normalised(crop))
    assert seen.grey is seen.grey
    assert replace(seen, crop=None).grey is None
