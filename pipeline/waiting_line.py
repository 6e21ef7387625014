"""Free workers on one side, checks that need one on the other: first come, first served."""

import asyncio
from collections import deque
from typing import Generic, Protocol, TypeVar

from pipeline.errors import PoolUnavailable


class Usable(Protocol):
    """A worker, as far as the line is concerned."""

    @property
    def usable(self) -> bool:
        """Whether it still can be given a check."""


W = TypeVar("W", bound=Usable)


class WaitingLine(Generic[W]):
    """Hands each free worker to the check that has waited longest; lives on one event loop.

    At no time are there both free workers and waiting checks, so nobody can be overtaken.
    """

    def __init__(self) -> None:
        self._free: deque[W] = deque()
        self._waiting: deque[asyncio.Future[W]] = deque()
        self._refusal: str | None = None

    async def take(self) -> W:
        """Return a worker that the caller then holds alone.

        Raises:
            PoolUnavailable: the line was refused, before or while waiting.
        """
        if self._refusal is not None:
            raise PoolUnavailable(self._refusal)
        while self._free:
            worker = self._free.popleft()
            if worker.usable:
                return worker
        return await self._wait()

    def give(self, worker: W) -> None:
        """Offer a free worker to whoever waits; the line accepts checks again if it was refused."""
        self._refusal = None
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        self._free.append(worker)

    def refuse(self, message: str) -> None:
        """Turn away everybody who waits, and all who come until a worker is given."""
        self._refusal = message
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(PoolUnavailable(message))

    async def _wait(self) -> W:
        waiter: asyncio.Future[W] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            self._leave(waiter)
            raise

    def _leave(self, waiter: "asyncio.Future[W]") -> None:
        """Leave the line, passing on a worker that was handed over in the same moment."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        elif not waiter.cancelled() and waiter.exception() is None and self._refusal is None:
            self.give(waiter.result())
