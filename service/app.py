"""The web application: its routes, and what it opens at the start and closes at the end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from aiohttp import hdrs, web

from service import checks, health
from service.admission import Admission
from service.errors import answer_errors
from service.keys import ADMISSION, METRICS, POOL, SETTINGS, TELEMETRY, UPLOADS
from service.metrics import Metrics
from service.observe import observe_checks
from service.retention import Retention
from service.settings import Settings
from service.uploads import UploadDirectory
from service.workers import Checks, make_pool
from telemetry.setup import Telemetry

SECONDS_PER_HOUR: Final = 3600

MakeChecks = Callable[[Settings, Telemetry], Checks]


def make_app(settings: Settings, telemetry: Telemetry, make_checks: MakeChecks = make_pool) -> web.Application:
    """Return the application; workers start with it."""
    app = web.Application(middlewares=[observe_checks, answer_errors])
    app[SETTINGS] = settings
    app[TELEMETRY] = telemetry
    app[ADMISSION] = Admission(settings.workers + settings.queue_size)
    app[METRICS] = Metrics(telemetry.providers.meter, app[ADMISSION])
    app[POOL] = make_checks(settings, telemetry)
    app.on_response_prepare.append(_hide_versions)
    app.cleanup_ctx.extend([_uploads, _pool])
    app.router.add_get("/healthz", health.get_health)
    app.router.add_get("/readyz", health.get_readiness)
    app.router.add_post(checks.PATH, checks.post_check, name=checks.ROUTE_NAME, expect_handler=checks.leave_expectation)
    return app


async def _hide_versions(_request: web.Request, response: web.StreamResponse) -> None:
    """Do not tell strangers which Python and which aiohttp they talk to."""
    response.headers[hdrs.SERVER] = "video-liveness"


async def _uploads(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    if settings.retention_dir is None:
        app[UPLOADS] = await UploadDirectory.open(settings.upload_dir)
        yield
    else:
        retention = Retention(settings.retention_dir, settings.retention_hours * SECONDS_PER_HOUR)
        await asyncio.to_thread(retention.sweep)
        app[UPLOADS] = await UploadDirectory.open(settings.upload_dir, retention)
        sweeping = asyncio.create_task(retention.sweep_forever())
        yield
        sweeping.cancel()
    await app[UPLOADS].close()


async def _pool(app: web.Application) -> AsyncIterator[None]:
    await app[POOL].start()
    yield
    await app[POOL].close()
