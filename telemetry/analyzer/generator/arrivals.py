"""When sessions come in: few at night, most in the afternoon."""

import math
from typing import Final

from telemetry.analyzer.generator.draw import Draw

DAY: Final = 86400.0
QUIETEST_HOUR: Final = 4.0
RHYTHM: Final = 0.9
"""Depth of the daily rhythm: at the quietest hour a tenth of the daily mean comes in."""


def arrivals(draw: Draw, count: int, start_ns: int, days: float) -> list[int]:
    """Return ``count`` moments within ``days`` of a start at midnight, sorted, as Unix nanoseconds."""
    return sorted(start_ns + round(_moment(draw, days) * 1e9) for _ in range(count))


def _moment(draw: Draw, days: float) -> float:
    """Draw seconds from the rhythm by rejection."""
    while True:
        moment = draw.between(0, days * DAY)
        phase = 2 * math.pi * (moment / 3600 - QUIETEST_HOUR) / 24
        if draw.chance((1 - RHYTHM * math.cos(phase)) / (1 + RHYTHM)):
            return moment
