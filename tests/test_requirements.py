"""A skip for lack of a requirement is a failure where that requirement must be present."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parent / "conftest.py"

SKIPPING = {
    "test": "import pytest\ndef test_it():\n    pytest.skip('Jaeger is not here')\n",
    "mark": "import pytest\n@pytest.mark.skipif(True, reason='Jaeger is not here')\ndef test_it(): pass\n",
    "module": "import pytest\npytest.skip('Jaeger is not here', allow_module_level=True)\n",
}


def run_pytest(folder: Path, required: str) -> subprocess.CompletedProcess[str]:
    """Run pytest over a folder in a process of its own, with these requirements."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
        str(folder),
    ]
    environment = os.environ | {"TEST_REQUIRE": required}
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("source", SKIPPING.values(), ids=SKIPPING)
def test_skip_of_a_required_part_fails_the_run(tmp_path: Path, source: str) -> None:
    """Whichever way it skips, the run fails and says which skip was not allowed."""
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_it.py").write_text(source)

    run = run_pytest(tmp_path, required="collector,jaeger")

    assert run.returncode != 0
    assert "does not allow this skip: Skipped: Jaeger is not here" in run.stdout


@pytest.mark.parametrize("required", ["", "collector"])
def test_skip_of_a_part_that_is_not_required_is_a_skip(tmp_path: Path, required: str) -> None:
    """Without the requirement the same test is skipped and the run passes."""
    shutil.copy(CONFTEST, tmp_path)
    (tmp_path / "test_it.py").write_text(SKIPPING["test"])

    run = run_pytest(tmp_path, required)

    assert (run.returncode, "1 skipped" in run.stdout) == (0, True)
