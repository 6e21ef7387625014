"""The memory limit of one check: what a worker may take beyond what it holds when warm and idle.

The kernel enforces it (RLIMIT_DATA, which since Linux 4.7 covers every private writable mapping), so it holds for
the allocations of FFmpeg, OpenCV and dlib as well: they fail, and the check ends with an error instead of the machine
running out of memory. Other systems ignore RLIMIT_DATA or leave mappings out of it: there is no limit there.
"""

import errno
import logging
import mmap
import resource
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")
_OPENCV_NO_MEMORY: Final = -4
"""``cv2.Error.StsNoMem``, as a number so that the service's process need not load OpenCV."""

_log = logging.getLogger(__name__)


def data_size() -> int | None:
    """Return the bytes of private writable memory this process holds, None where the system does not tell."""
    try:
        status = _STATUS.read_text()
    except FileNotFoundError:
        return None
    kibibytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmData:"))
    return int(kibibytes) * 1024


def limit_growth(growth: int) -> None:
    """Let allocations fail once this process holds ``growth`` bytes more than it does now."""
    held = data_size()
    if held is None:
        _log.warning("this system cannot limit the memory of a check")
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = held + growth
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def lift_limit() -> None:
    """Let allocations succeed again, so that a process at its limit can still report and flush."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))


def is_available(size: int) -> bool:
    """Tell whether this process could have ``size`` bytes more; nothing is touched, so asking costs microseconds."""
    try:
        mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except OSError:
        return False
    return True


def is_exhaustion(error: BaseException) -> bool:
    """Tell whether an error, or one it was raised from, means that memory could not be had."""
    cause: BaseException | None = error
    while cause is not None:
        if _means_no_memory(cause):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _means_no_memory(error: BaseException) -> bool:
    """Python, NumPy, dlib and PyAV raise MemoryError, the system ENOMEM, OpenCV a code of its own."""
    return (
        isinstance(error, MemoryError)
        or getattr(error, "errno", None) == errno.ENOMEM
        or getattr(error, "code", None) == _OPENCV_NO_MEMORY
    )
