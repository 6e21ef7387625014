"""The machine: which one it is, and how much of it is used."""

import os
import platform
from pathlib import Path
from typing import Final

CORES: Final = 2
"""Cores that are used, whatever the machine has: the goals are stated for two."""

_CPU_INFO: Final = Path("/proc/cpuinfo")


def pin() -> None:
    """Keep this process and all that it starts to CORES cores."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def describe() -> str:
    """Return cores, CPU, Python and how busy the machine was in the last minute."""
    used, there = len(os.sched_getaffinity(0)), os.cpu_count()
    python = f"Python {platform.python_version()}"
    return f"{used} of {there} cores, {_cpu()}, {python}, load {os.getloadavg()[0]:.2f} at the start"


def _cpu() -> str:
    lines = _CPU_INFO.read_text().splitlines() if _CPU_INFO.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
