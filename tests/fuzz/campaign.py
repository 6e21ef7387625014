"""A fuzz campaign: damaged files through real worker processes, counted by what became of them."""

import asyncio
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from opentelemetry.context import Context

from pipeline.config import PipelineConfig
from pipeline.errors import CheckError
from pipeline.pool import WorkerPool
from pipeline.request import CheckRequest
from pipeline.worker import VideoChecker
from telemetry.spans import StageRecorder
from tests.fuzz.decoding import DecodingChecker, NoTelemetry
from tests.fuzz.mutations import mutate
from tests.pipeline.specimens import ENCODERS, UNUSUAL, ordinary

CONFIG: Final = PipelineConfig(workers=2, time_limit=5.0, memory_limit=256 << 20)
READ: Final = "read"
"""What counts as the code of a file that was read to its end."""
OFFENCES: Final = ("worker_crashed", "time_limit_exceeded", "memory_limit_exceeded", "internal_error")
"""What a file should not be able to do. The last is a fault of ours; the others are contained."""

MakeChecker = Callable[[PipelineConfig], VideoChecker]


@dataclass(slots=True)
class Campaign:
    """What became of the files so far."""

    codes: Counter[str] = field(default_factory=Counter)
    offenders: list[tuple[int, str]] = field(default_factory=list)
    """Numbers of the files that did what no file should, with the code."""
    seconds: float = 0.0
    left_behind: list[str] = field(default_factory=list)
    """Files found in the temporary folder at the end."""

    def note(self, number: int, code: str) -> None:
        """Count one file."""
        self.codes[code] += 1
        if code in OFFENCES:
            self.offenders.append((number, code))


class Corpus:
    """Small clips of every codec and container that is taken, and their damaged copies by number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._files = list(_files())

    def damaged(self, number: int) -> bytes:
        """Return a damaged file; the same for the same seed and number."""
        random = Random(f"{self._seed}:{number}")
        return mutate(random.choice(self._files), self._files, random)

    @property
    def files(self) -> Sequence[bytes]:
        """The clips as they were."""
        return self._files


async def run(
    corpus: Corpus,
    numbers: Sequence[int],
    *,
    make_checker: MakeChecker = DecodingChecker,
    tell: Callable[[Campaign], None] = lambda _: None,
) -> Campaign:
    """Have worker processes read damaged files, and at the end every whole one.

    Raises:
        CheckError: a whole file could not be read any more.
    """
    campaign = Campaign()
    began = time.monotonic()
    with _temporary_folder() as folder:
        pool = WorkerPool(CONFIG, NoTelemetry, NoTelemetry.timing_log, make_checker=make_checker)
        await pool.start()
        try:
            await _share_out(pool, folder, corpus, numbers, campaign, tell)
            for number, data in enumerate(corpus.files):
                await _check(pool, folder / f"whole-{number}", data)
        finally:
            await pool.close()
        campaign.left_behind = [str(path) for path in folder.iterdir()]
    campaign.seconds = time.monotonic() - began
    return campaign


async def _share_out(
    pool: WorkerPool,
    folder: Path,
    corpus: Corpus,
    numbers: Sequence[int],
    campaign: Campaign,
    tell: Callable[[Campaign], None],
) -> None:
    """Keep every worker busy, with one file ready for each."""
    waiting = iter(numbers)

    async def work() -> None:
        for number in waiting:
            try:
                await _check(pool, folder / str(number), corpus.damaged(number))
            except CheckError as error:
                campaign.note(number, error.code)
            else:
                campaign.note(number, READ)
            tell(campaign)

    async with asyncio.TaskGroup() as tasks:
        for _ in range(2 * pool.workers):
            tasks.create_task(work())


async def _check(pool: WorkerPool, path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        await pool.check(CheckRequest(path, "head_movement", "session"), StageRecorder(Context()))
    finally:
        path.unlink()


@contextmanager
def _temporary_folder() -> Iterator[Path]:
    """A folder for the files and for whatever else this process and its workers leave in a temporary place."""
    before = os.environ.get("TMPDIR")
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        os.environ["TMPDIR"] = name
        try:
            yield Path(name)
        finally:
            if before is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = before


def _files() -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="corpus-") as name:
        folder = Path(name)
        for encoded in ENCODERS:
            yield ordinary(folder, encoded).read_bytes()
        for make in UNUSUAL.values():
            yield make(folder).read_bytes()
