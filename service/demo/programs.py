"""Our own commands as subprocesses of the demo: the service, the making of samples, the analyzer."""

import asyncio
import os
import subprocess
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

LISTENING: Final = "listening on "
"""What the service says, with its address, as soon as it takes requests."""

START_LIMIT: Final = 60.0
"""Seconds the service may take to load its models; two or three are usual."""

STOP_LIMIT: Final = 45.0
"""Seconds the service may take to end after SIGTERM: longer than it waits for a running check."""


class DemoError(Exception):
    """The demo cannot go on; the message says why in one line."""


class Service:
    """A running ``liveness serve``, whose standard error goes to ``service.log``."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._log = folder / "service.log"
        self._address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._copying = asyncio.create_task(self._copy())

    async def address(self) -> str:
        """Wait until the service listens, and return its URL.

        Raises:
            DemoError: it ended before, or takes too long.
        """
        try:
            async with asyncio.timeout(START_LIMIT):
                return await asyncio.shield(self._address)
        except TimeoutError:
            raise DemoError(f"the service was not ready within {START_LIMIT:.0f} s, see {self._log}") from None

    async def stop(self) -> int:
        """Ask the service to stop, wait for it, and return its exit code; kill it when it takes too long."""
        if self._process.returncode is None:
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_LIMIT):
                return await self._process.wait()
        except TimeoutError:
            self._process.kill()
            return await self._process.wait()
        finally:
            await self._copying

    async def _copy(self) -> None:
        assert self._process.stderr is not None
        last = "it said nothing"
        with self._log.open("wb") as log:
            async for line in self._process.stderr:
                log.write(line)
                log.flush()
                last = line.decode(errors="replace").strip().removeprefix("liveness: ") or last
                if last.startswith(LISTENING) and not self._address.done():
                    self._address.set_result(last.removeprefix(LISTENING).strip())
        if not self._address.done():
            self._address.set_exception(DemoError(f"the service did not start: {last}"))
            self._address.exception()  # looked at here, for nobody may be waiting when it is being stopped


@asynccontextmanager
async def running_service(folder: Path, *, examine_replay: bool) -> AsyncIterator[Service]:
    """Run ``liveness serve`` on a free port with all its files below ``folder``; stop it however the block ends.

    It has a session of its own, so that Ctrl-C reaches the demo only, which then stops the service in order.

    Raises:
        DemoError: the service did not exit with 0 after all went well.
    """
    process = await asyncio.create_subprocess_exec(
        *(_program("liveness"), "serve", "--host", "127.0.0.1", "--port", "0", "--workers", "1"),
        env=_environment(folder, examine_replay=examine_replay),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    service = Service(process, folder)
    try:
        yield service
    except BaseException:
        await service.stop()
        raise
    exit_code = await service.stop()
    if exit_code != 0:
        raise DemoError(f"the service did not stop cleanly: exit code {exit_code}, see {folder / 'service.log'}")


async def made_samples(folder: Path) -> AsyncIterator[Path]:
    """Run ``liveness samples`` and give each file as soon as it is there.

    Raises:
        DemoError: the samples cannot be made.
    """
    process = await asyncio.create_subprocess_exec(
        *(_program("liveness"), "samples", str(folder)), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async for line in process.stdout:
            yield Path(os.fsdecode(line).rstrip("\n"))
        complaint = (await process.stderr.read()).decode(errors="replace").strip()
        if await process.wait() != 0:
            raise DemoError(complaint.removeprefix("liveness: ") or "the samples could not be made")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def analyze(command: str, traces: Path, *arguments: str) -> None:
    """Run a command of ``trace-analyzer`` on the demo's traces; it prints for itself.

    Raises:
        DemoError: it failed; it has said why.
    """
    process = await asyncio.create_subprocess_exec(_program("trace-analyzer"), command, str(traces), *arguments)
    try:
        exit_code = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if exit_code != 0:
        raise DemoError(f"trace-analyzer {command} ended with exit code {exit_code}")


def _program(name: str) -> str:
    """Return the path of a command installed beside this Python."""
    return str(Path(sysconfig.get_path("scripts")) / name)


def _environment(folder: Path, *, examine_replay: bool) -> dict[str, str]:
    """Return our environment with every file of the service below ``folder``, and no telemetry sent elsewhere."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    ours = {
        "LIVENESS_UPLOAD_DIR": str(folder / "uploads"),
        "LIVENESS_TRACES_DIR": str(folder / "traces"),
        "LIVENESS_PERFORMANCE_LOG": str(folder / "performance.log"),
        "LIVENESS_FACEMATCH_LOG": str(folder / "facematch.log"),
    }
    # A rendered photograph is a picture of a picture: a replay detector objects to the samples, and is right to.
    return inherited | ours | ({} if examine_replay else {"LIVENESS_REPLAY_DETECTOR": "off"})
