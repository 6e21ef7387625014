"""The distribution of every measurement for every species, with its score threshold, as PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from bench.pad.measurements import MEASUREMENTS, Measurement
from bench.pad.outcome import Outcome
from bench.pad.species import SPECIES, Kind, Species

_COLOURS: Final = {
    Kind.PERFORMED: "#1b7f3b",
    Kind.NOT_PERFORMED: "#5b8fd0",
    Kind.PLANAR: "#c0392b",
    Kind.PLANAR_TWICE: "#8e44ad",
    Kind.REPLAY: "#e08e0b",
}


def draw(outcomes: Mapping[str, Sequence[Outcome]], folder: Path) -> list[Path]:
    """Draw one figure for each measurement, a panel for each engine set; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    return [path for one in MEASUREMENTS if (path := _figure(one, outcomes, folder)) is not None]


def _figure(measurement: Measurement, outcomes: Mapping[str, Sequence[Outcome]], folder: Path) -> Path | None:
    panels = {name: lanes for name, clips in outcomes.items() if (lanes := _lanes(measurement, clips))}
    if not panels:
        return None
    rows = max(map(len, panels.values()))
    figure = Figure(figsize=(6 * len(panels), 1.4 + 0.32 * rows), layout="constrained")
    for axes, (name, lanes) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        for row, (species, values) in enumerate(reversed(lanes)):
            spread = np.random.default_rng(row).uniform(-0.3, 0.3, len(values))
            axes.scatter(values, row + spread, s=7, alpha=0.6, color=_COLOURS[species.kind], linewidths=0)
        axes.axvline(measurement.threshold, color="black", linewidth=1)
        axes.set_yticks(range(len(lanes)), [f"{one.name} ({len(values)})" for one, values in reversed(lanes)])
        axes.set(
            title=f"{name}: {measurement.constant} {measurement.threshold:g}",
            xlabel=f"{measurement.title}, {measurement.unit}",
        )
        axes.grid(axis="x", alpha=0.3)
    path = folder / f"{measurement.constant.lower()}.png"
    figure.savefig(path, dpi=100)
    return path


def _lanes(measurement: Measurement, outcomes: Sequence[Outcome]) -> list[tuple[Species, list[float]]]:
    """Return the values of every species that has any."""
    lanes = [(one, _values(measurement, outcomes, one)) for one in SPECIES]
    return [(species, values) for species, values in lanes if values]


def _values(measurement: Measurement, outcomes: Sequence[Outcome], species: Species) -> list[float]:
    return [value for one in outcomes if one.species is species for value in measurement.values(one)]
