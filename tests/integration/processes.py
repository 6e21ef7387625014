"""Other programs as subprocesses: started on free ports, known ready by what they print, always stopped."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
TOOLS_VARIABLE: Final = "TEST_TOOLS"
"""Folder with the programs ``jaeger`` and ``otelcol``, as ``make tools`` builds them into .cache/bin."""

START_LIMIT: Final = 60.0
"""Seconds a program may take to be ready; loading the models on a busy machine takes the longest."""

STOP_LIMIT: Final = 60.0
"""Seconds a program may take to end after SIGTERM."""


class Program:
    """A running subprocess whose output is read all the time, so that it never blocks on a full pipe."""

    def __init__(self, command: Sequence[str | Path], environment: Mapping[str, str], folder: Path) -> None:
        self.output: list[str] = []
        self._closed = False
        self._changed = threading.Condition()
        self._process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for_line(self, text: str, limit: float = START_LIMIT) -> str:
        """Return the first line that holds ``text``, waiting up to ``limit`` seconds for it."""
        with self._changed:
            self._changed.wait_for(lambda: self._line_with(text) or self._closed, limit)
            line = self._line_with(text)
        assert line, f"never printed {text!r}:\n" + "".join(self.output[-40:])
        return line

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(STOP_LIMIT)
        finally:
            self.kill()

    def kill(self) -> None:
        """End the process if it still runs, and close its output."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()

    def _line_with(self, text: str) -> str | None:
        return next((line for line in self.output if text in line), None)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            with self._changed:
                self.output.append(line)
                self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()


@contextmanager
def running(
    command: Sequence[str | Path], environment: Mapping[str, str], folder: Path, ready: str
) -> Iterator[Program]:
    """Run a program, yield it once it has printed ``ready``, and kill it in the end if it still runs."""
    program = Program(command, environment, folder)
    try:
        program.wait_for_line(ready)
        yield program
    finally:
        program.kill()


def tool(name: str) -> Path:
    """Return the path of a program that the tests cannot install themselves; skip the test without it."""
    path = Path(os.environ.get(TOOLS_VARIABLE, ROOT / ".cache" / "bin")) / name
    if not path.exists():
        pytest.skip(f"{name} is not built: run `make tools`, or name its folder in {TOOLS_VARIABLE}")
    return path


def free_ports(names: Sequence[str]) -> dict[str, str]:
    """Return a free loopback port for each name, as environment variables."""
    with ExitStack() as sockets:
        bound = [sockets.enter_context(socket.socket()) for _ in names]
        for one in bound:
            one.bind(("127.0.0.1", 0))
        return {name: str(one.getsockname()[1]) for name, one in zip(names, bound, strict=True)}
