"""Which checks are let in: as many as there is room for, and none once the service is shutting down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.problems import Problem, Refusal


class Admission:
    """Counts the checks under way, uploads included, and ends them when there is no more time to wait."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.closed = False
        self._deadlines: set[asyncio.Timeout] = set()
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def active(self) -> int:
        """Checks under way."""
        return len(self._deadlines)

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Take a place for one check, for as long as the block runs.

        Raises:
            Refusal: there is no room (QUEUE_FULL), or the service shuts down before or during the block.
        """
        if self.closed:
            raise _shutting_down()
        if self.active >= self.limit:
            raise Refusal(Problem.QUEUE_FULL, f"All {self.limit} places are taken. Send it again after Retry-After.")
        deadline = asyncio.timeout(None)
        self._deadlines.add(deadline)
        self._empty.clear()
        try:
            async with deadline:
                yield
        except TimeoutError:
            if deadline.expired():
                raise _shutting_down() from None
            raise
        finally:
            self._deadlines.discard(deadline)
            if not self._deadlines:
                self._empty.set()

    def close(self) -> None:
        """Let nobody in from now on."""
        self.closed = True

    def abort(self) -> None:
        """End every check under way; each is answered that the service shuts down."""
        now = asyncio.get_running_loop().time()
        for deadline in self._deadlines:
            if not deadline.expired():
                deadline.reschedule(now)

    async def emptied(self) -> None:
        """Wait until no check is under way."""
        await self._empty.wait()


def _shutting_down() -> Refusal:
    return Refusal(Problem.SHUTTING_DOWN, "Send it to another instance, or again once this one is back.")
