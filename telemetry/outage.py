"""One message when a destination stops taking data, and one when it takes data again."""

import logging
from threading import Lock


class Outage:
    """Tells the ordinary log about one destination: the first failure, then the recovery."""

    def __init__(self, logger: logging.Logger, destination: str) -> None:
        self._logger = logger
        self._destination = destination
        self._lock = Lock()
        self._failing = False

    def failed(self, reason: object) -> None:
        """Note a failure; only the first since the last success is logged."""
        if self._change_to(failing=True):
            self._logger.warning("cannot write %s, will keep trying: %s", self._destination, reason)

    def succeeded(self) -> None:
        """Note a success; only the first since the last failure is logged."""
        if self._failing and self._change_to(failing=False):
            self._logger.warning("can write %s again", self._destination)

    def _change_to(self, *, failing: bool) -> bool:
        with self._lock:
            changed = self._failing != failing
            self._failing = failing
        return changed
