"""The waiting line: who is given a worker, and that none is lost on somebody who leaves."""

import asyncio
from dataclasses import dataclass

import pytest

from pipeline.errors import PoolUnavailable
from pipeline.waiting_line import WaitingLine


@dataclass
class Place:
    """A worker, as far as the line can tell."""

    usable: bool = True


async def test_passes_over_workers_that_have_died() -> None:
    """A worker that died while it was free is not given to anybody."""
    line, dead, alive = WaitingLine[Place](), Place(), Place()
    line.give(dead)
    line.give(alive)
    dead.usable = False
    assert await line.take() is alive


async def test_a_worker_handed_to_somebody_who_leaves_goes_to_the_next() -> None:
    """Being handed a worker and being cancelled in the same moment loses neither the worker nor the order."""
    line, worker = WaitingLine[Place](), Place()
    leaving, behind = asyncio.create_task(line.take()), asyncio.create_task(line.take())
    await asyncio.sleep(0)
    line.give(worker)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await behind is worker


async def test_a_worker_given_past_somebody_who_leaves_goes_to_the_next() -> None:
    """Cancelled first and passed over by the worker, the one who leaves takes nothing along."""
    line, worker = WaitingLine[Place](), Place()
    leaving, behind = asyncio.create_task(line.take()), asyncio.create_task(line.take())
    await asyncio.sleep(0)
    leaving.cancel()
    line.give(worker)
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert await behind is worker


async def test_a_refused_line_turns_everybody_away_until_a_worker_comes() -> None:
    """A refusal reaches those who wait and those who come, with its reason, and ends with the next worker."""
    line, worker = WaitingLine[Place](), Place()
    waiting = asyncio.create_task(line.take())
    await asyncio.sleep(0)
    line.refuse("no worker can be had")
    for turned_away in (waiting, line.take()):
        with pytest.raises(PoolUnavailable, match="no worker can be had"):
            await turned_away
    line.give(worker)
    assert await line.take() is worker
