"""Items wait in memory for a background thread that exports them in batches.

The SDK's own batch processors do not fit a service that must keep its event loop free and end in time: they
drop without a count, flush and shut down without a time limit, and wake every second with nothing to do.
"""

import logging
import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Generic, TypeVar

from telemetry.delivery import Delivery

Item = TypeVar("Item")

_logger = logging.getLogger(__name__)

QUEUE_FULL = "queue_full"
EXPORT_FAILED = "export_failed"
SHUT_DOWN = "shut_down"


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How many items wait, how many go at once and how long the first of them waits.

    A check has some hundred spans, so the queue holds those of about seventy checks: what a burst leaves
    behind while one export is under way.
    """

    queue_size: int = 8192
    batch_size: int = 512
    delay: float = 1.0
    """Seconds."""


class Batcher(Generic[Item]):
    """A bounded queue and the thread that empties it; the thread sleeps as long as the queue is empty.

    When the queue is full the oldest item goes, because a request's root span ends last and is worth most.
    """

    def __init__(self, name: str, delivery: Delivery, limits: BatchLimits) -> None:
        self.name = name
        self._delivery = delivery
        self._limits = limits
        self._queue: deque[Item] = deque()
        self._lost = Counter({QUEUE_FULL: 0, EXPORT_FAILED: 0, SHUT_DOWN: 0})
        self._added = 0
        self._finished = 0
        self._flushing = False
        self._stopping = False
        lock = threading.RLock()  # a span may end in a finalizer, which can run inside any of our own calls
        self._work = threading.Condition(lock)
        self._done = threading.Condition(lock)
        self._thread = threading.Thread(target=self._run, name=f"export {name}", daemon=True)
        self._thread.start()

    def lost(self) -> dict[str, int]:
        """Return how many items were lost, by reason."""
        with self._work:
            return dict(self._lost)

    def add(self, item: Item) -> None:
        """Queue an item; never blocks on an export. After `stop` items are lost."""
        with self._work:
            if self._stopping:
                self._lost[SHUT_DOWN] += 1
                return
            full = len(self._queue) >= self._limits.queue_size
            if full:
                self._queue.popleft()
                self._lose(1, QUEUE_FULL)
            self._queue.append(item)
            self._added += 1
            if len(self._queue) in {1, self._limits.batch_size}:
                self._work.notify()
            first_drop = full and self._lost[QUEUE_FULL] == 1
        if first_drop:
            _logger.warning("the queue of %s is full: the oldest are lost (liveness.telemetry.lost counts)", self.name)

    def request_flush(self) -> None:
        """Have everything queued exported without waiting for the delay; returns at once."""
        with self._work:
            self._flushing = bool(self._queue)
            self._work.notify()

    def flush(self, timeout: float) -> bool:
        """Wait until everything queued so far was exported; False when ``timeout`` seconds are not enough."""
        self.request_flush()
        with self._done:
            target = self._added
            return self._done.wait_for(lambda: self._finished >= target, timeout)

    def stop(self) -> None:
        """Take no more items and export what is queued; returns at once."""
        with self._work:
            self._stopping = True
            self._work.notify()

    def join(self, timeout: float) -> bool:
        """After `stop`, wait for the last export; what takes longer than ``timeout`` seconds is given up.

        Returns whether everything was exported in time.
        """
        self._thread.join(timeout)
        in_time = not self._thread.is_alive()
        with self._work:
            self._lose(len(self._queue), SHUT_DOWN)
            self._queue.clear()
        self._delivery.close()
        return in_time

    def _run(self) -> None:
        while batch := self._next_batch():
            delivered = self._delivery(batch)
            with self._done:
                if not delivered:
                    self._lost[EXPORT_FAILED] += len(batch)
                self._finish(len(batch))

    def _next_batch(self) -> list[Item]:
        """Wait for a batch that is due; an empty one when there is nothing left to do."""
        with self._work:
            self._work.wait_for(lambda: self._queue or self._stopping)
            self._work.wait_for(self._is_due, self._limits.delay)
            count = min(len(self._queue), self._limits.batch_size)
            batch = [self._queue.popleft() for _ in range(count)]
            self._flushing = self._flushing and bool(self._queue)
            return batch

    def _is_due(self) -> bool:
        return self._flushing or self._stopping or len(self._queue) >= self._limits.batch_size

    def _lose(self, count: int, reason: str) -> None:
        self._lost[reason] += count
        self._finish(count)

    def _finish(self, count: int) -> None:
        self._finished += count
        self._done.notify_all()
