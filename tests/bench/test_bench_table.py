"""The table: what a reader sees, and what a program does."""

import json

import pytest

from bench.figure import (
    Figure,
    NotMeasured,
    Quantity,
    compared,
    ours_at_most,
    ratio_at_least,
    ratio_at_most,
    significant,
)
from bench.table import document, markdown, render


def cells(row: Figure) -> list[str]:
    """Return the cells of a row as they are printed."""
    return [cell for cell in render([row]).splitlines()[2].split("  ") if cell]


def test_figure_stands_beside_what_it_is_compared_with() -> None:
    """Both values, their ratio, the goal, whether it was reached, and how many runs that rests on."""
    row = compared("a check", 0.5, "reading", 1.0, ratio_at_most(0.75), unit="s", runs=9)

    assert [cell.strip() for cell in cells(row)] == [
        "a check",
        "0.500 s",
        "1.00 s, reading",
        "0.50",
        "at most 0.75",
        "yes",
        "9",
    ]


def test_missed_goal_is_printed_as_missed() -> None:
    """Each goal of a figure has its own answer."""
    row = compared("a check", 0.9, "reading", 1.0, ratio_at_most(1.0), ratio_at_most(0.75), unit="s", runs=9)

    assert "yes, no" in render([row])


@pytest.mark.parametrize(
    ("value", "reached"), [(16.0, True), (16.1, False)], ids=["at the limit", "just above the limit"]
)
def test_goal_of_our_own_value(value: float, reached: bool) -> None:
    """A goal may be about the value itself, and holds at the limit."""
    goal = ours_at_most(16, "MiB")

    assert Figure("memory", Quantity(value, "MiB"), 1, goals=(goal,)).reached(goal) is reached


def test_ratio_that_should_be_large() -> None:
    """Speed is wanted to be at least so much."""
    assert ratio_at_least(0.8).reached(0.8)
    assert not ratio_at_least(0.8).reached(0.79)


def test_columns_are_aligned() -> None:
    """Every row begins each cell where the heading does, however long the others are."""
    rows = [Figure("short", Quantity(1, "s"), 1), Figure("a much longer name", Quantity(123.4, "MiB/s"), 15)]

    heading, _, *lines = render(rows).splitlines()

    assert [line.index(unit) for line, unit in zip(lines, ("1.00 s", "123 MiB/s"), strict=True)] == [
        heading.index("ours")
    ] * 2
    assert {line[heading.index("runs") :] for line in lines} == {"1", "15"}


def test_what_was_not_measured_says_why() -> None:
    """The reason stands where the values would, and widens no column."""
    row = Figure("a", Quantity(1, "s"), 1)

    text = render([row, NotMeasured("b", "testdata missing " * 5)])

    assert "not measured: testdata missing" in text
    assert text.startswith(render([row]))


def test_interval_is_printed_with_its_ratio() -> None:
    """Where noise is as large as the effect, the table shows it."""
    row = Figure("tracing", Quantity(1, "s"), 9, ratio=1.0049, interval=(1.0011, 1.0098))

    assert "1.0049 (1.0011 to 1.0098)" in render([row])


def test_markdown_has_the_same_cells() -> None:
    """The table of docs/performance.md is the one that was printed."""
    row = compared("a check", 0.9, "reading", 1.0, ratio_at_most(0.75), unit="s", runs=9)

    heading, rule, line, unmeasured = markdown([row, NotMeasured("b", "testdata missing")]).splitlines()

    assert heading == "| figure | ours | compared with | ratio | goal | reached | runs |"
    assert set(rule) == {"|", "-", " "}
    assert line == "| a check | 0.900 s | 1.00 s, reading | 0.90 | at most 0.75 | no | 9 |"
    assert unmeasured == "| b | not measured: testdata missing |"


def test_document_holds_what_the_table_shows() -> None:
    """JSON has plain numbers, and the answer to each goal."""
    row = compared("a check", 0.9, "reading", 1.0, ratio_at_most(0.75), unit="s", runs=9)

    read_back = json.loads(json.dumps(document("2 cores", [row, NotMeasured("b", "why")], quick=True)))

    assert (read_back["machine"], read_back["quick"]) == ("2 cores", True)
    assert read_back["figures"][0]["ours"] == {"value": 0.9, "unit": "s"}
    assert read_back["figures"][0]["goals"] == [{"bound": "at most", "limit": 0.75, "of": "ratio", "reached": False}]
    assert read_back["figures"][1] == {"name": "b", "reason": "why"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.01234, "0.0123"),
        (0.5, "0.500"),
        (9.999, "10.0"),
        (12.34, "12.3"),
        (1234.5, "1234"),
        (-3.14159, "-3.14"),
    ],
)
def test_numbers_are_written_for_reading(value: float, text: str) -> None:
    """Three digits that count, never an exponent."""
    assert significant(value) == text
