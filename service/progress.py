"""How far a download is: a moving bar on a terminal, a line now and then anywhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

Report = Callable[[int], None]
"""Takes the number of bytes there are so far."""

LINE_STEP: Final = 10 << 20
"""Bytes between two lines where there is no terminal."""


@contextmanager
def progress(name: str, total: int, stream: TextIO) -> Iterator[Report]:
    """Show how many of about ``total`` bytes are there, each time the report is called."""
    if stream.isatty():
        with _bar(name, total, stream) as report:
            yield report
    else:
        yield _lines(name, total, stream)


@contextmanager
def _bar(name: str, total: int, stream: TextIO) -> Iterator[Report]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(file=stream), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task(name, total=total)
        yield lambda done: bar.update(task, completed=done)


def _lines(name: str, total: int, stream: TextIO) -> Report:
    told = 0

    def report(done: int) -> None:
        nonlocal told
        if done // LINE_STEP > told:
            told = done // LINE_STEP
            stream.write(f"{name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB\n")
            stream.flush()

    return report
