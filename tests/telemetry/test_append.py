"""Appending whole lines to a file."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from telemetry.append import append_lines
from tests.telemetry.processes import append_beyond_limit


def test_folders_are_made_on_demand(tmp_path: Path) -> None:
    """The first line makes the folder and the file, and again when they were removed."""
    path = tmp_path / "a" / "b" / "log"
    append_lines(path, b"one\n")
    path.unlink()
    path.parent.rmdir()
    append_lines(path, b"two\n")

    assert path.read_bytes() == b"two\n"


def test_others_may_not_read_what_is_written(tmp_path: Path) -> None:
    """Log files hold session identifiers: owner and group may read them, nobody else."""
    path = tmp_path / "log"
    append_lines(path, b"one\n")

    assert path.stat().st_mode & 0o007 == 0


def test_a_line_that_finds_no_room_leaves_no_piece_behind(tmp_path: Path) -> None:
    """When the disk takes only a part of a line, that part is removed again and the caller told."""
    path = tmp_path / "log"
    line = b"x" * 599 + b"\n"
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        said = pool.submit(append_beyond_limit, path, line, 1000).result()

    assert "No space left" in said
    assert path.read_bytes() == line


def test_a_full_device_is_an_error() -> None:
    """A device that takes nothing at all is an OSError."""
    with pytest.raises(OSError, match="No space left"):
        append_lines(Path("/dev/full"), b"one\n")
