"""Time that no stage accounts for."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.stages import Stage
from tests.analyzer.by_hand import check, report_on_traces, span, traces


def test_overlapping_stages_count_once(tmp_path: Path) -> None:
    """Upload 0 to 0.3, write 0.1 to 0.4, analysis 1 to 2: of two seconds, 0.6 are in no stage."""
    report = report_on_traces(traces(tmp_path / "t.jsonl", check(1, total=2.0, processing=1.0)))

    rest = report.not_covered["request"]
    assert rest.count == 1
    assert (rest.mean, rest.share) == pytest.approx((0.6, 0.3))


def test_analysis_has_a_rest_of_its_own(tmp_path: Path) -> None:
    """Of the analysis from 1 to 2, frames that overlap the decoding leave 0.4 seconds."""
    inner = [
        span(Stage.DECODE_VIDEO, 1.1, 1.5, identifier=10, parent=4),
        span(Stage.ANALYZE_FRAME, 1.2, 1.3, identifier=11, parent=4),
        span(Stage.ANALYZE_FRAME, 1.4, 1.7, identifier=12, parent=4),
    ]

    report = report_on_traces(traces(tmp_path / "t.jsonl", [*check(1), *inner]))

    assert report.not_covered[Stage.ANALYZE_VIDEO].mean == pytest.approx(0.4)
    assert report.not_covered["request"].mean == pytest.approx(0.6)


def test_stages_beyond_their_request_cover_no_more_than_it(tmp_path: Path) -> None:
    """A stage that starts early or ends late covers the part inside; one outside covers nothing."""
    root = check(1, total=2.0)[-1]
    stages = [
        span(Stage.RECEIVE_UPLOAD, -5, 0.5, identifier=2, parent=1),
        span(Stage.ANALYZE_VIDEO, 1.5, 9, identifier=3, parent=1),
        span(Stage.WRITE_VIDEO, 10, 11, identifier=4, parent=1),
    ]

    report = report_on_traces(traces(tmp_path / "t.jsonl", [root, *stages]))

    assert report.not_covered["request"].mean == pytest.approx(1.0)


intervals = st.lists(st.tuples(st.integers(-20, 120), st.integers(0, 60)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.lists(intervals, min_size=1, max_size=4))
def test_sweep_agrees_with_counting_milliseconds(sessions: list[list[tuple[int, int]]]) -> None:
    """For any stages of any sessions, the rest is what is left of 100 milliseconds when each is marked."""
    groups, expected = [], []
    for trace, stages in enumerate(sessions, 1):
        root = span(Stage.REQUEST, 0, 0.1, identifier=1, trace=trace)
        below = [
            span(Stage.WRITE_VIDEO, start / 1000, (start + length) / 1000, identifier=2 + n, trace=trace, parent=1)
            for n, (start, length) in enumerate(stages)
        ]
        groups.append([root, *below])
        marked = {moment for start, length in stages for moment in range(start, start + length)}
        expected.append(len(set(range(100)) - marked) / 1000)

    with TemporaryDirectory() as folder:
        report = report_on_traces(traces(Path(folder) / "t.jsonl", *groups))

    rest = report.not_covered["request"]
    assert rest.mean == pytest.approx(np.mean(expected))
    assert (rest.min, rest.max) == pytest.approx((min(expected), max(expected)))
