"""``python -m bench.pad``: how often attacks get through and people do not, on clips that are made on the spot."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.pad.checking import engine_sets
from bench.pad.outcome import Outcome
from bench.pad.plots import draw
from bench.pad.report import render
from bench.pad.run import Order, run
from bench.pad.species import BY_NAME, SPECIES
from bench.pad.store import Store
from bench.plan import ROOT, say

FOLDER: Final = ROOT / "var" / "bench-pad"
PICTURES: Final = (".jpg", ".jpeg", ".png")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0 whatever it shows."""
    given = _parser().parse_args(arguments)
    order = Order(
        species=[one for one in SPECIES if not given.species or one.name in given.species],
        clips=given.clips,
        first_seed=given.seed,
        portraits=_files(given.portraits, PICTURES),
        models=given.models,
    )
    store = Store.opened(given.folder / "evidence", (*order.portraits, *_files(given.models, (".onnx",))))
    run(order, store, given.workers, say)
    outcomes = {
        name: [Outcome.of(key, name, store.get(name, key)) for key in order.all_keys()]
        for name in engine_sets(order.models)
    }
    for name, clips in outcomes.items():
        print(f"# {name}\n\n{render(clips)}")
        _write_lines(given.folder / f"{name}.jsonl", clips)
    for plot in draw(outcomes, given.plots or given.folder):
        say(f"{plot}")
    return 0


def _write_lines(path: Path, outcomes: Sequence[Outcome]) -> None:
    path.write_text("".join(json.dumps(outcome.document()) + "\n" for outcome in outcomes))
    say(f"{path}")


def _files(folder: Path | None, suffixes: Sequence[str]) -> tuple[Path, ...]:
    if folder is None:
        return ()
    return tuple(path.resolve() for path in sorted(folder.iterdir()) if path.suffix.lower() in suffixes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m bench.pad", description="Present people and attacks, rendered from a seed, and count the errors."
    )
    parser.add_argument("--clips", type=int, default=200, metavar="N", help="clips of each species (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first clips (%(default)s)")
    parser.add_argument(
        "--species", action="append", choices=BY_NAME, metavar="NAME", help=f"one of {', '.join(BY_NAME)}; repeatable"
    )
    parser.add_argument("--models", type=Path, metavar="DIR", help="folder with YuNet's file: a second set of engines")
    parser.add_argument("--portraits", type=Path, metavar="DIR", help="photographs to use instead of the shipped one")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (%(default)s)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where evidence and measurements go (%(default)s)")
    parser.add_argument("--plots", type=Path, metavar="DIR", help="where the plots go instead")
    return parser


if __name__ == "__main__":
    sys.exit(main())
