"""What is answered when there is no result: RFC 9457 problem details with a stable ``code``.

Refusals of the service itself are members of ``Problem``. Errors of the pipeline keep their own code; their
class decides the status. Anything else is ``internal_error``, and only the log says what it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from http import HTTPStatus
from typing import Final

from pipeline.errors import (
    CheckError,
    InputError,
    MemoryLimitExceeded,
    PoolUnavailable,
    TimeLimitExceeded,
    UnreadableVideo,
    UnsupportedVideo,
    UnusableReference,
    VideoLimitExceeded,
    WorkerCrashed,
)

MEDIA_TYPE: Final = "application/problem+json"

CLIENT_CLOSED_REQUEST: Final = 499
"""Recorded, never sent: the client was gone before it could be answered (the number nginx made customary)."""

RETRY_AFTER: Final = 2
"""Seconds a client is asked to wait when there is no room: about one check of a short clip."""


@unique
class Problem(Enum):
    """A reason of the service's own to answer no result; the code is the member's name in lower case."""

    MALFORMED_FORM = 400, "The form cannot be parsed"
    INCOMPLETE_BODY = 400, "The body ends before the form does"
    UNSUPPORTED_TRANSFER_ENCODING = 400, "A part of the form is encoded"
    TOO_MANY_PARTS = 400, "The form has too many parts"
    UNKNOWN_FIELD = 400, "The form has a field that is not known"
    DUPLICATE_FIELD = 400, "The form has a field twice"
    FIELD_TOO_LONG = 400, "A field of the form is too long"
    MISSING_VIDEO = 400, "The form has no video"
    EMPTY_VIDEO = 400, "The video is empty"
    UNKNOWN_CHALLENGE = 400, "The challenge is not known"
    INVALID_SESSION_ID = 400, "The session_id is not allowed"
    NOT_FOUND = 404, "There is nothing here"
    METHOD_NOT_ALLOWED = 405, "The method is not allowed here"
    UPLOAD_TIMEOUT = 408, "The body took too long to arrive"
    BODY_TOO_LARGE = 413, "The body is too large"
    VIDEO_TOO_LARGE = 413, "The video is too large"
    REFERENCE_TOO_LARGE = 413, "The reference is too large"
    NOT_MULTIPART = 415, "The body is not multipart/form-data"
    UNSUPPORTED_CONTENT_ENCODING = 415, "The body is compressed"
    EXPECTATION_FAILED = 417, "The expectation cannot be met"
    CLIENT_GONE = CLIENT_CLOSED_REQUEST, "The client went away"
    INTERNAL_ERROR = 500, "Something went wrong in the service"
    QUEUE_FULL = 503, "There is no room for another check"
    SHUTTING_DOWN = 503, "The service is shutting down"
    NOT_READY = 503, "The service cannot take checks"
    DISK_FULL = 507, "There is no space left for uploads"

    def __init__(self, status: int, title: str) -> None:
        self.status = status
        self.title = title

    @property
    def code(self) -> str:
        """The stable code of this problem."""
        return self.name.lower()


PIPELINE_PROBLEMS: Final[tuple[tuple[type[CheckError], int, str], ...]] = (
    (UnsupportedVideo, 415, "The video's format is not taken"),
    (UnusableReference, 415, "The reference is not a picture that can be used"),
    (UnreadableVideo, 422, "The video cannot be read"),
    (VideoLimitExceeded, 422, "The video exceeds a limit"),
    (InputError, 422, "The upload cannot be used"),
    (TimeLimitExceeded, 504, "The check took too long"),
    (MemoryLimitExceeded, 500, "The check needed too much memory"),
    (WorkerCrashed, 500, "The worker process died during the check"),
    (PoolUnavailable, 503, "No worker can be had"),
    (CheckError, 500, Problem.INTERNAL_ERROR.title),
)
"""Status and title of the pipeline's errors; the first class that fits counts."""


class Refusal(Exception):
    """The service refuses a request; ``detail`` is for the person who sent it."""

    def __init__(
        self,
        problem: Problem,
        detail: str,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(problem, detail)
        self.problem = problem
        self.detail = detail
        self.headers = headers or {}
        self.members = members or {}
        self.code = problem.code


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """One problem as it is answered and recorded; ``members`` extend the document."""

    status: int
    code: str
    title: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, object] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the RFC 9457 document."""
        return {
            "type": f"urn:liveness:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.members,
        }


def details_of(error: Exception) -> ProblemDetails:
    """Return what is answered for an error; what is not known becomes ``internal_error`` without its message."""
    match error:
        case Refusal():
            return _refused(error)
        case CheckError():
            return _failed(error)
    return _refused(Refusal(Problem.INTERNAL_ERROR, "The log of the service says more, under the trace_id."))


def _refused(refusal: Refusal) -> ProblemDetails:
    problem = refusal.problem
    headers = {**_retry(problem.status), **refusal.headers}
    return ProblemDetails(problem.status, problem.code, problem.title, refusal.detail, headers, refusal.members)


def _failed(error: CheckError) -> ProblemDetails:
    status, title = next((status, title) for kind, status, title in PIPELINE_PROBLEMS if isinstance(error, kind))
    return ProblemDetails(status, error.code, title, _sentence(error.message), _retry(status))


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:].removesuffix('.')}."


def _retry(status: int) -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
