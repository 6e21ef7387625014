"""The service in this process, on a real socket, with its files below one folder."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from service.admission import Admission
from service.app import make_app
from service.keys import ADMISSION
from service.server import make_runner
from service.settings import Settings
from service.workers import Checks
from telemetry.setup import Telemetry, build
from tests.service.recorded import Span, read_spans

URL = "/v1/liveness-checks"


class RunningService:
    """A service that answers at ``url``; ``folder`` holds all it writes."""

    def __init__(self, app: web.Application, telemetry: Telemetry, url: str, folder: Path) -> None:
        self.app = app
        self.url = url
        self.folder = folder
        self._telemetry = telemetry

    @property
    def check_url(self) -> str:
        """Where checks are sent."""
        return self.url + URL

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def admission(self) -> Admission:
        """Who is let in."""
        return self.app[ADMISSION]

    def uploads(self) -> list[Path]:
        """Everything below the upload folder that is there for a check."""
        return [path for path in (self.folder / "uploads").rglob("*") if path.is_file() and path.name != "lock"]

    async def spans(self) -> list[Span]:
        """Every span recorded so far."""
        await asyncio.to_thread(self._telemetry.flush)
        return read_spans(self.folder / "traces")

    async def root(self) -> Span:
        """The root span of the only check there was."""
        (root,) = [span for span in await self.spans() if span.name == f"POST {URL}"]
        return root

    def timing_points(self) -> list[str]:
        """The lines of performance.log without their times."""
        log = self.folder / "performance.log"
        return [line.split(" - ", 2)[2] for line in log.read_text().splitlines()] if log.exists() else []


def settings_for(folder: Path, **changes: object) -> Settings:
    """Return settings of a service that writes below ``folder`` only."""
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "port": 0,
        "workers": 1,
        "queue_size": 3,
        "upload_dir": folder / "uploads",
        "min_free_space": 1,
        "traces_dir": folder / "traces",
        "performance_log": folder / "performance.log",
        "facematch_log": folder / "facematch.log",
        **changes,
    }
    return Settings.model_validate(values)


@asynccontextmanager
async def running_service(folder: Path, checks: Checks, **changes: object) -> AsyncIterator[RunningService]:
    """Run a service whose checks are answered by ``checks``."""
    settings = settings_for(folder, **changes)
    telemetry = build(settings.telemetry())
    app = make_app(settings, telemetry, lambda *_: checks)
    runner = make_runner(app)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port)
    await site.start()
    try:
        yield RunningService(app, telemetry, site.name, folder)
    finally:
        await runner.cleanup()
        await asyncio.to_thread(telemetry.shutdown)


async def post(service: RunningService, form: aiohttp.FormData, **headers: str) -> tuple[int, dict[str, object]]:
    """Send a form; return the status and the document of the answer."""
    async with aiohttp.ClientSession() as client, client.post(service.check_url, data=form, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)
