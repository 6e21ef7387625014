"""``python -m bench.occlusion``: fit the filters that tell covered faces, and count how often they are right."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from bench.occlusion.covers import COVERS
from bench.occlusion.examples import UNCOVERED, Example, examples, filmed, load_yunet, photographed, rendered
from bench.occlusion.fitting import fitted_eye, fitted_mouth
from bench.pad.rates import Rate
from bench.plan import TESTDATA, say
from pipeline.detectors import DlibDetector
from pipeline.occlusion import Part, measure_occlusion
from pipeline.quality import MAX_OCCLUSION

SHIPPED, ON_PORTRAITS = range(80), range(80, 160)
"""Seeds of the people that filters are fitted to, and of those they are tried on."""

FIRST_HALF: Final = ("d0", "d9", "d12", "d18", "obama", "obama2", "s0", "s1")
"""Clips and photographs the score threshold was chosen with; the others show how good the choice is."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit to people rendered from the shipped portrait, or try the filters in the code on everybody else."""
    given = _parser().parse_args(arguments)
    yunet, dlib = load_yunet(given.testdata / "models"), DlibDetector()
    if given.fit:
        people = ((f"{seed}", rendered(seed, ())) for seed in SHIPPED)
        shown = [one for name, pictures in people for one in _said(examples(name, pictures, yunet, dlib))]
        for part in (fitted_mouth(shown), fitted_eye(shown)):
            print(_as_code(part))
        return 0
    halves: dict[bool, list[Example]] = {True: [], False: []}
    for name, in_first_half, pictures in _others(given.testdata):
        halves[in_first_half] += _said(examples(name, pictures, yunet, dlib))
    for in_first_half, shown in halves.items():
        print(f"## {'for choosing' if in_first_half else 'held out'}\n\n{_table(shown)}\n")
    return 0


def _others(testdata: Path) -> Iterator[tuple[str, bool, list[np.ndarray[tuple[int, ...], np.dtype[np.uint8]]]]]:
    """Yield everybody the filters were not fitted to, by name, half and pictures."""
    photos = tuple(sorted((testdata / "images").glob("*.jpg")))
    for clip in sorted((testdata / "videos").glob("*.mp4")):
        yield f"video {clip.stem}", clip.stem in FIRST_HALF, filmed(clip)
    for photo in photos:
        yield f"photo {photo.stem}", photo.stem in FIRST_HALF, photographed(photo)
    for seed in ON_PORTRAITS:
        portrait = photos[seed // 2 % len(photos)]
        yield f"{seed}", portrait.stem in FIRST_HALF, rendered(seed, photos)


def _said(shown: Iterator[Example]) -> list[Example]:
    found = list(shown)
    say(found[0].person)
    return found


def _table(shown: Sequence[Example]) -> str:
    lines = [
        "| shown | engines | clips | face found | called covered | 5, 50 and 95 % of the values |",
        "|---|---|---|---|---|---|",
    ]
    for kind in (*UNCOVERED, *COVERS):
        for engines in ("yunet", "dlib"):
            clips = [one for one in shown if (one.kind, one.engines) == (kind, engines)]
            values = [measure_occlusion(one.observations) or 0.0 for one in clips if one.is_found]
            called = Rate(sum(value > MAX_OCCLUSION for value in values), len(values))
            spread = ", ".join(f"{value:.2f}" for value in np.percentile(values or [0.0], (5, 50, 95)))
            lines.append(f"| {kind} | {engines} | {len(clips)} | {len(values)} | {called.count}: {called} | {spread} |")
    return "\n".join(lines)


def _as_code(part: Part) -> str:
    """Return weights in hundredths and the bias, to be put into pipeline.occlusion."""
    rows = np.round(part.weights.reshape(-1, part.weights.shape[-1]) * 100).astype(int)
    return "\n".join(f"    ({', '.join(str(value) for value in row)})," for row in rows) + f"\n{part.bias:.3f}\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.occlusion", description=main.__doc__)
    parser.add_argument("--fit", action="store_true", help="fit the filters and print them")
    parser.add_argument("--testdata", type=Path, default=TESTDATA, help="folder with videos, images and models")
    return parser


if __name__ == "__main__":
    sys.exit(main())
