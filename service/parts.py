"""The parts a form of a check can have, each refusing what it may not hold at the first byte that shows it."""

from collections.abc import Callable
from typing import Final

from pipeline.container import MAGIC_BYTES, sniff
from pipeline.errors import UnusableReference
from service.filewriter import FileWriter
from service.problems import Problem, Refusal

MAX_FIELD_SIZE: Final = 256
"""Bytes of a field that is no file; the longest that can be valid has 64."""


class VideoPart:
    """The video, on its way to disk; sniffed at once, so that what is no video is not received to its end."""

    def __init__(self, writer: FileWriter, limit: int) -> None:
        self.writer = writer
        self._limit = limit
        self._head = b""

    async def write(self, data: bytes) -> None:
        """Take a chunk; refuse what is too much (VIDEO_TOO_LARGE) and what starts no video (UnsupportedVideo)."""
        if self.writer.size + len(data) > self._limit:
            raise Refusal(Problem.VIDEO_TOO_LARGE, f"It may have {self._limit} bytes.")
        if len(self._head) < MAGIC_BYTES:
            self._head += data[:MAGIC_BYTES]
            if len(self._head) >= MAGIC_BYTES:
                sniff(self._head)
        await self.writer.write(data)

    async def close(self) -> None:
        """Close the file; refuse an empty one (EMPTY_VIDEO) and one too short to be a video (UnsupportedVideo)."""
        if self.writer.size == 0:
            raise Refusal(Problem.EMPTY_VIDEO, "The part named video has no bytes.")
        if self.writer.size < MAGIC_BYTES:
            sniff(self._head)
        await self.writer.close()


class ReferencePart:
    """The reference photo, on its way to disk; whether it is a picture is for the pipeline to find out."""

    def __init__(self, writer: FileWriter, limit: int) -> None:
        self.writer = writer
        self._limit = limit

    async def write(self, data: bytes) -> None:
        """Take a chunk; refuse what is too much (REFERENCE_TOO_LARGE)."""
        if self.writer.size + len(data) > self._limit:
            raise Refusal(Problem.REFERENCE_TOO_LARGE, f"It may have {self._limit} bytes.")
        await self.writer.write(data)

    async def close(self) -> None:
        """Close the file; refuse an empty one (UnusableReference)."""
        if self.writer.size == 0:
            raise UnusableReference("the reference is empty")
        await self.writer.close()


class TextPart:
    """A field that is a short text, with the check that its value must pass; ``text`` is None until it has."""

    def __init__(self, name: str, check: Callable[[str], None]) -> None:
        self.text: str | None = None
        self._name = name
        self._check = check
        self._data = b""

    async def write(self, data: bytes) -> None:
        """Take a chunk; refuse what is too much (FIELD_TOO_LONG)."""
        if len(self._data) + len(data) > MAX_FIELD_SIZE:
            raise Refusal(Problem.FIELD_TOO_LONG, f"{self._name} may have {MAX_FIELD_SIZE} bytes.")
        self._data += data

    async def close(self) -> None:
        """Refuse a value that the check does not pass; bytes that are not UTF-8 become what none allows."""
        text = self._data.decode(errors="replace")
        self._check(text)
        self.text = text


Part = VideoPart | ReferencePart | TextPart
