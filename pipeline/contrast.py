"""Pictures freed from their light: what differs from a neighbourhood, and how much contrast that has."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]

NOISE_LEVEL: Final = 25.0
"""Variance, squared grey levels, that counts as noise and is not brought up."""


def against_neighbourhood(values: Grey, mean: Callable[[Grey], Grey]) -> tuple[Grey, Grey]:
    """Return how grey values differ from the ``mean`` of their neighbourhoods, and the contrast of these."""
    difference = values - mean(values)
    return difference, np.asarray(np.sqrt(mean(difference**2) + NOISE_LEVEL), np.float32)
