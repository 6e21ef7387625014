"""Random numbers that are the same everywhere for the same seed."""

import random


class Draw:
    """Draws from one seeded stream; times come out as nanoseconds."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - made-up data, no secrets

    def between(self, low: float, high: float) -> float:
        """Draw evenly from [low, high)."""
        return low + (high - low) * self._random.random()

    def around(self, median: float, sigma: float) -> float:
        """Draw from a log-normal distribution: most times lie near the median, a few far above."""
        return median * self._random.lognormvariate(0, sigma)

    def chance(self, probability: float) -> bool:
        """Tell whether something of this probability happens."""
        return self._random.random() < probability

    def hex_id(self, size: int) -> str:
        """Draw an identifier of ``size`` bytes that is not all zeros."""
        return f"{self._random.randrange(1, 1 << 8 * size):0{2 * size}x}"

    def choice(self, weights: dict[str, float]) -> str:
        """Draw one of the keys by its weight."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def places(self, count: int, total: int) -> list[int]:
        """Draw ``count`` different places out of ``total``."""
        return self._random.sample(range(total), count)
