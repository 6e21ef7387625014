"""Tasks for warm processes, which import them by name."""

import os
from pathlib import Path


class WriteProcess:
    """Writes the number of its process and a variable of its environment to the file it is given."""

    def __call__(self, path: Path) -> None:
        """Write them."""
        path.write_text(f"{os.getpid()} {os.environ.get('BENCH_TEST')}")

    def settle(self) -> None:
        """Nothing is left behind."""


class Fail:
    """Fails."""

    def __call__(self, path: Path) -> None:
        """Fail."""
        raise ValueError(f"{path} is not to my taste")

    def settle(self) -> None:
        """Nothing is left behind."""
