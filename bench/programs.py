"""Programs run as processes of their own: the service and the bare receiver, and any command."""

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from pipeline.config import PipelineConfig

LISTENING: Final = "listening on http://"
"""What a server says on standard error, with its address, as soon as it takes requests."""
START_LIMIT: Final = 60.0
"""Seconds a server may take to be ready."""
STOP_LIMIT: Final = 60.0
"""Seconds a server may take to end."""


class Server:
    """A running server, of which nothing is known but its process and what it says."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> None:
        self._log = log.open("a")
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self.pid = self._process.pid
        self.port = self._wait_for_port()

    def wait_until_ready(self) -> None:
        """Wait until ``/readyz`` answers 200.

        Raises:
            RuntimeError: it does not within START_LIMIT.
        """
        deadline = time.monotonic() + START_LIMIT
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server was not ready within {START_LIMIT:g} s")
            time.sleep(0.005)

    def resident(self) -> int:
        """Bytes of memory that are resident now, of this process alone."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def forget_peak(self) -> None:
        """Begin a new peak of resident memory (proc(5), clear_refs)."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def peak(self) -> int:
        """Bytes of memory that were resident at most since the last ``forget_peak``."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) << 10

    def stop(self) -> None:
        """Ask the server to end, and wait for it."""
        self._process.terminate()
        self._log.write(self._process.communicate(timeout=STOP_LIMIT)[1])
        self._log.close()

    def _is_ready(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/readyz") as answer:
                return bool(answer.status == HTTPStatus.OK)
        except URLError:
            return False

    def _wait_for_port(self) -> int:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._log.write(line)
            if line.startswith(LISTENING):
                return int(line.rstrip().rpartition(":")[2])
        self._log.flush()
        raise RuntimeError(f"{self._process.args!r} did not start: {Path(self._log.name).read_text()}")


@contextmanager
def serving(folder: Path, config: PipelineConfig) -> Iterator[Server]:
    """Run ``liveness serve`` with all its files below a folder."""
    settings = {
        "LIVENESS_UPLOAD_DIR": str(folder / "uploads"),
        "LIVENESS_TRACES_DIR": str(folder / "traces"),
        "LIVENESS_PERFORMANCE_LOG": str(folder / "performance.log"),
        "LIVENESS_FACEMATCH_LOG": str(folder / "facematch.log"),
        "LIVENESS_MODEL_DIR": str(config.model_dir),
    }
    command: list[str | Path] = [installed("liveness"), "serve", "--port", "0"]
    server = Server(command, clean_environment() | settings, folder / "service.log")
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def receiving(folder: Path) -> Iterator[Server]:
    """Run the bare receiver, which writes what it is sent below a folder."""
    command: list[str | Path] = [sys.executable, "-m", "bench.bare_receiver", folder / "bare"]
    server = Server(command, clean_environment(), folder / "bare.log")
    try:
        yield server
    finally:
        server.stop()


def installed(name: str) -> Path:
    """Return a command installed beside this Python."""
    return Path(sysconfig.get_path("scripts")) / name


def clean_environment() -> dict[str, str]:
    """Return this environment without settings of ours and of OpenTelemetry."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("LIVENESS_", "OTEL_"))}
