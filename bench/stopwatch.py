"""Wall and CPU time of runs, repeated in turns, and what to make of many of them."""

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, TypeVar

import numpy as np

RESAMPLES: Final = 4000
"""Bootstrap samples: enough for the second digit of a 95 % interval."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample:
    """Seconds of one run: on the clock, and of the processor in user and system mode together."""

    wall: float
    cpu: float


def timed(run: Callable[[], Any], settle: Callable[[], None]) -> Sample:
    """Time a run in this process, all threads included.

    ``settle`` waits for the work that the run left behind, which counts as its CPU but not on its clock.
    """
    cpu, begin = _cpu_seconds(resource.RUSAGE_SELF), time.perf_counter()
    run()
    wall = time.perf_counter() - begin
    settle()
    return Sample(wall, _cpu_seconds(resource.RUSAGE_SELF) - cpu)


def timed_child(run: Callable[[], Any]) -> Sample:
    """Time a run that consists of one process, which it starts and waits for."""
    cpu, begin = _cpu_seconds(resource.RUSAGE_CHILDREN), time.perf_counter()
    run()
    return Sample(time.perf_counter() - begin, _cpu_seconds(resource.RUSAGE_CHILDREN) - cpu)


def in_turns(rounds: int, *sides: Callable[[], T]) -> list[list[T]]:
    """Run the sides in turns, A B A B, so that whatever else the machine does meets them alike."""
    results: list[list[T]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, result in zip(sides, results, strict=True):
            result.append(side())
    return results


def median_wall(samples: Sequence[Sample]) -> float:
    """Return the median seconds on the clock."""
    return median(sample.wall for sample in samples)


def median_cpu(samples: Sequence[Sample]) -> float:
    """Return the median seconds of CPU."""
    return median(sample.cpu for sample in samples)


def ratio_interval(ours: Sequence[float], other: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the ratio of medians; rounds are drawn whole, as they were run."""
    rounds = np.column_stack([ours, other])
    drawn = np.random.default_rng(0).integers(len(rounds), size=(RESAMPLES, len(rounds)))
    medians = np.median(rounds[drawn], axis=1)
    low, high = np.percentile(medians[:, 0] / medians[:, 1], [2.5, 97.5])
    return float(low), float(high)


def _cpu_seconds(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime
