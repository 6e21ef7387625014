"""Why a check gave no answer. Every error has a stable ``code``; the service maps the class to a status.

CheckError
├── InputError                     the upload is at fault
│   ├── UnsupportedVideo           not a container, codec or picture format that is taken
│   ├── UnreadableVideo            looked like a video, could not be read
│   ├── VideoLimitExceeded         too long, too large, too many frames
│   └── UnusableReference          the reference is not an image that can be read
├── LimitExceeded                  the check used more than it may
│   ├── TimeLimitExceeded
│   └── MemoryLimitExceeded
├── WorkerCrashed                  the worker process died under the check
└── PoolUnavailable                no worker can be had: starting, stopping or broken
"""

from typing import ClassVar


class CheckError(Exception):
    """Base of every error of the pipeline; ``code`` is stable, ``message`` is for people."""

    default_code: ClassVar[str] = "internal_error"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message, code)
        self.message = message
        self.code = code or self.default_code

    def __str__(self) -> str:
        return self.message


class InputError(CheckError):
    """The upload is at fault; sending it again will fail again."""


class UnsupportedVideo(InputError):
    """Not a container, codec or picture format that is taken."""

    default_code = "unsupported_video"


class UnreadableVideo(InputError):
    """It looked like a video but could not be read."""

    default_code = "unreadable_video"


class VideoLimitExceeded(InputError):
    """Too long, too large or too many frames."""

    default_code = "video_limit_exceeded"


class UnusableReference(InputError):
    """The reference is not an image that can be read."""

    default_code = "unsupported_reference"


class LimitExceeded(CheckError):
    """The check used more than it may."""


class TimeLimitExceeded(LimitExceeded):
    """The check took longer than its time limit; its worker was killed and replaced."""

    default_code = "time_limit_exceeded"


class MemoryLimitExceeded(LimitExceeded):
    """The check needed more memory than its limit."""

    default_code = "memory_limit_exceeded"


class WorkerCrashed(CheckError):
    """The worker process died under the check and was replaced."""

    default_code = "worker_crashed"


class PoolUnavailable(CheckError):
    """No worker can be had: starting, stopping or broken."""

    default_code = "workers_unavailable"
