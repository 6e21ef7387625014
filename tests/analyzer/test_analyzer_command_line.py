"""The real console script, from the outside: what it prints where, and how it ends."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.analyzer.by_hand import check, log, logged_check, trace_analyzer, traces

SCRIPT = Path(sys.executable).parent / "trace-analyzer"


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run in an empty folder, without the caller's settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("TRACE_ANALYZER_SOURCE", "NO_COLOR", "PYTHONIOENCODING"):
        monkeypatch.delenv(name, raising=False)


def sessions(path: Path, count: int, **shape: Any) -> Path:
    """Write traces of as many checks."""
    return traces(path, *(check(number, **shape) for number in range(1, count + 1)))


@pytest.mark.parametrize(
    ("shape", "code", "grade"),
    [
        ({"total": 2.0}, 0, "EXCELLENT"),
        ({"total": 4.0}, 0, "GOOD"),
        ({"total": 6.0}, 10, "NEEDS ATTENTION"),
        ({"total": 9.0}, 11, "UNACCEPTABLE"),
        ({"error": "worker_crashed"}, 11, "UNACCEPTABLE"),
    ],
)
def test_check_exits_by_grade(tmp_path: Path, shape: dict[str, Any], code: int, grade: str) -> None:
    """The exit code is the verdict; the screen says why and is short."""
    run = trace_analyzer("check", sessions(tmp_path / "t.jsonl", 10, **shape))

    assert (run.returncode, run.stderr) == (code, "")
    assert run.stdout.startswith(f"{grade}  ")
    assert len(run.stdout.splitlines()) <= 24


def test_check_without_enough_sessions_exits_13(tmp_path: Path) -> None:
    """A gate must not open on nine sessions."""
    run = trace_analyzer("check", sessions(tmp_path / "t.jsonl", 9))

    assert run.returncode == 13
    assert run.stdout.startswith("INSUFFICIENT DATA  A verdict needs 10 sessions")


def test_check_says_where_to_look(tmp_path: Path) -> None:
    """The whole screen."""
    groups = [check(number, total=6, processing=4.5) for number in range(1, 10)]
    path = traces(tmp_path / "t.jsonl", *groups, check(10, error="client_gone"))

    assert (
        trace_analyzer("check", path).stdout
        == """\
NEEDS ATTENTION  The video liveness system is functional but could benefit from optimization.

  Average total time        6.000s  needs attention   (good below 5s)
  Success rate              90.00%  needs attention   (good above 90%)
  Throughput           0.167 req/s  needs attention   (good above 0.2 req/s)

  Rests on 10 ended sessions, 9 completed and 1 failed.
  Most time: analyze video (75.0% of all requests).
  Most frequent failure: client_gone (1 of 1).
"""
    )


def test_report_exits_0_whatever_it_says(tmp_path: Path) -> None:
    """A bad grade, or none, is still a report."""
    unacceptable = trace_analyzer("report", sessions(tmp_path / "t.jsonl", 20, total=30))
    (tmp_path / "empty.jsonl").touch()
    nothing = trace_analyzer("report", "empty.jsonl")

    assert (unacceptable.returncode, nothing.returncode) == (0, 0)
    assert "SYSTEM PERFORMANCE IS UNACCEPTABLE" in unacceptable.stdout
    assert "INSUFFICIENT DATA" in nothing.stdout


def test_source_comes_from_argument_then_environment_then_default(tmp_path: Path) -> None:
    """Each is taken when the one before is not there."""
    for place, count in (("var/traces", 1), ("elsewhere", 2), ("named", 3)):
        (tmp_path / place).mkdir(parents=True)
        sessions(tmp_path / place / "t.jsonl", count)
    environment = os.environ | {"TRACE_ANALYZER_SOURCE": "elsewhere"}

    runs = [
        trace_analyzer("report"),
        trace_analyzer("report", env=environment),
        trace_analyzer("report", "named", env=environment),
    ]

    assert [run.stdout.splitlines()[3] for run in runs] == [f"Total Sessions: {count}" for count in (1, 2, 3)]


def test_log_file_is_a_source(tmp_path: Path) -> None:
    """The original's direct use."""
    log(tmp_path / "performance.log", *logged_check("a"))

    run = trace_analyzer("report", "--log-file", "performance.log")

    assert run.returncode == 0
    assert "Completed Sessions: 1" in run.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "required: COMMAND"),
        (["reprot"], "invalid choice"),
        (["report", "--formt", "json"], "unrecognized arguments"),
        (["report", "--form", "json"], "unrecognized arguments"),
        (["report", "--format", "xml"], "invalid choice"),
        (["report", "t.jsonl", "--log-file", "p.log"], "not both"),
        (["report", "t.jsonl", "--last", "soon"], "not a duration"),
        (["report", "t.jsonl", "--since", "soon"], "not a time"),
        (["report", "t.jsonl", "--since", "1h", "--last", "1h"], "not both"),
        (["report", "t.jsonl", "--since", "1h", "--until", "2h"], "not after the beginning"),
        (["report", "--log-file", "p.log", "--service", "x"], "does not say which service"),
        (["check", "t.jsonl", "--thresholds", "gone.toml"], "cannot read thresholds"),
        (["tree", "t.jsonl", "--width", "9"], "not from 40 to 1000"),
        (["generate", "--sessions", "5"], "one of the arguments --traces --log-file is required"),
        (["generate", "--traces", "x", "--log-file", "y", "--sessions", "5"], "not allowed with"),
        (["generate", "--traces", "x", "--sessions", "0"], "not from 1"),
        (["generate", "--traces", "x", "--sessions", "many"], "not a number"),
        (["generate", "--traces", "x", "--sessions", "5", "--failure-rate", "nan"], "not from 0 to 1"),
        (["generate", "--traces", "t.jsonl", "--sessions", "5"], "--force replaces it"),
    ],
)
def test_usage_errors_exit_2_with_a_reason(tmp_path: Path, arguments: list[str], message: str) -> None:
    """Nothing is printed that could be taken for a result."""
    sessions(tmp_path / "t.jsonl", 1)

    run = trace_analyzer(*arguments)

    assert (run.returncode, run.stdout) == (2, "")
    assert message in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report"], "there is no var/traces yet"),
        (["report", "gone.jsonl"], "cannot read gone.jsonl: no such file or directory"),
        (["check", "*.jsonl.gz"], "no file matches *.jsonl.gz"),
        (["report", "--log-file", "gone.log"], "cannot read gone.log: no such file or directory"),
        (["tree", "empty.jsonl"], "there are no sessions in empty.jsonl"),
        (["tree", "t.jsonl", "--trace", "ffff"], "no trace is called ffff"),
        (["tree", "t.jsonl", "--trace", "0000"], "several traces are called 0000"),
        (["report", "t.jsonl", "--save", "t.jsonl/x.json"], "cannot"),
        (["generate", "--traces", "t.jsonl/x.json", "--sessions", "5"], "cannot write t.jsonl/x.json"),
    ],
)
def test_failures_exit_3_with_a_reason(tmp_path: Path, arguments: list[str], message: str) -> None:
    """One sentence, no traceback."""
    sessions(tmp_path / "t.jsonl", 2)
    (tmp_path / "empty.jsonl").touch()

    run = trace_analyzer(*arguments)

    assert run.returncode == 3
    assert run.stderr.splitlines()[-1].startswith("trace-analyzer: ")
    assert message in run.stderr
    assert "Traceback" not in run.stderr


def test_format_json_keeps_results_and_messages_apart(tmp_path: Path) -> None:
    """Standard output is one JSON document; the problems are told on standard error too."""
    path = sessions(tmp_path / "t.jsonl", 1)
    path.write_bytes(path.read_bytes() + b"nonsense\n")

    run = trace_analyzer("report", path, "--format", "json")

    assert json.loads(run.stdout)["sessions"]["completed"] == 1
    assert run.stderr == f"trace-analyzer: warning: malformed lines, skipped: 1 (first: {path}:2)\n"


def test_save_writes_the_json_report_beside_the_text(tmp_path: Path) -> None:
    """To a file of its own name, or to the one that is named; folders are made."""
    sessions(tmp_path / "t.jsonl", 1)

    unnamed = trace_analyzer("report", "t.jsonl", "--save")
    named = trace_analyzer("check", "t.jsonl", "--save", "some/where/r.json")
    again = trace_analyzer("check", "t.jsonl", "--save", "some/where/r.json")

    (saved,) = (tmp_path / "var" / "reports").iterdir()
    assert unnamed.stderr == f"trace-analyzer: report saved to var/reports/{saved.name}\n"
    assert unnamed.stdout.startswith("=====")
    assert (named.returncode, again.returncode) == (13, 13)
    for path in (saved, tmp_path / "some" / "where" / "r.json"):
        assert json.loads(path.read_text())["sessions"]["completed"] == 1
    assert [path.name for path in (tmp_path / "some" / "where").iterdir()] == ["r.json"]


def test_save_never_replaces_traces(tmp_path: Path) -> None:
    """``report --save SOURCE`` is easily typed and must not cost the traces."""
    path = sessions(tmp_path / "t.jsonl", 1)
    before = path.read_bytes()

    run = trace_analyzer("report", "--save", path, env=os.environ | {"TRACE_ANALYZER_SOURCE": str(path)})

    assert run.returncode == 2
    assert "is not a report, so it is not replaced" in run.stderr
    assert path.read_bytes() == before


def test_save_to_a_full_disk_fails_and_leaves_nothing(tmp_path: Path) -> None:
    """/dev/full stands for it; a device is written to, not replaced."""
    run = trace_analyzer("check", sessions(tmp_path / "t.jsonl", 10), "--save", "/dev/full")

    assert run.returncode == 3
    assert "cannot write /dev/full: No space left on device" in run.stderr
    assert Path("/dev/full").is_char_device()


def test_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    """``| head``: no traceback, and a gate's verdict is not lost."""
    path = sessions(tmp_path / "t.jsonl", 10, total=6)
    for arguments, code in ((["report", str(path)], 0), (["check", str(path)], 10), (["--help"], 0)):
        read, write = os.pipe()
        os.close(read)
        run = subprocess.run([SCRIPT, *arguments], stdout=write, stderr=subprocess.PIPE, check=False, timeout=60)
        os.close(write)

        assert (run.returncode, run.stderr) == (code, b"")


@pytest.mark.parametrize("arguments", [["report", "t.jsonl"], ["--help"]])
def test_output_that_cannot_be_written_exits_3(tmp_path: Path, arguments: list[str]) -> None:
    """A full disk, or no standard output at all."""
    sessions(tmp_path / "t.jsonl", 1)
    full = subprocess.run(
        ["sh", "-c", '"$@" > /dev/full', "-", SCRIPT, *arguments], capture_output=True, text=True, check=False
    )
    closed = subprocess.run(
        ["sh", "-c", '"$@" >&-', "-", SCRIPT, *arguments], capture_output=True, text=True, check=False
    )

    assert (full.returncode, full.stderr) == (
        3,
        "trace-analyzer: cannot write to standard output: No space left on device\n",
    )
    assert (closed.returncode, closed.stderr) == (3, "trace-analyzer: standard output is closed\n")


def test_closed_standard_error_and_input_are_no_tracebacks(tmp_path: Path) -> None:
    """Messages have nowhere to go then; a result still has."""
    silent = subprocess.run(["sh", "-c", '"$@" 2>&-', "-", SCRIPT, "report", "gone"], capture_output=True, check=False)
    deaf = subprocess.run(
        ["sh", "-c", '"$@" <&-', "-", SCRIPT, "report", "-"], capture_output=True, text=True, check=False
    )

    assert (silent.returncode, silent.stdout) == (3, b"")
    assert (deaf.returncode, deaf.stderr) == (3, "trace-analyzer: cannot read standard input: it is closed\n")


def test_interrupt_ends_with_130(tmp_path: Path) -> None:
    """Ctrl-C while it waits for input leaves no traceback."""
    with subprocess.Popen([SCRIPT, "report", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        # the read of this much has begun when the pipe, which holds 64 KiB, has taken it
        process.stdin.write(b"\n" * 200_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        message = process.stderr.read()

    assert (process.returncode, message) == (130, b"")


def on_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """Return what a command writes to a terminal."""
    master, slave = pty.openpty()
    subprocess.run([SCRIPT, *arguments], stdout=slave, env=environment, check=False, timeout=60)
    os.close(slave)
    written = os.read(master, 1 << 16)
    os.close(master)
    return written.decode()


def test_colours_are_for_terminals_that_want_them(tmp_path: Path) -> None:
    """Neither a pipe, nor NO_COLOR, nor a dumb terminal gets escape sequences."""
    arguments = ["check", str(sessions(tmp_path / "t.jsonl", 10))]
    terminal = os.environ | {"TERM": "xterm"}

    assert on_terminal(arguments, terminal).startswith("\x1b[1;32mEXCELLENT\x1b[0m")
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert on_terminal(arguments, terminal | plain).startswith("EXCELLENT")
    assert trace_analyzer(*arguments, env=terminal).stdout.startswith("EXCELLENT")


def test_tree_draws_the_newest_or_the_named_trace(tmp_path: Path) -> None:
    """By the beginning of its id, or by its session."""
    groups = [check(number << 124, start=start) for number, start in ((1, 0), (2, 50), (3, 20))]
    path = traces(tmp_path / "t.jsonl", *groups)

    drawn = [
        trace_analyzer("tree", path).stdout.splitlines()[0],
        trace_analyzer("tree", path, "--trace", "1").stdout.splitlines()[0],
        trace_analyzer("tree", path, "--trace", f"session-{3 << 124}").stdout.splitlines()[0],
    ]

    assert drawn == [f"Trace {number}{'0' * 31}" for number in (2, 1, 3)]


def test_tree_uses_ascii_where_the_encoding_has_nothing_else(tmp_path: Path) -> None:
    """By itself, or when asked to; and as wide as asked for."""
    path = sessions(tmp_path / "t.jsonl", 1)

    poor = trace_analyzer("tree", path, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    asked = trace_analyzer("tree", path, "--ascii", "--width", "70")
    rich = trace_analyzer("tree", path, "--width", "70", env=os.environ | {"PYTHONIOENCODING": "utf-8"})

    assert poor.stdout.isascii()
    assert asked.stdout.isascii()
    assert "█" in rich.stdout
    assert max(map(len, rich.stdout.splitlines()[3:])) == 70


def test_tree_tells_what_is_wrong_with_the_data(tmp_path: Path) -> None:
    """There is no room for it in the picture."""
    path = sessions(tmp_path / "t.jsonl", 1)
    path.write_bytes(path.read_bytes() + b"nonsense\n")

    assert "malformed lines, skipped: 1" in trace_analyzer("tree", path).stderr


@pytest.mark.parametrize("form", ["--traces", "--log-file"])
def test_generated_sessions_can_be_piped_into_a_report(form: str) -> None:
    """The loop that validates the analyzer."""
    made = trace_analyzer("generate", form, "-", "--sessions", "30", "--failure-rate", "0.1")
    source = ["-"] if form == "--traces" else ["--log-file", "-"]
    run = trace_analyzer("report", *source, input=made.stdout)

    assert (made.returncode, made.stderr, run.returncode) == (0, "", 0)
    assert "Total Sessions: 30\nCompleted Sessions: 27\nFailed Sessions: 3\nSuccess Rate: 90.00%\n" in run.stdout


def test_generate_replaces_only_with_force(tmp_path: Path) -> None:
    """The same arguments give the same bytes, on any day and in any process."""
    arguments = ["generate", "--traces", "made/t.jsonl", "--sessions", "3", "--seed", "5"]

    first = trace_analyzer(*arguments)
    content = (tmp_path / "made" / "t.jsonl").read_bytes()
    refused = trace_analyzer(*arguments)
    forced = trace_analyzer(*arguments, "--force")

    assert (first.returncode, refused.returncode, forced.returncode) == (0, 2, 0)
    assert first.stderr == "trace-analyzer: 3 sessions written to made/t.jsonl\n"
    assert (tmp_path / "made" / "t.jsonl").read_bytes() == content


def test_generate_starts_when_it_is_told_to(tmp_path: Path) -> None:
    """So that ``--last`` finds something to report on."""
    trace_analyzer("generate", "--traces", "t.jsonl", "--sessions", "5", "--start", "1d", "--days", "1")

    assert "Total Sessions: 5" in trace_analyzer("report", "t.jsonl", "--last", "2d").stdout
    assert "Total Sessions: 0" in trace_analyzer("report", "t.jsonl", "--until", "2d").stdout


def test_odd_file_names_are_no_trouble(tmp_path: Path) -> None:
    """A name that is not UTF-8 is read and shown escaped, in text and in JSON."""
    path = sessions(tmp_path / "t.jsonl", 1)
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\x1b.jsonl")
    path.rename(odd)

    text = trace_analyzer("report", odd)
    document = trace_analyzer("report", odd, "--format", "json")

    assert r"\udcff\x1b.jsonl (1 file, 4 spans)" in text.stdout
    assert json.loads(document.stdout)["source"]["name"].endswith(r"\udcff\x1b.jsonl")
