"""Warm processes: one for each side of a comparison, with an environment of its own."""

import os
import signal
from pathlib import Path

import pytest

from bench.warm import TaskFailed, WarmProcess
from tests.bench.bench_tasks import Fail, WriteProcess


def test_task_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    """Every run happens in the same other process, whose number is known."""
    with WarmProcess(WriteProcess, tmp_path / "warm-up") as process:
        process.run(tmp_path / "run")
        pid = process.pid

    assert (tmp_path / "run").read_text() == (tmp_path / "warm-up").read_text() == f"{pid} None"
    assert pid != os.getpid()


def test_environment_is_the_process_s_own(tmp_path: Path) -> None:
    """A variable is set for the process that starts with it, and for nobody else."""
    with WarmProcess(WriteProcess, tmp_path / "warm-up", environment={"BENCH_TEST": "set"}):
        assert (tmp_path / "warm-up").read_text().endswith(" set")
        assert "BENCH_TEST" not in os.environ


def test_run_measures_the_process_it_runs_in(tmp_path: Path) -> None:
    """Both times of a run come back from the other process."""
    with WarmProcess(WriteProcess, tmp_path / "warm-up") as process:
        sample = process.run(tmp_path / "run")

    assert sample.wall > 0
    assert sample.cpu >= 0


def test_failing_task_is_told_with_its_traceback(tmp_path: Path) -> None:
    """Nothing is measured of a task that fails; the error says where it did."""
    with pytest.raises(TaskFailed, match=r"(?s)bench_tasks\.py.*is not to my taste"):
        WarmProcess(Fail, tmp_path)


def test_death_of_the_process_is_told(tmp_path: Path) -> None:
    """A process that is killed measures nothing, and keeps nobody waiting."""
    process = WarmProcess(WriteProcess, tmp_path / "warm-up")

    os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(TaskFailed, match="died"):
        process.run(tmp_path / "run")
