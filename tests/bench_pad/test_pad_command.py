"""``python -m bench.pad`` as its user runs it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from bench.pad.species import SPECIES

ROOT: Final = Path(__file__).resolve().parents[2]


def bench_pad(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run ``python -m bench.pad`` to its end."""
    command = [sys.executable, "-m", "bench.pad", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_run_prints_rates_and_goes_on_where_it_was(tmp_path: Path) -> None:
    """Tables on standard output, measurements and plots in the folder; what is there already is not done again."""
    asked = ("--folder", tmp_path, "--workers", "1", "--species", "photo_waved", "--species", "person_turns")

    first = bench_pad("--clips", "1", *asked)
    second = bench_pad("--clips", "2", *asked)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "2 of 2 clips" in first.stderr
    assert "2 of 2 clips" in second.stderr  # of the four, those that were missing
    assert re.search(r"^photo_waved +2 +\d", second.stdout, re.MULTILINE)
    assert re.search(r"^person_turns +2 +\d", second.stdout, re.MULTILINE)
    lines = [json.loads(line) for line in (tmp_path / "dlib.jsonl").read_text().splitlines()]
    assert [(line["species"], line["seed"]) for line in lines] == [
        (name, seed) for seed in (0, 1) for name in ("person_turns", "photo_waved")
    ]
    assert (tmp_path / "plane_relief.png").read_bytes().startswith(b"\x89PNG")


def test_unknown_species_is_refused() -> None:
    """A typing error is told at once."""
    assert bench_pad("--species", "nobody").returncode == 2


def test_every_species_is_documented() -> None:
    """docs/evaluation.md says of each what it is."""
    text = (ROOT / "docs" / "evaluation.md").read_text()

    assert [species.name for species in SPECIES if f"`{species.name}`" not in text] == []
