"""docs/trace-analyzer.md against the command line itself."""

import argparse
import re
from pathlib import Path

import msgspec
import pytest

from telemetry.analyzer.cli import COMMANDS, build_parser
from telemetry.analyzer.errors import ExitCode
from telemetry.analyzer.thresholds import Thresholds, load_thresholds
from tests.analyzer.by_hand import trace_analyzer

DOCUMENT = (Path(__file__).parents[2] / "docs" / "trace-analyzer.md").read_text()
SECTIONS = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", DOCUMENT, re.MULTILINE | re.DOTALL))


def options_of(command: str) -> set[str]:
    """Return the options a command has, by its parser."""
    (commands,) = (
        action.choices for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    return {
        option for action in commands[command]._actions for option in action.option_strings if option.startswith("--")
    }


def test_every_command_is_documented_and_no_other() -> None:
    """In the order of the help."""
    assert list(SECTIONS) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented_and_no_other(command: str) -> None:
    """In the synopsis and, where a command has options of its own, in their table."""
    synopsis, _, rest = SECTIONS[command].strip("\n").partition("\n\n")
    tables = set(re.findall(r"`(--[a-z-]+)`", "\n".join(re.findall(r"^\| ([^|]+) \|", rest, re.MULTILINE))))

    assert set(re.findall(r"--[a-z][a-z-]+", synopsis)) | {"--help"} == options_of(command)
    if command != "check":
        assert tables | {"--help"} == options_of(command)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_has_examples(command: str) -> None:
    """Whoever asks for help sees how it is used."""
    run = trace_analyzer(command, "--help")

    assert run.returncode == 0
    assert f"trace-analyzer {command}" in run.stdout.split("examples:")[1]


def test_exit_codes_are_the_documented_ones() -> None:
    """All that there are, and the one kept for later."""
    section = DOCUMENT.split("## Exit codes\n")[1].split("\n## ")[0]

    assert [int(code) for code in re.findall(r"^\| (\d+) \|", section, re.MULTILINE)] == sorted([*ExitCode, 12])


def test_documented_thresholds_are_the_defaults() -> None:
    """The table of the levels, as the defaults have them."""
    defaults = Thresholds()
    rows: dict[str, list[float]] = {
        "total_time": [defaults.total_time.excellent, defaults.total_time.good, defaults.total_time.needs_attention],
        "success_rate": [
            round(100 * limit)
            for limit in (
                defaults.success_rate.excellent,
                defaults.success_rate.good,
                defaults.success_rate.needs_attention,
            )
        ],
        "throughput": [defaults.throughput.good, defaults.throughput.needs_attention],
        "processing_time": [defaults.processing_time.good],
        "sample": [defaults.sample.min_sessions],
    }

    assert set(rows) == {field.name for field in msgspec.structs.fields(Thresholds)}
    for key, limits in rows.items():
        (row,) = re.findall(rf"^\|[^|]+\| `{key}` \|(.*)$", DOCUMENT, re.MULTILINE)
        assert [float(number) for number in re.findall(r"\d+(?:\.\d+)?", row)][: len(limits)] == limits


def test_documented_thresholds_file_is_accepted(tmp_path: Path) -> None:
    """It can be copied as it stands, and it names every key there is."""
    section = DOCUMENT.split("## Thresholds\n")[1].split("\n## ")[0]
    example = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))
    path = tmp_path / "ours.toml"
    path.write_text(example)

    loaded = load_thresholds(path)

    assert loaded.sample.min_sessions == 30
    named = set(re.findall(r"^(\w+) =|^\[(\w+)\]", example, re.MULTILINE))
    for field in msgspec.structs.fields(Thresholds):
        assert ("", field.name) in named
        for key in getattr(loaded, field.name).__struct_fields__:
            assert (key, "") in named
