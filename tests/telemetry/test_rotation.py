"""Line files that are bounded in size, written by several processes at once."""

import json
from collections import defaultdict
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from telemetry.rotation import RotatingFile
from tests.telemetry.processes import SPAWN, append_forever, append_numbered, hold_lock, json_line, run_together

PROCESSES = 4
LINES = 400


def files_of(folder: Path) -> list[Path]:
    """Return the files of the stem, in the order they were written."""
    return sorted(folder.glob("*.jsonl"))


def numbers_by_process(folder: Path) -> dict[int, list[int]]:
    """Parse every line and return the numbers each process has left, in the order of the files."""
    numbers = defaultdict(list)
    for path in files_of(folder):
        for line in path.read_bytes().splitlines():
            found = json.loads(line)
            numbers[found["process"]].append(found["number"])
    return numbers


def write_from_processes(file: RotatingFile) -> None:
    """Have several processes append at once."""
    run_together(append_numbered, [(file, process, LINES) for process in range(PROCESSES)])


def kill_in_the_act(act: Callable[[Path, Connection], None], folder: Path) -> None:
    """Start a process that does something until it is killed, and kill it once it has begun."""
    receiving, sending = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=act, args=(folder, sending))
    process.start()
    assert receiving.recv()
    process.kill()
    process.join()
    process.close()
    receiving.close()
    sending.close()


def test_full_files_are_set_aside_in_order(tmp_path: Path) -> None:
    """A line that does not fit starts a new file; file names sort in the order of the lines."""
    file = RotatingFile(tmp_path, "lines", 10, 8)
    for letter in b"abcde":
        file.append(bytes([letter]) * 3 + b"\n")

    assert [(path.name, path.read_bytes()) for path in files_of(tmp_path)] == [
        ("lines.000001.jsonl", b"aaa\nbbb\n"),
        ("lines.000002.jsonl", b"ccc\nddd\n"),
        ("lines.jsonl", b"eee\n"),
    ]


@pytest.mark.parametrize("max_files", [1, 2, 5])
def test_the_oldest_files_are_removed(max_files: int, tmp_path: Path) -> None:
    """There are never more files than allowed, and the newest lines are the ones kept."""
    file = RotatingFile(tmp_path, "lines", 10, max_files)
    for number in range(9):
        file.append(f"line {number:03}\n".encode())

    kept = [path.read_text() for path in files_of(tmp_path)]
    assert kept == [f"line {number:03}\n" for number in range(9 - max_files, 9)]


def test_a_lower_limit_applies_to_what_is_there(tmp_path: Path) -> None:
    """A service configured for fewer files removes those of its last run at the next rotation."""
    for max_files in (9, 2):
        file = RotatingFile(tmp_path, "lines", 10, max_files)
        for number in range(6):
            file.append(f"line {number:03}\n".encode())

    assert len(files_of(tmp_path)) == 2


def test_other_files_are_not_touched(tmp_path: Path) -> None:
    """Only numbered files of the stem are ever removed."""
    others = [tmp_path / name for name in ("lines.mine.jsonl", "lines.000001.json", "other.000001.jsonl")]
    for path in others:
        path.write_text("mine\n")
    file = RotatingFile(tmp_path, "lines", 10, 1)
    for number in range(5):
        file.append(f"line {number:03}\n".encode())

    assert [path.read_text() for path in others] == ["mine\n"] * 3


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    """Lines larger than a whole file are an error, and nothing is written."""
    with pytest.raises(ValueError, match="11 bytes do not fit into a file of 10"):
        RotatingFile(tmp_path, "lines", 10, 8).append(b"x" * 10 + b"\n")

    assert files_of(tmp_path) == []


def test_a_removed_folder_is_made_again(tmp_path: Path) -> None:
    """Removing the folder of a running service loses what was in it and no more."""
    folder = tmp_path / "traces"
    file = RotatingFile(folder, "lines", 100, 8)
    file.append(b"one\n")
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    file.append(b"two\n")

    assert (folder / "lines.jsonl").read_bytes() == b"two\n"


def test_processes_lose_no_line_to_each_other(tmp_path: Path) -> None:
    """With room for everything each line of each process is there once, whole and in its process's order."""
    write_from_processes(RotatingFile(tmp_path, "lines", 4096, 1000))

    assert numbers_by_process(tmp_path) == {process: list(range(LINES)) for process in range(PROCESSES)}
    assert max(path.stat().st_size for path in files_of(tmp_path)) <= 4096


def test_processes_keep_to_the_limit_together(tmp_path: Path) -> None:
    """With little room the newest lines of every process are left, without a gap, within the bound."""
    write_from_processes(RotatingFile(tmp_path, "lines", 4096, 8))

    assert sum(path.stat().st_size for path in files_of(tmp_path)) <= 4096 * 8
    assert len(files_of(tmp_path)) == 8
    for numbers in numbers_by_process(tmp_path).values():
        assert numbers == list(range(numbers[0], LINES))


def test_a_process_killed_while_writing_blocks_nobody(tmp_path: Path) -> None:
    """After SIGKILL in the middle of writing the next line is written and every line is whole."""
    for _ in range(5):
        kill_in_the_act(append_forever, tmp_path)
        RotatingFile(tmp_path, "lines", 1 << 22, 4).append(json_line(0, 0))

    lines = [line for path in files_of(tmp_path) for line in path.read_bytes().splitlines()]
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert files_of(tmp_path)[-1].read_bytes().endswith(json_line(0, 0))


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    """A process that dies while it holds the lock does not keep it."""
    kill_in_the_act(hold_lock, tmp_path)
    RotatingFile(tmp_path, "lines", 100, 8).append(b"one\n")

    assert (tmp_path / "lines.jsonl").read_bytes() == b"one\n"


@pytest.mark.parametrize("piece", [b'{"torn', b"x" * 200_000], ids=["short", "longer than one block"])
@pytest.mark.parametrize("whole", [b"", b"whole\n"], ids=["alone", "after a line"])
def test_a_torn_line_is_cut_off(whole: bytes, piece: bytes, tmp_path: Path) -> None:
    """The piece of a line that a dead process left is removed before the next line."""
    path = tmp_path / "lines.jsonl"
    path.write_bytes(whole + piece)
    RotatingFile(tmp_path, "lines", 1 << 20, 8).append(b"next\n")

    assert path.read_bytes() == whole + b"next\n"
