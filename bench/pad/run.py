"""Make and check every clip that is not in the store yet, seed by seed, in worker processes."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from bench.pad.checking import WatchedChecker, engine_sets, examine
from bench.pad.clips import Key
from bench.pad.species import Species
from bench.pad.store import Store
from pipeline.isolation import SINGLE_THREADED

AHEAD: Final = 2
"""Tasks handed to each worker ahead of time."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be checked: so many clips of each species (but for its share) from a first seed on."""

    species: Sequence[Species]
    clips: int
    first_seed: int
    portraits: tuple[Path, ...] = ()
    models: Path | None = None

    def all_keys(self) -> list[Key]:
        """Return the clips, seed by seed: the clips of one seed share the person in them."""
        return [key for group in self.groups() for key in group]

    def groups(self) -> Iterator[list[Key]]:
        """Return the clips of each seed."""
        for number in range(self.clips):
            seed = self.first_seed + number
            yield [Key(one.name, seed) for one in self.species if number < one.share * self.clips]


@dataclass(frozen=True, slots=True)
class _Task:
    keys: list[Key]
    portraits: tuple[Path, ...]
    store: Store


class _Worker:
    """What a worker process holds."""

    checkers: dict[str, WatchedChecker]


def run(order: Order, store: Store, workers: int, say: Callable[[str], None]) -> None:
    """Check what is missing, and say how far it has come."""
    engines = list(engine_sets(order.models))
    tasks = [
        _Task(missing, order.portraits, store)
        for keys in order.groups()
        if (missing := [key for key in keys if not all(store.has(name, key) for name in engines)])
    ]
    progress = _Progress(sum(len(task.keys) for task in tasks), say)
    if not tasks:
        return
    os.environ.update(SINGLE_THREADED)  # as in the service: threads of several processes get in each other's way
    spawn = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_prepare, initargs=(order.models,)) as pool:
        waiting = iter(tasks)
        running: set[Future[int]] = set()
        while True:
            while len(running) < AHEAD * workers and (task := next(waiting, None)) is not None:
                running.add(pool.submit(_check, task))
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            progress.add(sum(future.result() for future in done))


def _prepare(models: Path | None) -> None:
    _Worker.checkers = {name: WatchedChecker(config) for name, config in engine_sets(models).items()}


def _check(task: _Task) -> int:
    for key in task.keys:
        try:
            found = examine(key, task.portraits, _Worker.checkers)
        except Exception as error:
            error.add_note(f"in the clip of species {key.species}, seed {key.seed}")
            raise
        for name, examined in found.items():
            task.store.put(name, key, examined)
    return len(task.keys)


class _Progress:
    def __init__(self, total: int, say: Callable[[str], None]) -> None:
        self._total, self._say = total, say
        self._done, self._began = 0, time.monotonic()

    def add(self, clips: int) -> None:
        self._done += clips
        left = (time.monotonic() - self._began) / self._done * (self._total - self._done)
        self._say(f"{self._done} of {self._total} clips, {left / 60:.1f} minutes left")
