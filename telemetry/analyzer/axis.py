"""The time axis under the bars, with ticks at round times."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from telemetry.analyzer.bars import Glyphs, Interval

CELLS_PER_TICK: Final = 14
"""Room for a label such as ``800 ms`` and some air."""


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """From the start of a trace to its end, in Unix nanoseconds."""

    start_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        """The length of the axis; at least a microsecond, so that a trace without duration can be drawn."""
        return max(self.end_ns - self.start_ns, 1000) / 1e9

    def interval(self, start_ns: int, duration_ns: int) -> Interval:
        """Return where a span lies, as fractions of the axis."""
        start = (start_ns - self.start_ns) / 1e9
        return start / self.seconds, (start + max(duration_ns, 0) / 1e9) / self.seconds

    def scale(self, width: int, glyphs: Glyphs) -> Iterator[str]:
        """Give the ruler and, below it, the labels of its ticks."""
        begin, line, tick, end = glyphs.axis
        ruler, labels = [line] * width, ""
        ruler[0], ruler[-1] = begin, end
        for time, label in self._ticks(width):
            column = round(time / self.seconds * (width - 1))
            if 0 < column < width - 1:
                ruler[column] = tick
            at = max(min(column - len(label) // 2, width - len(label)), 0)
            if at >= len(labels):
                labels = labels.ljust(at) + label + " "
        yield "".join(ruler)
        yield labels.rstrip()

    def _ticks(self, width: int) -> Iterator[tuple[float, str]]:
        step = _round_step(self.seconds / max(width // CELLS_PER_TICK, 1))
        unit, scale = ("s", 1.0) if self.seconds >= 1 else ("ms", 1e3)
        for number in range(math.floor(self.seconds / step + 1e-9) + 1):
            time = number * step
            yield time, f"{time * scale:g} {unit}" if number else "0"


def _round_step(least: float) -> float:
    """Return the smallest of 1, 2, 5, 10, 20, ... (and their fractions) that is not below a number of seconds."""
    magnitude = 10.0 ** math.floor(math.log10(least))
    return next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= least * (1 - 1e-9))
