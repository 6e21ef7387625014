"""Let an iterator run ahead in a thread of its own, behind a bounded buffer."""

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _End:
    """What the thread puts last: the error that ended it, or None."""

    error: BaseException | None


@contextmanager
def read_ahead(items: Generator[T, None, None], depth: int) -> Iterator[Iterator[T]]:
    """Run ``items`` in a thread, at most ``depth`` items ahead, and yield an iterator over what it gives.

    An error in the thread is raised where its item was due. Leaving the block, early or not, ends the thread
    and closes ``items`` in it.
    """
    buffer: queue.Queue[T | _End] = queue.Queue(depth)
    stopped = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, buffer, stopped), name="read-ahead")
    thread.start()
    try:
        yield _drain(buffer)
    finally:
        stopped.set()
        while thread.is_alive():
            _discard(buffer)
            thread.join(0.005)


def _fill(items: Generator[T, None, None], buffer: "queue.Queue[T | _End]", stopped: threading.Event) -> None:
    end = _End(None)
    try:
        for item in items:
            buffer.put(item)
            del item  # the next one may take long
            if stopped.is_set():
                break
    except BaseException as error:
        end = _End(error)
    finally:
        items.close()
    if not stopped.is_set():
        buffer.put(end)
    del end  # an error refers to this frame: if the frame referred to it, neither would ever be let go


def _drain(buffer: "queue.Queue[T | _End]") -> Iterator[T]:
    while not isinstance(item := buffer.get(), _End):
        yield item
    if item.error is not None:
        try:
            raise item.error
        finally:
            del item  # as above


def _discard(buffer: "queue.Queue[T | _End]") -> None:
    while True:
        try:
            buffer.get_nowait()
        except queue.Empty:
            return
