"""Sending a check over a socket with as little work as possible, so that the receiver is what is measured."""

import json
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

CHECKS: Final = "/v1/liveness-checks"
BOUNDARY: Final = "---------------------------bench7MA4YWxkTrZu0gW"
"""Like those of browsers, which are long."""

PIECE: Final = 1 << 20
"""Bytes handed to the kernel at once."""
TIME_LIMIT: Final = 120.0
"""Seconds to wait for the other side."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers in lower case, the JSON document; and after how many seconds all of it."""

    status: int
    headers: Mapping[str, str]
    document: dict[str, Any]
    seconds: float


@dataclass(frozen=True, slots=True)
class Body:
    """A form with a video, in pieces that are ready to send."""

    pieces: Sequence[bytes | memoryview]

    @property
    def size(self) -> int:
        """Bytes of the whole."""
        return sum(len(piece) for piece in self.pieces)

    @classmethod
    def of(cls, video: Iterable[bytes | memoryview]) -> "Body":
        """Wrap a video into a form."""
        disposition = 'Content-Disposition: form-data; name="video"; filename="clip.mp4"'
        begin = f"--{BOUNDARY}\r\n{disposition}\r\nContent-Type: video/mp4\r\n\r\n"
        return cls([begin.encode(), *video, f"\r\n--{BOUNDARY}--\r\n".encode()])

    @classmethod
    def of_file(cls, path: Path) -> "Body":
        """Wrap a file into a form."""
        return cls.of([path.read_bytes()])


def post(port: int, body: Body, path: str = CHECKS) -> Answer:
    """Send a form over a connection of its own, and wait for the answer.

    Raises:
        RuntimeError: the answer is not 200.
    """
    with socket.create_connection(("127.0.0.1", port), TIME_LIMIT) as connection:
        begin = time.perf_counter()
        connection.sendall(_head(port, body, path))
        for piece in body.pieces:
            connection.sendall(piece)
        status, headers, content = _answer(connection)
        seconds = time.perf_counter() - begin
    if status != 200:
        raise RuntimeError(f"the upload was answered {status}: {content.decode(errors='replace')}")
    return Answer(status, headers, json.loads(content), seconds)


def _head(port: int, body: Body, path: str) -> bytes:
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
        f"Content-Length: {body.size}",
        "Connection: close",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _answer(connection: socket.socket) -> tuple[int, Mapping[str, str], bytes]:
    """Read to the end of the connection, which the request asked to be closed."""
    with connection.makefile("rb") as stream:
        head, _, content = stream.read().partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = (line.partition(": ") for line in lines)
    return int(first.split()[1]), {name.lower(): value for name, _, value in headers}, content
