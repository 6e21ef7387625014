"""``python -m bench``: measure everything, and print each figure beside what it is compared with."""

import argparse
import importlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, cast

from bench.figure import CannotMeasure, NotMeasured, Row
from bench.machine import describe, pin
from bench.plan import ROOT, TESTDATA, Plan, say
from bench.table import document, markdown, render

FIGURES: Final = {
    "reading": "a check against only reading the video",
    "recognition": "a check against face_recognition on every frame",
    "tracing": "a check with and without its trace",
    "upload": "a 200 MiB upload against a bare handler",
    "workers": "throughput of two workers",
    "start": "start of the service, and its first check",
    "analyzer": "start of trace-analyzer, and a large report",
    "memory": "memory of a worker over many checks",
    "shortcuts": "what the decoder leaves out",
}
"""Module of each group of figures, and what it is about."""

SCRATCH: Final = ROOT / ".cache"


class Group(Protocol):
    """What a module of FIGURES has."""

    def measure(self, plan: Plan) -> list[Row]:
        """Measure its figures."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 when something broke, 0 otherwise, goals reached or not."""
    given = _parser().parse_args(arguments)
    pin()
    machine = describe()
    SCRATCH.mkdir(exist_ok=True)
    rows: list[Row] = []
    broken = 0
    for name in given.only or FIGURES:
        say(f"{name}: {FIGURES[name]}")
        with tempfile.TemporaryDirectory(prefix=f"bench-{os.getpid()}-", dir=SCRATCH) as folder:
            measured, intact = _measured(name, Plan(given.quick, Path(folder), given.testdata))
        rows += measured
        broken += not intact
    print(_rendered(machine, rows, given), end="")
    return int(broken > 0)


def _measured(name: str, plan: Plan) -> tuple[list[Row], bool]:
    """Return a group's rows, and whether nothing broke; one that breaks does not keep others from being measured."""
    try:
        return cast(Group, importlib.import_module(f"bench.{name}")).measure(plan), True
    except CannotMeasure as reason:
        return [NotMeasured(FIGURES[name], str(reason))], True
    except Exception:
        traceback.print_exc()
        return [NotMeasured(FIGURES[name], "it failed, see standard error")], False


def _rendered(machine: str, rows: list[Row], given: argparse.Namespace) -> str:
    if given.json:
        return json.dumps(document(machine, rows, quick=given.quick), indent=2) + "\n"
    table = markdown(rows) if given.markdown else render(rows)
    return f"{machine}\n\n{table}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench", description="Measure, and print each figure beside its goal.")
    parser.add_argument(
        "--only", action="append", choices=FIGURES, metavar="NAME", help=f"one of {', '.join(FIGURES)}; may be repeated"
    )
    parser.add_argument("--quick", action="store_true", help="fewer runs: shows that it works, not how fast it is")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print JSON instead of the table")
    form.add_argument("--markdown", action="store_true", help="print the table as docs/performance.md has it")
    parser.add_argument("--testdata", type=Path, default=TESTDATA, help="folder of clips and models (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
