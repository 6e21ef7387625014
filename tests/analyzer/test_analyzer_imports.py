"""What importing the analyzer brings along."""

import subprocess
import sys

import pytest

HEAVY = ["cv2", "dlib", "av", "aiohttp", "multipart", "opentelemetry", "pydantic", "pebble", "rich"]


def loaded_after(program: str) -> set[str]:
    """Return the top-level modules a fresh interpreter has loaded after some code."""
    code = f"{program}\nimport sys\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", ["report", "check", "tree", "generate"])
def test_no_command_needs_the_service_s_libraries(command: str) -> None:
    """The analyzer runs where neither video nor HTTP nor the OpenTelemetry SDK is installed."""
    loaded = loaded_after(f"import telemetry.analyzer.cli, telemetry.analyzer.commands.{command}")

    assert loaded & set(HEAVY) == set()


def test_help_needs_little_of_anything() -> None:
    """``--help`` waits neither for numpy nor for msgspec; that is most of its time."""
    loaded = loaded_after("from telemetry.analyzer.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass")

    assert loaded & {*HEAVY, "numpy", "msgspec"} == set()
