"""What sets a worker process apart from the service that started it: signals, lifetime, what a crash leaves behind."""

import faulthandler
import multiprocessing
import os
import resource
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SINGLE_THREADED: Final = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
"""Environment of a worker: one core each, for threads of two workers on two cores only get in each other's way.

The libraries read it while they are loaded, so it has to be there before the process starts."""


def isolate() -> None:
    """Leave the service's session, die with the service, and leave no trace of a video on disk after a crash.

    A session of its own keeps away what the terminal or ``timeout`` sends to the service's process group. Core dumps
    would hold frames of somebody's face, so there are none; the stack of a crash goes to standard error instead.
    """
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    faulthandler.enable()
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()


def ignore_termination() -> None:
    """Leave it to the service alone to end this process, which it does with SIGKILL after the last flush.

    A service manager that sends SIGTERM to every process (systemd's default) thereby asks the service to stop, which
    lets running checks finish.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


@contextmanager
def ended_after(seconds: float) -> Iterator[None]:
    """Have the kernel end this process if the block takes longer.

    The service kills a check that takes too long; this bounds one whose service is gone, and which hangs inside a
    library that lets no other thread notice.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _end_with_parent() -> None:
    """Wait for the end of the parent, which a pipe tells even when it was killed, and end at once."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
