"""What the demo prints: short, in colour and with a moving progress display on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.demo.upload import Answer, Upload

_STYLES: Final = {"bona_fide": "bold green", "presentation_attack": "bold red", "inconclusive": "bold yellow"}
_MAX_WIDTH: Final = 100
_INDENT: Final = 2


class Show:
    """Writes the demo's own words to standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _MAX_WIDTH)

    def heading(self, text: str) -> None:
        """Begin a part."""
        self._console.print(f"\n[bold cyan]== {escape(text)}[/]")
        self.flush()

    def say(self, text: str) -> None:
        """Print a line."""
        self._console.print(escape(text))
        self.flush()

    def flush(self) -> None:
        """Hand over to a subprocess that writes to the same terminal."""
        sys.stdout.flush()

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Show that something takes its time; a plain line where nothing can move."""
        if not self._console.is_terminal:
            self.say(f"{text} ...")
            yield
            return
        with self._console.status(f"{escape(text)} ..."):
            yield

    @contextmanager
    def uploading(self, upload: Upload, size: int) -> Iterator[Callable[[int], None]]:
        """Show how much of a video has been sent, then that it is being checked; gives what takes the bytes sent."""
        if not self._console.is_terminal:
            self.say(f"{upload.video.name}: sending {size / 1024:.0f} KiB ...")
            yield lambda _sent: None
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), TimeElapsedColumn())
        name = escape(upload.video.name)
        with Progress(*columns, console=self._console, transient=True) as progress:
            sending = progress.add_task(f"{name}: sending {size / 1024:.0f} KiB", total=size)

            def sent(count: int) -> None:
                progress.advance(sending, count)
                if progress.tasks[0].finished:
                    progress.update(sending, visible=False)
                    progress.add_task(f"{name}: checking", total=None)

            yield sent

    def answer(self, upload: Upload, answer: Answer) -> None:
        """Print the verdict with its reasons, or why there is none."""
        self._console.print(f"\n[bold]{escape(upload.video.name)}[/]  [dim]{escape(upload.shows)}[/]")
        if answer.status == 200:
            self._verdict(answer)
        else:
            problem = answer.document
            refusal = (
                f"{answer.status} {problem.get('code', 'unknown')}: {problem.get('detail') or problem.get('title')}"
            )
            self._console.print(f"  [bold magenta]refused[/]  {escape(refusal)}")
        self.flush()

    def _verdict(self, answer: Answer) -> None:
        verdict = answer.document["verdict"]
        engines = ", ".join(filter(None, answer.document["engines"].values()))
        heading = f"[{_STYLES[verdict]}]{verdict.replace('_', ' ')}[/]  [dim]in {answer.seconds:.2f} s[/]"
        width = min(self._console.width, _MAX_WIDTH) - _INDENT
        table = Table(box=None, pad_edge=False, padding=(0, 2), header_style="", width=width)
        table.add_column(heading, ratio=1)
        table.add_column("[dim]measured[/]", justify="right")
        table.add_column("[dim]score threshold[/]", justify="right")
        for reason in answer.document["reasons"]:
            table.add_row(escape(reason["message"]), *_measured(reason["value"], reason["threshold"], reason["unit"]))
        comparison = answer.document["comparison"]
        if comparison is not None:
            outcome = f"Reference photo: {comparison['outcome'].replace('_', ' ')}."
            table.add_row(outcome, *_measured(comparison["score"], comparison["threshold"], None))
        self._console.print(Padding(table, (0, 0, 0, _INDENT)))
        self._console.print(f"  [dim]{escape(engines)}[/]")


def _measured(value: float | None, threshold: float | None, unit: str | None) -> tuple[str, str]:
    """Return the value measured and its score threshold, as far as there are any."""
    beside = "" if threshold is None else f"{threshold:.4g}"
    return ("" if value is None else f"{value:.4g} {unit or ''}".rstrip()), beside
