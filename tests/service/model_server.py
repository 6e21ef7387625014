"""A server of model files on the loopback interface, which can misbehave in one way at a time."""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from pipeline.models import Export, ModelFile

ETAG = '"version-1"'


def model_of(content: bytes, url: str | None = None) -> ModelFile:
    """Return a catalogue entry for which ``content`` is the right file."""
    return ModelFile(
        engine="tiny",
        role="detector",
        packaged="none",
        name="tiny.onnx",
        version="tiny-1",
        purpose="is small",
        licence="none",
        project="none",
        exports=(Export(hashlib.sha256(content).hexdigest(), len(content), url),),
    )


@dataclass
class ModelServer:
    """Serves ``content`` under every path; the fields say how, ``requests`` what was asked for."""

    content: bytes
    url: str = ""
    etag: str | None = ETAG
    ranges: bool = True
    """Whether it sends the part that is asked for."""
    misplaced: bool = False
    """Whether it sends another part than the one that is asked for."""
    cut_after: int | None = None
    """Bytes of an answer after which the connection is cut."""
    announced: int | None = None
    """Length that it announces instead of the true one."""
    stall_after: int | None = None
    """Bytes of an answer after which nothing more comes."""
    status: int = 200
    location: str | None = None
    """Where it redirects to."""
    stalled: asyncio.Event = field(default_factory=asyncio.Event)
    requests: list[web.Request] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        self.requests.append(request)
        if self.location is not None:
            raise web.HTTPFound(self.location)
        if self.status != web.HTTPOk.status_code:
            return web.Response(status=self.status, text="<html>no model here</html>")
        begin = self._begin(request)
        if begin is not None and begin >= len(self.content):
            return web.Response(status=416)
        return await self._send(request, begin)

    def _begin(self, request: web.Request) -> int | None:
        """Return where the asked part begins, None when all is to be sent."""
        asked = request.headers.get("Range")
        if not self.ranges or asked is None or request.headers.get("If-Range", self.etag) != self.etag:
            return None
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    async def _send(self, request: web.Request, begin: int | None) -> web.StreamResponse:
        response = web.StreamResponse(status=200 if begin is None else 206)
        first = 0 if begin is None or self.misplaced else begin
        body = self.content[first:]
        if begin is not None:
            response.headers["Content-Range"] = f"bytes {first}-{len(self.content) - 1}/{len(self.content)}"
        if self.etag is not None:
            response.headers["ETag"] = self.etag
        response.content_length = len(body) if self.announced is None else self.announced
        await response.prepare(request)
        await response.write(body[: self.cut_after or self.stall_after])
        if self.stall_after is not None:
            self.stalled.set()
            await asyncio.Event().wait()
        if self.cut_after is not None and request.transport is not None:
            request.transport.close()
        return response


@asynccontextmanager
async def serving(server: ModelServer, tls: ssl.SSLContext | None = None) -> AsyncIterator[ModelServer]:
    """Run a server on a free port; its address is in ``url``."""
    app = web.Application()
    app.router.add_get("/{name:.*}", server.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    server.url = site.name
    try:
        yield server
    finally:
        await runner.cleanup()
