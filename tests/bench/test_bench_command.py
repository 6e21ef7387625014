"""``python -m bench`` as its user runs it."""

import json
import re
from pathlib import Path

import pytest

from bench.__main__ import FIGURES, SCRATCH
from tests.bench.programs import ROOT, bench, start_bench

NEEDS_FOOTAGE = ("reading", "recognition", "tracing", "workers", "start", "memory", "shortcuts")


def test_quick_run_prints_its_table() -> None:
    """The machine first, then a row for each figure; progress goes to standard error."""
    run = bench("--quick", "--only", "analyzer")

    machine, _, heading, rule, *rows = run.stdout.splitlines()
    assert run.returncode == 0
    assert re.match(r"\d+ of \d+ cores, .+, Python 3\.\d+\.\d+, load [\d.]+ at the start$", machine)
    assert re.split(" {2,}", heading) == ["figure", "ours", "compared with", "ratio", "goal", "reached", "runs"]
    assert set(rule) == {"-", " "}
    assert next(row.split("  ")[0] for row in rows) == "trace-analyzer --help"
    assert run.stderr.startswith("analyzer: ")


@pytest.mark.slow
def test_quick_upload_is_measured_without_footage(tmp_path: Path) -> None:
    """The service and the bare receiver are compared wherever the benchmark runs."""
    run = bench("--quick", "--json", "--only", "upload", "--testdata", tmp_path)

    memory, *speeds = json.loads(run.stdout)["figures"]
    assert run.returncode == 0
    assert memory["ours"]["unit"] == "MiB"
    assert all(speed["ours"]["value"] > 0 and speed["other"]["value"] > 0 for speed in speeds)


def test_missing_footage_is_a_row_not_an_error(tmp_path: Path) -> None:
    """What cannot be measured is told, and never made up."""
    only = [argument for name in NEEDS_FOOTAGE if name != "recognition" for argument in ("--only", name)]

    run = bench("--json", "--testdata", tmp_path, *only)

    figures = json.loads(run.stdout)["figures"]
    assert run.returncode == 0
    assert {figure["reason"] for figure in figures} == {"testdata missing"}
    assert len(figures) == len(NEEDS_FOOTAGE) - 1


def test_figure_that_breaks_leaves_the_others(tmp_path: Path) -> None:
    """An error is told with its traceback and in the exit code; the other figures are measured all the same."""
    for folder in ("videos", "models"):
        (tmp_path / folder).mkdir()
    (tmp_path / "videos" / "d13.mp4").write_bytes(b"no video")

    run = bench("--quick", "--only", "reading", "--only", "analyzer", "--testdata", tmp_path)

    assert run.returncode == 1
    assert "not measured: it failed" in run.stdout
    assert "trace-analyzer --help" in run.stdout
    assert "Traceback" in run.stderr


def test_run_leaves_no_files_behind(tmp_path: Path) -> None:
    """Not even when a figure breaks in the process that measures it."""
    for folder in ("videos", "models"):
        (tmp_path / folder).mkdir()
    (tmp_path / "videos" / "d13.mp4").write_bytes(b"no video")

    run = start_bench("--quick", "--only", "reading", "--testdata", tmp_path)
    output, _ = run.communicate()

    assert "it failed" in output
    assert list(SCRATCH.glob(f"bench-{run.pid}-*")) == []


def test_unknown_figure_is_refused() -> None:
    """A typing error is told at once."""
    assert bench("--only", "nothing").returncode == 2


def test_every_figure_is_documented() -> None:
    """docs/performance.md says of each group how it is measured."""
    text = (ROOT / "docs" / "performance.md").read_text()

    assert [name for name in FIGURES if f"`{name}`" not in text] == []
