"""Continue an image smoothly into the parts of it that are not known."""

import cv2
import numpy as np

from pipeline.frame import Image
from pipeline.samples.canvas import Plane


def fill(image: Image, known: Plane) -> Plane:
    """Keep an image where ``known`` is 1 and continue it smoothly where it is 0 (push-pull over a pyramid)."""
    filled = _push_pull(np.asarray(image * known[..., None], np.float32), known)
    return np.asarray(np.clip(filled, 0, 255), np.float32)


def _push_pull(weighted: Plane, weight: Plane) -> Plane:
    if min(weight.shape) <= 4:
        return np.asarray(weighted / np.maximum(weight, 1e-6)[..., None], np.float32)
    low = np.asarray(cv2.pyrDown(weighted), np.float32)
    low_weight = np.asarray(cv2.pyrDown(weight), np.float32)
    gain = np.minimum(1.0, 4 * low_weight) / np.maximum(low_weight, 1e-6)
    coarse = _push_pull(np.asarray(low * gain[..., None], np.float32), np.asarray(low_weight * gain, np.float32))
    finer = np.asarray(cv2.pyrUp(coarse, dstsize=(weight.shape[1], weight.shape[0])), np.float32)
    return weighted + (1 - weight)[..., None] * finer
