"""The result of a run: an aligned table for people, Markdown for the documents, JSON for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from bench.figure import Figure, NotMeasured, Row

HEADINGS: Final = ("figure", "ours", "compared with", "ratio", "goal", "reached", "runs")


def render(rows: Sequence[Row]) -> str:
    """Return the table of figures."""
    return aligned(HEADINGS, [_cells(row) for row in rows])


def markdown(rows: Sequence[Row]) -> str:
    """Return the table of figures in Markdown, for docs/performance.md."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *(_cells(row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def aligned(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells under headings, each column as wide as its widest cell.

    A line with fewer cells than headings ends in a remark, which may run across the columns that follow.
    """
    whole = [line for line in [headings, *lines] if len(line) == len(headings)]
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    rule = ["-" * width for width in widths]
    return "".join(_padded(line, widths) + "\n" for line in [headings, rule, *lines])


def document(machine: str, rows: Sequence[Row], *, quick: bool) -> dict[str, Any]:
    """Return the same as a document of plain values; each goal says whether it was reached."""
    return {"machine": machine, "quick": quick, "figures": [_members(row) for row in rows]}


def _cells(row: Row) -> tuple[str, ...]:
    if isinstance(row, NotMeasured):
        return row.name, f"not measured: {row.reason}"
    return (
        row.name,
        str(row.ours),
        f"{row.other}, {row.compared_with}" if row.other is not None else row.compared_with,
        _ratio(row),
        ", ".join(str(goal) for goal in row.goals),
        ", ".join("yes" if row.reached(goal) else "no" for goal in row.goals),
        str(row.runs) if row.other_runs is None else f"{row.runs} and {row.other_runs}",
    )


def _ratio(figure: Figure) -> str:
    if figure.ratio is None:
        return ""
    if figure.interval is None:
        return f"{figure.ratio:.2f}"
    low, high = figure.interval
    return f"{figure.ratio:.4f} ({low:.4f} to {high:.4f})"


def _padded(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()


def _members(row: Row) -> dict[str, Any]:
    members = asdict(row)
    if isinstance(row, Figure):
        members["goals"] = [
            {"bound": goal.bound, "limit": goal.limit, "of": goal.of.value, "reached": row.reached(goal)}
            for goal in row.goals
        ]
    return members
