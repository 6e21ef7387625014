"""Waiting that a cancelled caller does not break off."""

import asyncio
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


async def to_the_end(task: "asyncio.Task[T]") -> T:
    """Return a task's result; a caller cancelled meanwhile still waits for its end, then is cancelled.

    The task itself is left alone however often the caller is cancelled.
    """
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # nobody is left to look at it
        raise
