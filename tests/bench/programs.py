"""The benchmark's programs as tests run them."""

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]

BURN: Final = "import time\nwhile time.process_time() < 0.06: pass"


def burn_in_child() -> None:
    """Use CPU time in a process of its own."""
    subprocess.run([sys.executable, "-c", BURN], check=True)


def bench(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ``python -m bench`` to its end."""
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
