"""The form of a check: its fields, which may come in any order, once each and no others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from multipart import (  # type: ignore[import-untyped]  # annotated, but without the marker that says so
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from pipeline.request import GESTURES, MAX_GESTURES, is_challenge
from service.filewriter import FileWriter
from service.parts import Part, ReferencePart, TextPart, VideoPart
from service.problems import Problem, Refusal
from service.session import DEFAULT_CHALLENGE
from service.uploads import Upload
from telemetry.spans import StageRecorder

MEDIA_TYPE: Final = "multipart/form-data"
FIELDS: Final = ("video", "challenge_type", "session_id", "reference")
SESSION_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")

MAX_OVERHEAD: Final = 64 << 10
"""Bytes of a body that belong to no file: boundaries, headers of parts, fields."""
MAX_BOUNDARY: Final = 70
"""Characters; RFC 2046 section 5.1.1."""

IDENTITY_ENCODINGS: Final = frozenset({"7bit", "8bit", "binary"})
"""Transfer encodings that leave a part as it is (RFC 2045 section 6.2); Android's Retrofit sends the last one."""


@dataclass(frozen=True, slots=True)
class FormLimits:
    """Bytes that the files of a form may have."""

    video: int
    reference: int

    @property
    def body(self) -> int:
        """Bytes that a whole body may have."""
        return self.video + self.reference + MAX_OVERHEAD


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is complete and allowed; its files are closed."""

    video: Path
    reference: Path | None
    challenge: str
    session_id: str | None


class FormReader:
    """Takes the bytes of a body and sends each part where it belongs: files to disk, fields to memory."""

    def __init__(self, boundary: str, limits: FormLimits, upload: Upload, stages: StageRecorder) -> None:
        self.body_size = 0
        self._parser = PushMultipartParser(boundary)
        self._limits = limits
        self._upload = upload
        self._stages = stages
        self._parts: dict[str, Part] = {}
        self._arriving: Part | None = None

    @property
    def video(self) -> FileWriter | None:
        """The video that arrives or has arrived, None before its part has begun."""
        part = self._parts.get("video")
        return part.writer if isinstance(part, VideoPart) else None

    @property
    def session_id(self) -> str | None:
        """The session_id that has arrived, None without one that is allowed."""
        return self._text("session_id")

    async def feed(self, data: bytes) -> None:
        """Take the next bytes of the body.

        Raises:
            Refusal, InputError: the form is not allowed or cannot be parsed.
        """
        self.body_size += len(data)
        if self.body_size > self._limits.body:
            raise Refusal(Problem.BODY_TOO_LARGE, f"It may have {self._limits.body} bytes.")
        for event in self._events(data):
            if isinstance(event, MultipartSegment):
                self._arriving = self._begin(event)
            elif self._arriving is not None:
                await (self._arriving.close() if event is None else self._arriving.write(event))

    def finish(self) -> Form:
        """Return the form once the body has ended.

        Raises:
            Refusal: the body was cut off, or has no video.
        """
        try:
            self._parser.close()
        except MultipartError:
            raise Refusal(Problem.INCOMPLETE_BODY, "The closing boundary is missing.") from None
        reference = self._parts.get("reference")
        if self.video is None:
            raise Refusal(Problem.MISSING_VIDEO, "Send the video as the part named video.")
        return Form(
            video=self.video.path,
            reference=reference.writer.path if isinstance(reference, ReferencePart) else None,
            challenge=self._text("challenge_type") or DEFAULT_CHALLENGE,
            session_id=self.session_id,
        )

    def _events(self, data: bytes) -> Iterator[MultipartSegment | bytes | None]:
        try:
            yield from self._parser.parse(data)
        except MultipartError as error:
            raise Refusal(Problem.MALFORMED_FORM, f"{error}.") from None

    def _begin(self, segment: MultipartSegment) -> Part:
        name = segment.name or ""
        if len(self._parts) == len(FIELDS):
            raise Refusal(Problem.TOO_MANY_PARTS, f"It may have {len(FIELDS)}.")
        if name not in FIELDS:
            raise Refusal(Problem.UNKNOWN_FIELD, f"The fields are {', '.join(FIELDS)}.")
        if name in self._parts:
            raise Refusal(Problem.DUPLICATE_FIELD, f"Send {name} once.")
        encoding = segment.header("Content-Transfer-Encoding", "binary")
        if encoding.strip().lower() not in IDENTITY_ENCODINGS:
            raise Refusal(Problem.UNSUPPORTED_TRANSFER_ENCODING, f"Send {name} as it is, not encoded.")
        self._parts[name] = self._part(name)
        return self._parts[name]

    def _part(self, name: str) -> Part:
        match name:
            case "video":
                return VideoPart(self._upload.writer(name, self._stages), self._limits.video)
            case "reference":
                return ReferencePart(self._upload.writer(name), self._limits.reference)
            case "challenge_type":
                return TextPart(name, _check_challenge)
        return TextPart(name, _check_session_id)

    def _text(self, name: str) -> str | None:
        part = self._parts.get(name)
        return part.text if isinstance(part, TextPart) else None


def boundary_of(content_type: str) -> str:
    """Return the boundary that a Content-Type header declares.

    Raises:
        Refusal: the body is not a form (NOT_MULTIPART), or no boundary can be used (MALFORMED_FORM).
    """
    media_type, options = parse_options_header(content_type)
    if media_type != MEDIA_TYPE:
        raise Refusal(Problem.NOT_MULTIPART, f"Send {MEDIA_TYPE}.")
    boundary: str = options.get("boundary", "")
    if not 0 < len(boundary) <= MAX_BOUNDARY or not boundary.isascii():
        raise Refusal(Problem.MALFORMED_FORM, "The Content-Type has no boundary that can be used.")
    return boundary


def _check_challenge(challenge: str) -> None:
    if not is_challenge(challenge):
        choice = f"One of {', '.join(GESTURES)}, or up to {MAX_GESTURES} of them in order, separated by commas."
        raise Refusal(Problem.UNKNOWN_CHALLENGE, choice)


def _check_session_id(session_id: str) -> None:
    if SESSION_ID.fullmatch(session_id) is None:
        raise Refusal(Problem.INVALID_SESSION_ID, "It may have 1 to 64 of A-Z a-z 0-9 . _ -")
