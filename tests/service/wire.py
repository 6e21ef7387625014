"""HTTP by the byte: forms and requests as a test wants them, on a connection of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from tests.service.fakes import VIDEO
from tests.service.running import URL

BOUNDARY: Final = "boundary-of-a-test"
CONTENT_TYPE: Final = f"multipart/form-data; boundary={BOUNDARY}"


class Listening(Protocol):
    """Whatever listens on a port of this machine."""

    @property
    def port(self) -> int:
        """The port."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The body as JSON."""
        document: dict[str, Any] = json.loads(self.body)
        return document


def part(name: str, content: bytes | str, *headers: str, filename: str | None = None) -> bytes:
    """Return one part of a form, without the boundary before it."""
    disposition = f'Content-Disposition: form-data; name="{name}"'
    if filename is not None:
        disposition += f'; filename="{filename}"'
    lines = "\r\n".join([disposition, *headers])
    return f"{lines}\r\n\r\n".encode() + (content.encode() if isinstance(content, str) else content)


def video(content: bytes = VIDEO, *headers: str) -> bytes:
    """Return the part of a video."""
    return part("video", content, *headers, filename="../../selfie.mp4")


def form(*parts: bytes, closed: bool = True) -> bytes:
    """Return a body of these parts, with its closing boundary or cut off before it."""
    opened = b"".join(f"--{BOUNDARY}\r\n".encode() + each + b"\r\n" for each in parts)
    return opened + (f"--{BOUNDARY}--\r\n".encode() if closed else b"")


def head(*headers: str, length: int | None = None, content_type: str = CONTENT_TYPE) -> bytes:
    """Return the request line and headers of a check."""
    lines = [f"POST {URL} HTTP/1.1", "Host: localhost", f"Content-Type: {content_type}", *headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def request(body: bytes, *headers: str, content_type: str = CONTENT_TYPE) -> bytes:
    """Return a whole request of a check."""
    return head(*headers, length=len(body), content_type=content_type) + body


def chunked(pieces: Iterable[bytes]) -> bytes:
    """Return pieces in chunked encoding, with the end."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


class Connection:
    """A connection to the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def answer(self) -> Answer:
        """Wait for one answer."""
        lines = (await self._reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:] if line)}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(lines[0].split()[1]), headers, body)

    async def closed(self) -> bool:
        """Wait until the service has closed the connection; whether it did so without sending more."""
        return await self._reader.read() == b""

    async def hang_up(self) -> None:
        """Close the connection."""
        self._writer.close()
        await self._writer.wait_closed()


@asynccontextmanager
async def connected(service: Listening) -> AsyncIterator[Connection]:
    """Connect to a service."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


async def exchange(service: Listening, data: bytes) -> Answer:
    """Send one request on a connection of its own and return the answer."""
    async with connected(service) as connection:
        await connection.send(data)
        return await connection.answer()
