"""Where model files come from: their official address, another server, or a folder. What arrives is checked by all.

Trust rests on the SHA-256 that the catalogue has, not on who sent the file; HTTPS is verified all the same.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Final, TextIO

from aiohttp import (
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TooManyRedirects,
    hdrs,
)
from yarl import URL

from pipeline.model_store import STRONG_ETAG, PartFile
from pipeline.models import FileState, ModelFile
from service.progress import Report, progress

REDIRECTS: Final = 5
"""Redirects followed; the official addresses need one."""
CONNECT_LIMIT: Final = 15.0
"""Seconds to reach a server."""
SILENCE_LIMIT: Final = 30.0
"""Seconds a server may send nothing."""
BLOCK: Final = 1 << 17
"""Bytes handled at a time."""


class DownloadFailed(Exception):
    """A model file could not be had; the message says from where and why, in one line."""


class Download:
    """Brings model files from servers: from ``base``, or from the address of each."""

    def __init__(self, client: ClientSession, base: URL | None) -> None:
        self._client = client
        self._base = base

    def source(self, model: ModelFile) -> str:
        """Return the address of a model file, as it may be shown.

        Raises:
            DownloadFailed: there is no official one.
        """
        return _shown(self._address(model))

    async def bring(self, part: PartFile, report: Report) -> None:
        """Write what is missing of a model file.

        Raises:
            DownloadFailed: the server cannot be reached, has no such file, or breaks off.
            ModelError: it sends more than the model has, or the file cannot be written.
        """
        address = self._address(part.model)
        try:
            if not await self._receive(address, part, report):
                part.restart(None)
                await self._receive(address, part, report)
        except (ClientError, TimeoutError) as error:
            raise DownloadFailed(f"{_shown(address)}: {_reason(error)}{_outlook(part)}") from error

    def _address(self, model: ModelFile) -> URL:
        if self._base is not None:
            return self._base / model.name
        if model.address is None:
            raise DownloadFailed("no official address is known; name a server or a folder with --from")
        return URL(model.address)

    async def _receive(self, address: URL, part: PartFile, report: Report) -> bool:
        """Write what a server sends, and return False when it cannot go on from where the part ends."""
        begin = part.size
        async with self._client.get(address, headers=_headers(part), max_redirects=REDIRECTS + 1) as response:
            if response.status == HTTPStatus.OK:
                part.restart(_etag(response))
            elif begin > 0 and response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                return False
            elif begin > 0 and response.status == HTTPStatus.PARTIAL_CONTENT:
                if _first_byte(response) != begin:
                    return False
            else:
                raise DownloadFailed(f"{_shown(address)}: HTTP {response.status} {response.reason}")
            async for block in response.content.iter_chunked(BLOCK):
                part.write(block)
                report(part.size)
        return True


class FolderCopy:
    """Brings model files from a folder of this machine, such as a medium that was carried to it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def source(self, model: ModelFile) -> str:
        """Return the path of a model file."""
        return str(self._folder / model.name)

    async def bring(self, part: PartFile, report: Report) -> None:
        """Copy a model file.

        Raises:
            DownloadFailed: it is not there, or cannot be read.
            ModelError: it has more bytes than the model, or the copy cannot be written.
        """
        part.restart(None)
        try:
            self._copy(part, report)
        except OSError as error:
            raise DownloadFailed(f"{self.source(part.model)}: {error.strerror}") from error

    def _copy(self, part: PartFile, report: Report) -> None:
        with (self._folder / part.model.name).open("rb") as file:
            while block := file.read(BLOCK):
                part.write(block)
                report(part.size)


Origin = Download | FolderCopy


@asynccontextmanager
async def origin_of(place: URL | Path | None) -> AsyncIterator[Origin]:
    """Open where model files are to come from; None means the official address of each."""
    if isinstance(place, Path):
        yield FolderCopy(place)
        return
    limits = ClientTimeout(total=None, sock_connect=CONNECT_LIMIT, sock_read=SILENCE_LIMIT)
    async with ClientSession(timeout=limits, auto_decompress=False, trust_env=True) as client:
        yield Download(client, place)


async def bring(model: ModelFile, origin: Origin, directory: Path, messages: TextIO) -> Path:
    """Return the path of a model file that is in its place and verified, after bringing it if it was not.

    Raises:
        DownloadFailed: it cannot be had from the origin.
        ModelError: what the origin has is not the model, or the folder cannot be written.
    """
    found = model.examine(directory)
    if found.state is FileState.VERIFIED:
        messages.write(f"{model.engine}: already there\n")
        return found.path
    source = origin.source(model)
    with PartFile(model, directory, source) as part:
        if not part.complete:
            messages.write(f"{model.engine}: from {source}{_resumed(part)}\n")
            with progress(model.engine, model.largest, messages) as report:
                await origin.bring(part, report)
        return part.install()


def _headers(part: PartFile) -> dict[str, str]:
    """Ask for the bytes of the file as they are, and only for those missing if its version is still the same."""
    headers: dict[str, str] = {hdrs.ACCEPT_ENCODING: "identity"}
    if part.etag is not None and part.size > 0:
        headers |= {hdrs.RANGE: f"bytes={part.size}-", hdrs.IF_RANGE: part.etag}
    return headers


def _etag(response: ClientResponse) -> str | None:
    etag = response.headers.get(hdrs.ETAG, "")
    return etag if STRONG_ETAG.fullmatch(etag) else None


def _first_byte(response: ClientResponse) -> int | None:
    """Return where a partial answer begins; a server may send another part than was asked for."""
    begin = re.match(r"bytes (\d+)-", response.headers.get(hdrs.CONTENT_RANGE, ""))
    return int(begin[1]) if begin else None


def _reason(error: Exception) -> str:
    match error:
        case TooManyRedirects():
            return f"redirected more than {REDIRECTS} times"
        case ClientPayloadError():
            return "the connection was cut"
    return str(error) or type(error).__name__


def _resumed(part: PartFile) -> str:
    return f", going on after {part.size:,} bytes" if part.resumable else ""


def _outlook(part: PartFile) -> str:
    return f"; {part.size:,} bytes are kept, and the next try goes on from there" if part.resumable else ""


def _shown(address: URL) -> str:
    """Return an address without what may be secret in it."""
    return str(address.with_user(None).with_query(None))
