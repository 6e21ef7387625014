"""``make fuzz``: damaged videos through real worker processes, and what became of them."""

import argparse
import asyncio
import sys
from pathlib import Path

from tests.fuzz.campaign import Campaign, Corpus, run

STEP = 500
"""Files between two lines of progress."""


def main() -> int:
    """Run a campaign and print its figures; 1 when a file found a fault of ours or left something on disk."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=10_000, help="files (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed gives other files (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, metavar="NUMBER", help="begin with this file")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the files that do what no file should")
    given = parser.parse_args()
    corpus = Corpus(given.seed)
    numbers = range(given.first, given.first + given.count)
    campaign = asyncio.run(run(corpus, numbers, tell=_tell))
    sys.stdout.write(report(campaign, given.seed))
    if given.keep is not None:
        keep(corpus, campaign, given.keep)
    return int(campaign.codes["internal_error"] > 0 or bool(campaign.left_behind))


def report(campaign: Campaign, seed: int) -> str:
    """Return the figures of a campaign as text."""
    total = campaign.codes.total()
    lines = [f"{total} damaged files (seed {seed}) in {campaign.seconds:.0f} s, by what became of them:"]
    lines += [f"  {count:7}  {code}" for code, count in campaign.codes.most_common()]
    lines += [f"  file {number}: {code}" for number, code in sorted(campaign.offenders)]
    lines += [f"  left behind: {name}" for name in campaign.left_behind]
    lines.append("The pool went on to the end, and every whole file was still read.")
    return "\n".join(lines) + "\n"


def keep(corpus: Corpus, campaign: Campaign, folder: Path) -> None:
    """Write the files that did what no file should into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, code in campaign.offenders:
        (folder / f"{number}-{code}").write_bytes(corpus.damaged(number))


def _tell(campaign: Campaign) -> None:
    total = campaign.codes.total()
    if total % STEP == 0:
        sys.stderr.write(f"{total} files, {len(campaign.offenders)} offenders\n")


if __name__ == "__main__":
    sys.exit(main())
