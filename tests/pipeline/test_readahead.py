"""Reading ahead in a thread: in order, never too far, and over as soon as nobody reads any more."""

import gc
import threading
import weakref
from collections.abc import Generator
from typing import Final

import pytest

from pipeline.readahead import read_ahead

PATIENCE: Final = 30.0
"""Seconds within which what has to happen happens, on however busy a machine."""


class Item:
    """Something that can be watched."""


class Source:
    """Numbers up to ``count``, then the end or an error; notes what happens to it."""

    def __init__(self, count: int, error: BaseException | None = None) -> None:
        self.made = 0
        self.thread = ""
        self.closed = threading.Event()
        self._count = count
        self._error = error
        self._progress = threading.Condition()

    def items(self) -> Generator[int, None, None]:
        """Yield the numbers."""
        self.thread = threading.current_thread().name
        try:
            for number in range(self._count):
                with self._progress:
                    self.made += 1
                    self._progress.notify_all()
                yield number
            if self._error is not None:
                raise self._error
        finally:
            self.closed.set()

    def reached(self, count: int) -> bool:
        """Wait until so many numbers were asked for."""
        with self._progress:
            return self._progress.wait_for(lambda: self.made >= count, PATIENCE)


def test_items_come_in_order_from_another_thread() -> None:
    """Whoever reads notices no difference."""
    source = Source(100)
    with read_ahead(source.items(), 4) as items:
        assert list(items) == list(range(100))
    assert source.thread == "read-ahead"
    assert source.closed.is_set()


def test_it_runs_ahead_as_far_as_it_may() -> None:
    """The buffer holds so many, and one more waits for room; the rest is made when there is."""
    source = Source(100)
    with read_ahead(source.items(), 4) as items:
        assert source.reached(5)
        assert next(items) == 0
        assert source.reached(6)
        assert source.made == 6
    assert source.made <= 7


def test_an_error_is_raised_where_its_item_was_due() -> None:
    """What came before it is handed over first."""
    source = Source(3, ValueError("broken"))
    with read_ahead(source.items(), 8) as items:
        assert [next(items) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(ValueError, match="broken"):
            next(items)
    assert source.closed.is_set()


@pytest.mark.parametrize("error", [MemoryError("no more"), KeyboardInterrupt(), SystemExit(1)])
def test_errors_of_every_kind_come_across(error: BaseException) -> None:
    """A lack of memory in the thread is one for whoever reads."""
    with pytest.raises(type(error)), read_ahead(Source(1, error).items(), 2) as items:
        list(items)


@pytest.mark.parametrize("read", [0, 1, 5])
def test_leaving_early_ends_the_thread(read: int) -> None:
    """Nothing goes on behind the back of whoever left, and the source is closed in its own thread."""
    source = Source(1_000_000)
    with read_ahead(source.items(), 2) as items:
        for _ in range(read):
            next(items)
    assert source.closed.is_set()
    assert "read-ahead" not in {thread.name for thread in threading.enumerate()}


def test_an_error_of_the_reader_ends_the_thread() -> None:
    """And it is the reader's error that counts."""
    source = Source(1_000_000, ValueError("too late"))
    with pytest.raises(KeyError), read_ahead(source.items(), 2) as items:
        raise KeyError(next(items))
    assert source.closed.is_set()


def test_nothing_is_kept_alive() -> None:
    """Items are gone when the reader lets go of them, also after an error, without a garbage collection."""
    watched: list[weakref.ref[Item]] = []

    def make() -> Generator[Item, None, None]:
        for _ in range(3):
            item = Item()
            watched.append(weakref.ref(item))
            yield item
        raise ValueError("broken")

    gc.disable()
    try:
        with pytest.raises(ValueError, match="broken"), read_ahead(make(), 4) as items:
            list(items)
        del items
        assert [reference() for reference in watched] == [None] * 3
    finally:
        gc.enable()
