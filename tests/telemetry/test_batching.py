"""Batches: what is exported when, what is lost and counted, and that nobody waits for an exporter."""

import logging
import threading
from collections.abc import Callable, Iterator
from enum import Enum

import pytest

from telemetry.batching import Batcher, BatchLimits
from telemetry.delivery import Delivery

NEVER = 3600.0
"""A delay that no test waits for, in seconds."""

SOON = 30.0
"""How long a test waits for what must happen, in seconds."""


class Outcome(Enum):
    """What exporting can come to."""

    SUCCESS = 0
    FAILURE = 1


class SlowExporter:
    """An exporter under the test's control: it takes a batch and waits until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.outcome = Outcome.SUCCESS
        self.closed = False
        self.entered = threading.Semaphore(0)
        self.released = threading.Event()

    @property
    def items(self) -> list[int]:
        """Everything that was handed over, in order."""
        return [item for batch in self.batches for item in batch]

    def export(self, batch: list[int]) -> Outcome:
        """Take a batch."""
        self.batches.append(batch)
        self.entered.release()
        assert self.released.wait(SOON)
        return self.outcome

    def shutdown(self) -> None:
        """Let go of whatever is under way."""
        self.closed = True
        self.released.set()

    def wait_until_called(self) -> None:
        """Wait until one more batch was handed over."""
        assert self.entered.acquire(timeout=SOON)


@pytest.fixture
def exporter() -> Iterator[SlowExporter]:
    """Return an exporter that takes its time."""
    exporter = SlowExporter()
    yield exporter
    exporter.released.set()


@pytest.fixture
def quick_exporter(exporter: SlowExporter) -> SlowExporter:
    """Return an exporter that takes no time."""
    exporter.released.set()
    return exporter


@pytest.fixture
def batch(exporter: SlowExporter) -> Iterator[Callable[..., Batcher[int]]]:
    """Return what makes a batcher in front of the exporter; it is stopped when the test ends."""
    made: list[Batcher[int]] = []

    def make(queue_size: int = 100, batch_size: int = 10, delay: float = NEVER) -> Batcher[int]:
        limits = BatchLimits(queue_size, batch_size, delay)
        made.append(Batcher[int]("things", Delivery(exporter, "things"), limits))
        return made[-1]

    yield make
    exporter.released.set()
    for batcher in made:
        batcher.stop()
        assert batcher.join(SOON)


def add_all(batcher: Batcher[int], items: range) -> None:
    """Queue all items."""
    for item in items:
        batcher.add(item)


def test_items_are_exported_after_the_delay(batch: Callable[..., Batcher[int]], quick_exporter: SlowExporter) -> None:
    """Nobody has to ask: what is queued goes out when the first of it has waited long enough."""
    add_all(batch(delay=0.001), range(3))
    while quick_exporter.items != [0, 1, 2]:
        quick_exporter.wait_until_called()


def test_a_full_batch_does_not_wait(batch: Callable[..., Batcher[int]], quick_exporter: SlowExporter) -> None:
    """As many items as make a batch are exported at once."""
    add_all(batch(batch_size=10), range(10))
    quick_exporter.wait_until_called()

    assert quick_exporter.batches == [list(range(10))]


def test_a_flush_exports_everything_in_order(batch: Callable[..., Batcher[int]], quick_exporter: SlowExporter) -> None:
    """After a flush everything queued before was exported, in batches and in order."""
    batcher = batch(batch_size=10)
    add_all(batcher, range(25))

    assert batcher.flush(SOON)
    assert quick_exporter.items == list(range(25))
    assert max(map(len, quick_exporter.batches)) == 10


def test_asking_for_a_flush_returns_at_once(batch: Callable[..., Batcher[int]], exporter: SlowExporter) -> None:
    """While an export hangs, asking again and again blocks nobody, and one batch takes what has gathered."""
    batcher = batch()
    batcher.add(0)
    batcher.request_flush()
    exporter.wait_until_called()
    for item in range(1, 6):
        batcher.add(item)
        batcher.request_flush()
    exporter.released.set()

    assert batcher.flush(SOON)
    assert exporter.batches == [[0], [1, 2, 3, 4, 5]]


def test_asking_for_a_flush_of_nothing_hurries_nothing_later(
    batch: Callable[..., Batcher[int]], quick_exporter: SlowExporter
) -> None:
    """A flush covers what was queued before it; the next item waits for its delay."""
    batcher = batch()
    batcher.request_flush()
    add_all(batcher, range(2))

    assert batcher.flush(SOON)
    assert quick_exporter.batches == [[0, 1]]


def test_a_flush_gives_up_after_its_time(batch: Callable[..., Batcher[int]], exporter: SlowExporter) -> None:
    """A hanging exporter holds up a flush for the time limit only."""
    batcher = batch()
    batcher.add(0)

    assert not batcher.flush(0.01)


def test_a_full_queue_loses_the_oldest(
    batch: Callable[..., Batcher[int]], exporter: SlowExporter, caplog: pytest.LogCaptureFixture
) -> None:
    """What finds no room pushes the oldest out; that is counted, and said once."""
    batcher = batch(queue_size=5, batch_size=5)
    add_all(batcher, range(5))
    exporter.wait_until_called()
    add_all(batcher, range(5, 13))
    exporter.released.set()

    assert batcher.flush(SOON)
    assert exporter.batches == [[0, 1, 2, 3, 4], [8, 9, 10, 11, 12]]
    assert batcher.lost()["queue_full"] == 3
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_failed_exports_are_counted(batch: Callable[..., Batcher[int]], quick_exporter: SlowExporter) -> None:
    """What an exporter did not take is lost, and counted as that."""
    quick_exporter.outcome = Outcome.FAILURE
    batcher = batch()
    add_all(batcher, range(3))
    batcher.flush(SOON)

    assert batcher.lost() == {"queue_full": 0, "export_failed": 3, "shut_down": 0}


def test_stopping_exports_what_is_queued(batch: Callable[..., Batcher[int]], quick_exporter: SlowExporter) -> None:
    """The end of a process loses nothing as long as the exporter works."""
    batcher = batch(batch_size=10)
    add_all(batcher, range(25))
    batcher.stop()

    assert batcher.join(SOON)
    assert quick_exporter.items == list(range(25))
    assert quick_exporter.closed


def test_a_hanging_exporter_is_given_up_at_the_end(batch: Callable[..., Batcher[int]], exporter: SlowExporter) -> None:
    """After the time limit the exporter is ended, and what it did not get is counted as lost."""
    batcher = batch(batch_size=10)
    add_all(batcher, range(25))
    exporter.wait_until_called()
    batcher.stop()

    assert not batcher.join(0.01)
    assert exporter.closed
    assert batcher.lost()["shut_down"] == 15


def test_items_after_the_end_are_lost(batch: Callable[..., Batcher[int]], quick_exporter: SlowExporter) -> None:
    """A span that ends after telemetry was switched off is counted and harms nothing."""
    batcher = batch()
    batcher.stop()
    batcher.add(0)

    assert batcher.join(SOON)
    assert quick_exporter.batches == []
    assert batcher.lost()["shut_down"] == 1


def test_threads_lose_nothing_to_each_other(batch: Callable[..., Batcher[int]], quick_exporter: SlowExporter) -> None:
    """Items of several threads are all exported, each once."""
    batcher = batch(queue_size=10_000, batch_size=7)
    threads = [threading.Thread(target=add_all, args=(batcher, range(n * 1000, (n + 1) * 1000))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert batcher.flush(SOON)
    assert sorted(quick_exporter.items) == list(range(4000))
