"""``liveness`` as a process of its own, with real workers, its files below one folder."""

import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psutil

from tests.integration.processes import START_LIMIT, STOP_LIMIT, Program
from tests.service.recorded import Span, read_spans

LIVENESS: Final = Path(sys.executable).with_name("liveness")
LISTENING: Final = "listening on http://127.0.0.1:"


class LivenessProcess(Program):
    """A running ``liveness``."""

    def __init__(self, folder: Path, arguments: Sequence[str], **settings: str) -> None:
        super().__init__([LIVENESS, *arguments], environment(**settings), folder)
        self.folder = folder

    @property
    def port(self) -> int:
        """The port it says it listens on; waits until it does."""
        return int(self.wait_for_line(LISTENING).strip().rpartition(":")[2])

    def send(self, number: signal.Signals) -> None:
        """Send a signal to this process alone."""
        self._process.send_signal(number)

    def exit_code(self) -> int:
        """Wait for the end and return the exit code."""
        return self._process.wait(STOP_LIMIT)

    def peak_memory(self) -> int:
        """Bytes of resident memory at most so far."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) * 1024

    def workers(self) -> list[psutil.Process]:
        """Its worker processes."""
        children = psutil.Process(self._process.pid).children()
        return [child for child in children if "spawn_main" in " ".join(child.cmdline())]

    def family(self) -> list[psutil.Process]:
        """This process and every one below it."""
        process = psutil.Process(self._process.pid)
        return [process, *process.children(recursive=True)]

    def uploads(self) -> list[Path]:
        """Everything on disk that belongs to a check."""
        return [path for path in (self.folder / "var" / "uploads").glob("process-*/*") if path.name != "lock"]

    def upload_folders(self) -> list[Path]:
        """The folders of service processes; none is left after an orderly end."""
        return list((self.folder / "var" / "uploads").glob("process-*"))

    def wait_for_timing_point(self, name: str) -> None:
        """Wait until a line of performance.log tells that a point was reached; a file has no event to wait for."""
        deadline = time.monotonic() + START_LIMIT
        while not any(point.startswith(name) for point in self.timing_points()):
            assert time.monotonic() < deadline, f"{name} was not reached:\n" + "".join(self.output[-40:])
            time.sleep(0.01)

    def spans(self) -> list[Span]:
        """Every span in the trace files; all of them once the process has ended."""
        return spans_below(self.folder)

    def timing_points(self) -> list[str]:
        """The lines of performance.log without their times."""
        return timing_points_below(self.folder)


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[LivenessProcess]:
    """Run ``liveness serve`` on a free port; it has loaded its models when ``port`` is known."""
    process = LivenessProcess(folder, ["serve", "--port", "0"], **settings)
    try:
        yield process
    finally:
        process.kill()


def spans_below(folder: Path) -> list[Span]:
    """Return every span in the trace files of a process that ran in a folder."""
    return read_spans(folder / "var" / "traces")


def timing_points_below(folder: Path) -> list[str]:
    """Return the lines of performance.log, without their times, of a process that ran in a folder."""
    log = folder / "logs" / "performance.log"
    return [line.split(" - ", 2)[2] for line in log.read_text().splitlines()] if log.exists() else []


def environment(**settings: str) -> dict[str, str]:
    """Return this environment without settings of ours, and with those given."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("LIVENESS_", "OTEL_"))}
    return others | settings
