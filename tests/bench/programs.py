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
    run = start_bench(*arguments)
    output, errors = run.communicate()
    return subprocess.CompletedProcess(run.args, run.returncode, output, errors)


def start_bench(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start ``python -m bench``."""
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
