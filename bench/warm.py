"""Processes that load what a task needs, run it once, and then run it again whenever they are told to."""

import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol, Self

from bench.stopwatch import Sample, timed

NO_CHANGE: Final[Mapping[str, str]] = MappingProxyType({})

_SPAWN: Final = multiprocessing.get_context("spawn")


class TaskFailed(Exception):
    """A task raised an error in its process; the message is the traceback."""


class Task(Protocol):
    """What is measured: one call is one run."""

    def __call__(self, video: Path, /) -> None:
        """Do it once, with a video."""

    def settle(self) -> None:
        """Wait until what a run left to other threads is done."""


MakeTask = Callable[[], Task]
"""Makes a task in its process, to which it travels: it has to be picklable."""


class WarmProcess:
    """A process of its own for one task, so that no side of a comparison inherits anything of the other.

    ``environment`` is set while the process starts, ``warm_up`` the video of a run that is not counted.

    Raises:
        TaskFailed: the task did.
    """

    def __init__(self, make_task: MakeTask, warm_up: Path, environment: Mapping[str, str] = NO_CHANGE) -> None:
        self._connection, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, make_task), daemon=True)
        with _environment(environment):
            self._process.start()
        theirs.close()
        self.run(warm_up)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process.pid is not None
        return self._process.pid

    def run(self, video: Path) -> Sample:
        """Run the task once, and say what it took."""
        try:
            self._connection.send(video)
            answer: Sample | str = self._connection.recv()
        except (EOFError, ConnectionError):
            answer = "the process died"
        if isinstance(answer, str):
            self.close()
            raise TaskFailed(answer)
        return answer

    def close(self) -> None:
        """End the process and wait until it has written what it still has to; safe to call twice."""
        self._connection.close()
        self._process.join()


def _serve(connection: Connection, make_task: MakeTask) -> None:
    """Run the task for every message until the other end is closed."""
    try:
        task = make_task()
        while True:
            connection.send(timed(partial(task, connection.recv()), task.settle))
    except EOFError:
        return
    except Exception:
        connection.send(traceback.format_exc())


@contextmanager
def _environment(changes: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(changes)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
