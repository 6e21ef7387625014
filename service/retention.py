"""Keeping uploads beyond their check, for a limited time, where somebody has asked for it."""

import asyncio
import logging
import re
import shutil
import time
from pathlib import Path
from typing import Final

SWEEP_INTERVAL: Final = 600.0
"""Seconds between two sweeps: the most that something is kept beyond its time."""

_KEPT = re.compile(r"[0-9a-f]{32}-[0-9a-f]{8}")
_log = logging.getLogger(__name__)


class Retention:
    """A folder of kept uploads, one sub-folder for each check, and the seconds they are kept."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self._folder = folder
        self._seconds = seconds

    def keep(self, upload: Path) -> None:
        """Move the folder of an upload here; its time starts now. Failing to is logged, and it is not kept."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(upload, self._folder / upload.name)
            (self._folder / upload.name).touch()
        except OSError as error:
            _log.error("cannot keep an upload: %s", error)

    def sweep(self) -> None:
        """Remove what has been kept for long enough; nothing that is not an upload is touched."""
        try:
            for kept in self._folder.iterdir():
                if _KEPT.fullmatch(kept.name) and kept.stat().st_mtime < time.time() - self._seconds:
                    shutil.rmtree(kept)
        except FileNotFoundError:
            return  # nothing has been kept yet, or another process has swept
        except OSError as error:
            _log.error("cannot remove uploads whose time is over: %s", error)

    async def sweep_forever(self) -> None:
        """Sweep again and again, until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_INTERVAL)
            await asyncio.to_thread(self.sweep)
