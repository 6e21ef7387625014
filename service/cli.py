"""The ``liveness`` command: one module for each sub-command, loaded only when it is asked for.

A module of a command has ``add_arguments(parser)`` and ``run(arguments)``, which returns the exit code.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence
from typing import Final, Protocol, cast

from service.exits import INTERRUPTED, USAGE
from service.settings import BadSettings
from telemetry.environment import TelemetryConfigError

COMMANDS: Final = {
    "serve": ("service.serve_command", "answer checks over HTTP until told to stop"),
    "check": ("service.check_command", "check one video without HTTP"),
    "samples": ("service.samples_command", "make sample videos on the spot"),
    "models": ("service.models_command", "show and fetch the optional model files"),
    "demo": ("service.demo_command", "show the whole in a minute, with samples or a video of yours"),
}
"""Module and summary of each command."""


class Command(Protocol):
    """What the module of a command has."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it and return the exit code."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given)
    except (BadSettings, TelemetryConfigError) as error:
        for line in str(error).splitlines():
            sys.stderr.write(f"liveness: {line}\n")
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(given: list[str]) -> int:
    parser = argparse.ArgumentParser("liveness", description="Check whether the person in a video is really there.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, dest="command")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name in given[:1]:
            _load(module).add_arguments(command)
    chosen = parser.parse_args(given)
    return _load(COMMANDS[chosen.command][0]).run(chosen)


def _load(module: str) -> Command:
    return cast(Command, importlib.import_module(module))
