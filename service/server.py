"""Running the service: listening, and stopping in an orderly way when a signal says so."""

import asyncio
import logging
import signal
import sys
from collections.abc import Coroutine
from typing import Any, Final

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from service.keys import ADMISSION, POOL, SETTINGS
from service.workers import close_now

KEEPALIVE_TIMEOUT: Final = 75.0
"""Seconds a connection may be idle, or take to send the headers of a request; above the 60 of common proxies."""
LINGERING_TIME: Final = 10.0
"""Seconds that a refused body is read and thrown away, so that its sender gets to see the answer."""
CLOSING_TIME: Final = 2.0
"""Seconds that answers get to be written, and refused bodies to end, once no check is under way."""

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

_log = logging.getLogger(__name__)
_http_log = logging.getLogger("service.http")


def _is_ours(record: logging.LogRecord) -> bool:
    """Leave out what strangers send that is no HTTP: it is answered 400, and no traceback says more."""
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)


_http_log.addFilter(_is_ours)


class StopSignals:
    """SIGTERM and SIGINT: the first asks to stop, the second to stop at once, a third kills."""

    def __init__(self) -> None:
        self.stop = asyncio.Event()
        self.stop_now = asyncio.Event()
        self.exit_code = 0
        for number in SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self._received, number)

    def _received(self, number: signal.Signals) -> None:
        if not self.stop.is_set():
            self.stop.set()
            return
        self.stop_now.set()
        self.exit_code = 128 + number
        for each in SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(each)


def make_runner(app: web.Application) -> web.AppRunner:
    """Return a runner that notices clients going away and leaves bodies as they were sent."""
    return web.AppRunner(
        app,
        handler_cancellation=True,
        auto_decompress=False,
        access_log=None,
        logger=_http_log,
        keepalive_timeout=KEEPALIVE_TIMEOUT,
        lingering_time=LINGERING_TIME,
        shutdown_timeout=CLOSING_TIME,
    )


async def serve(app: web.Application) -> int:
    """Serve until a signal; return the exit code: 0, or 128 and the signal when checks were given up for a second one.

    Raises:
        OSError: the address cannot be listened on, or the upload folder not be used.
        PoolUnavailable: the workers cannot start.
    """
    signals = StopSignals()
    runner = make_runner(app)
    try:
        if await _unless(signals.stop, runner.setup()):
            site = web.TCPSite(runner, app[SETTINGS].host, app[SETTINGS].port)
            await site.start()
            sys.stderr.write(f"listening on {site.name}\n")
            await signals.stop.wait()
            await site.stop()
            await drain(app, signals.stop_now)
    finally:
        await runner.cleanup()
    return signals.exit_code


async def drain(app: web.Application, stop_now: asyncio.Event) -> None:
    """Let no check in, wait for those under way, and give up those that are not done in time."""
    admission = app[ADMISSION]
    admission.close()
    _log.info("stopping, %d checks under way", admission.active)
    waits = [asyncio.create_task(admission.emptied()), asyncio.create_task(stop_now.wait())]
    await asyncio.wait(waits, timeout=app[SETTINGS].drain_time_limit, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    if admission.active:
        _log.warning("giving up %d checks", admission.active)
        admission.abort()
        await close_now(app[POOL])
        await admission.emptied()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do a piece of work and return True; give it up and return False when ``stop`` is set first."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
        await asyncio.wait({working})
        return False
    await working
    return True
