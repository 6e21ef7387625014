"""A trace as a picture."""

from collections.abc import Callable
from pathlib import Path

import pytest

from telemetry.analyzer.axis import TimeAxis
from telemetry.analyzer.bars import ASCII, BLOCKS, bar, density
from telemetry.analyzer.sources import otlp
from telemetry.analyzer.tree import Style, render_tree
from telemetry.stages import Attribute, Stage
from tests.analyzer.by_hand import Json, check, span, traces


@pytest.fixture(autouse=True)
def utc(local_time: Callable[[str], None]) -> None:
    """Let local times be the ones written here."""
    local_time("UTC")


def drawn(folder: Path, spans: list[Json], style: Style) -> str:
    """Return the picture of the first trace of some spans."""
    return render_tree(otlp.load(str(traces(folder / "t.jsonl", spans))).table, 0, style)


TIMES = "\N{MULTIPLICATION SIGN}"


def framed_check() -> list[Json]:
    """Return a check with three frames, of which the middle one takes long."""
    times = [(1.0, 1.1), (1.2, 1.7), (1.8, 1.9)]
    frames = [
        span(Stage.ANALYZE_FRAME, start, end, identifier=10 + n, parent=4) for n, (start, end) in enumerate(times)
    ]
    return [*check(1), *frames, span(Stage.DECIDE_VERDICT, 1.95, 1.95001, identifier=20, parent=4)]


def test_picture_in_blocks(tmp_path: Path) -> None:
    """Names by depth, frames in one row, bars where the time went, and a ruler of round times."""
    expected = f"""\
Trace {1:032x}
Session session-1, 2026-01-15 10:30:15+00:00, completed in 2.000 s: bona_fide

POST /v1/liveness-checks    2.000 s  ███████████████████████████████████████████
├─ receive upload            300 ms  ██████▌
├─ write video               300 ms    ██████▋
└─ analyze video            1.000 s                       ▐█████████████████████
   ├─ analyze frame {TIMES} 3      700 ms                       ▄█▅ ▂██████████▄ ▂█▇
   └─ decide verdict       0.010 ms                                           ▕
                                     ├────────────────────┼────────────────────┤
                                     0                   1 s                 2 s
"""
    assert drawn(tmp_path, framed_check(), Style(width=80)) == expected


def test_picture_in_ascii(tmp_path: Path) -> None:
    """The same for a terminal that has no block characters."""
    expected = """\
POST /v1/liveness-checks    2.000 s  ###########################################
|- receive upload            300 ms  ######-
|- write video               300 ms    ######=
`- analyze video            1.000 s                       =#####################
   |- analyze frame x 3      700 ms                       :#= .##########: .#=
   `- decide verdict       0.010 ms                                           -
                                     |--------------------|--------------------|
                                     0                   1 s                 2 s
"""
    assert drawn(tmp_path, framed_check(), Style(width=80, ascii_only=True)).split("\n\n")[1] == expected


def test_failed_stages_are_marked(tmp_path: Path) -> None:
    """By a cross, and in red where there are colours."""
    text = drawn(tmp_path, check(1, error="client_gone"), Style(width=80, colour=True))

    assert "failed after 2.000 s: client_gone" in text
    assert "POST /v1/liveness-checks ✗    2.000 s  \x1b[31m█" in text
    assert "├─ write video                 300 ms  \x1b[36m  ██" in text


def test_trace_without_a_root_is_drawn_as_far_as_it_is_known(tmp_path: Path) -> None:
    """What is there of an incomplete session is side by side."""
    text = drawn(tmp_path, check(1)[:-1], Style(width=80))

    assert "Incomplete: the request itself was never recorded." in text
    assert [line.split("  ")[0] for line in text.splitlines()[3:6]] == [
        "receive upload",
        "write video",
        "analyze video",
    ]


def test_root_without_an_end_is_drawn(tmp_path: Path) -> None:
    """It has no duration, but it has a start and stages."""
    root = span(Stage.REQUEST, 1, 0, identifier=1, attributes={Attribute.SESSION_ID: "a"})

    text = drawn(tmp_path, [root, *check(1)[:-1]], Style(width=80))

    assert "Session a, 2026-01-15 10:30:16+00:00, incomplete: no end" in text
    assert "POST /v1/liveness-checks     no end" in text


@pytest.mark.parametrize("width", [1, 40, 60, 200])
def test_picture_fits_its_width(tmp_path: Path, width: int) -> None:
    """Never wider than asked for, down to what names, durations and a short bar need."""
    text = drawn(tmp_path, framed_check(), Style(width=width))

    assert max(map(len, text.splitlines()[3:])) <= max(width, 57)


def test_long_and_strange_names_are_cut_and_escaped(tmp_path: Path) -> None:
    """A name may hold anything."""
    text = drawn(tmp_path, [span("\x1b[2J" + "n" * 99, 0, 0, identifier=1)], Style())

    assert text.replace("\n", "").isprintable()
    assert r"\x1b[2Jnnn" in text
    assert "n… " in text


def test_deep_chains_and_cycles_end(tmp_path: Path) -> None:
    """Neither recursion nor an endless picture."""
    chain = [span(f"s{n}", 0, 1, identifier=n, parent=n - 1 if n > 1 else None) for n in range(1, 2000)]
    cycle = [span("c", 0, 1, identifier=9001, parent=9002), span("c", 0, 1, identifier=9002, parent=9001)]

    assert len(drawn(tmp_path, [*chain, *cycle], Style()).splitlines()) < 50


@pytest.mark.parametrize(
    ("interval", "blocks", "letters"),
    [
        ((0.0, 1.0), "██████████", "##########"),
        ((0.0, 0.55), "█████▌", "#####="),
        ((0.15, 0.5), " ▐███", " =###"),
        ((0.31, 0.33), "   ▎", "   -"),
        ((0.37, 0.39), "   ▕", "   -"),
        ((0.5, 0.5), "     ▏", "     -"),
        ((1.0, 1.0), "         ▕", "         -"),
        ((-3.0, 9.0), "██████████", "##########"),
        ((0.2, 0.501), "  ███", "  ###"),
    ],
)
def test_bars(interval: tuple[float, float], blocks: str, letters: str) -> None:
    """A bar is exact to an eighth at its end and to a third at its start; the shortest is seen."""
    assert (bar(interval, 10, BLOCKS), bar(interval, 10, ASCII)) == (blocks, letters)


def test_density_is_the_filled_part_of_each_cell() -> None:
    """Empty, a speck, half, full; what overlaps is no more than full."""
    intervals = [(0.25, 0.25), (0.5, 0.625), (0.75, 1.0), (0.8, 1.0)]

    assert density(intervals, 4, BLOCKS) == " ▁▄█"
    assert density(intervals, 4, ASCII) == " .:#"


@pytest.mark.parametrize(
    ("seconds", "labels"),
    [
        (0, "0 0.0005 ms 0.001 ms"),
        (0.0004, "0 0.1 ms 0.2 ms 0.3 ms 0.4 ms"),
        (0.7, "0 200 ms 400 ms 600 ms"),
        (1, "0 0.5 s 1 s"),
        (45, "0 20 s 40 s"),
    ],
)
def test_axis_has_round_times(seconds: float, labels: str) -> None:
    """Steps of 1, 2 or 5, in the unit that suits the whole."""
    ruler, line = TimeAxis(0, round(seconds * 1e9)).scale(60, BLOCKS)

    assert len(ruler) == 60
    assert " ".join(line.split()) == labels
