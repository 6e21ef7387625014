"""One check over HTTP, as a client of the service makes it."""

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from service.demo.programs import DemoError

CHUNK: Final = 1 << 16
"""Bytes sent at a time."""

TIME_LIMIT: Final = 120.0
"""Seconds one check may take, upload included; longer than the service's own limits."""

CHECKS: Final = "/v1/liveness-checks"


@dataclass(frozen=True, slots=True)
class Upload:
    """A video to check, what it shows, and perhaps a photo of who should be in it."""

    video: Path
    shows: str
    reference: Path | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered: the status, the JSON document of docs/api.md, and after how many seconds."""

    status: int
    seconds: float
    document: dict[str, Any]


async def require_ready(client: aiohttp.ClientSession) -> None:
    """Ask whether the service would take a check now.

    Raises:
        DemoError: it would not, or does not answer.
    """
    try:
        async with client.get("/readyz") as response:
            if response.status != 200:
                raise DemoError(f"the service is not ready: {await response.text()}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise DemoError(f"the service does not answer: {error}") from error


async def check(client: aiohttp.ClientSession, upload: Upload, sent: Callable[[int], None]) -> Answer:
    """Upload a video and return the answer; ``sent`` is told the bytes of the video as they go out.

    Raises:
        DemoError: there is no answer, or none that can be read.
    """
    began = time.perf_counter()
    form = aiohttp.FormData()
    form.add_field("video", _watched(upload.video, sent), filename=upload.video.name)
    if upload.reference is not None:
        form.add_field("reference", upload.reference.read_bytes(), filename="reference", content_type="image/jpeg")
    try:
        async with client.post(CHECKS, data=form) as response:
            document = await response.json(content_type=None)
            return Answer(response.status, time.perf_counter() - began, document)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise DemoError(f"the service gave no answer to {upload.video.name}: {error or 'timeout'}") from error


async def _watched(path: Path, sent: Callable[[int], None]) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
            sent(len(chunk))
