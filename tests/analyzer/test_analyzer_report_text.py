"""The text report, to the character."""

from collections.abc import Callable
from pathlib import Path

import pytest

from telemetry.analyzer.render.text import render_text
from telemetry.analyzer.report import Report
from telemetry.stages import Attribute, Stage
from tests.analyzer.by_hand import (
    Json,
    check,
    failed_line,
    log,
    log_line,
    logged_check,
    report_on_log,
    report_on_traces,
    span,
    traces,
)

ORIGINAL_SAMPLE = """\
================================================================================
VIDEO LIVENESS PERFORMANCE ANALYSIS
================================================================================
Total Sessions: 50
Completed Sessions: 42
Failed Sessions: 8
Success Rate: 84.00%

TIMING ANALYSIS:
----------------------------------------
Total Time:
  MEAN: 5.201s
  MEDIAN: 5.273s
  MIN: 1.903s
  MAX: 8.381s
  P95: 7.701s
  P99: 8.381s

PERFORMANCE METRICS:
----------------------------------------
Avg Total Time: 5.201s
Avg Processing Time: 4.130s
Processing Efficiency: 79.41%
Throughput: 0.192 req/s

RECOMMENDATIONS:
----------------------------------------
1. WARNING: Average total time is over 5 seconds - consider optimization
2. WARNING: Average processing time is over 4 seconds - analyze fewer frames or add CPU
3. WARNING: Success rate is below 95% - look into the failed sessions
4. WARNING: Throughput is below 0.2 requests per second - shorten the slowest stage

OVERALL ASSESSMENT:
----------------------------------------
SYSTEM PERFORMANCE NEEDS ATTENTION
   The video liveness system is functional but could benefit from optimization.
================================================================================
"""
"""The original's sample; the recommendations it cut short are in words of our own."""

SAMPLE_TOTALS = [1.903, *[3.754] * 19, 5.273, 5.273, *[6.505] * 17, 7.701, 8.0, 8.381]
"""42 total times that have every statistic of the sample; processing takes 1.071 seconds less."""


@pytest.fixture(autouse=True)
def utc(local_time: Callable[[str], None]) -> None:
    """Let local times be the ones written here."""
    local_time("UTC")


def sample_traces(folder: Path) -> Report:
    """Return the report on the sample's sessions as traces."""
    done = [
        check(number, start=number * 10, total=total, processing=total - 1.071)
        for number, total in enumerate(SAMPLE_TOTALS, 1)
    ]
    failed = [check(100 + number, start=number, error="unreadable_video") for number in range(8)]
    return report_on_traces(traces(folder / "t.jsonl", *done, *failed))


def sample_log(folder: Path) -> Report:
    """Return the report on the sample's sessions as a performance.log."""
    lines = [
        text
        for number, total in enumerate(SAMPLE_TOTALS)
        for text in logged_check(f"s{number}", start=number * 10, total=total, processing=total - 1.071)
    ]
    for number in range(8):
        start = f"session_id: f{number}, challenge_type: head_movement, file_size: 1"
        lines += [
            log_line("VIDEO_LIVENESS_REQUEST_START", 500 + number, start),
            failed_line(f"f{number}", at=500.5 + number, total=0.5),
        ]
    return report_on_log(log(folder / "p.log", *lines))


@pytest.mark.parametrize("source", [sample_traces, sample_log])
def test_original_part_is_the_original_s(tmp_path: Path, source: Callable[[Path], Report]) -> None:
    """Whoever parsed the original report can go on, whichever source it comes from."""
    assert render_text(source(tmp_path)).startswith(ORIGINAL_SAMPLE + "TRACE DETAILS\n")


def whole_check() -> list[Json]:
    """Return a check of ten seconds with all that the table of stages can show."""
    inner = [
        span(Stage.OPEN_VIDEO, 4.0, 4.025, identifier=10, parent=4),
        span(Stage.ANALYZE_FRAME, 4.1, 4.6, identifier=11, parent=4),
        span(Stage.ANALYZE_FRAME, 4.6, 6.1, identifier=12, parent=4),
        span(Stage.DECIDE_VERDICT, 9.0, 9.00004, identifier=13, parent=4),
        span("a stage with a very long name to come", 9.5, 9.6, identifier=14, parent=1),
    ]
    return [*check(1, total=10.0, processing=6.0), *inner]


def test_details_show_stages_and_what_is_in_none(tmp_path: Path) -> None:
    """Everything beyond the original, on one small set of sessions."""
    path = traces(
        tmp_path / "t.jsonl", whole_check(), check(2, start=1, error="client_gone"), check(3)[:-1], [], whole_check()
    )
    path.write_bytes(path.read_bytes() + b"nonsense\n")

    _, details = render_text(report_on_traces(path)).split("TRACE DETAILS\n")

    expected = f"""\
================================================================================
Source: {path} (1 file, 16 spans)
Window: 2026-01-15 10:30:15+00:00 to 2026-01-15 10:30:25+00:00 (10.0 s)
Observed Rate: 0.100 req/s (1 completed session over the window)
Incomplete Sessions: 1

STAGES:
----------------------------------------
Stage                         Count  Traces      Mean    Median        P95        P99   Share
POST /v1/liveness-checks          1       1  10.000 s  10.000 s  ~10.000 s  ~10.000 s  100.0%
  receive upload                  1       1    300 ms    300 ms    ~300 ms    ~300 ms    3.0%
  write video                     1       1    300 ms    300 ms    ~300 ms    ~300 ms    3.0%
  analyze video                   1       1   6.000 s   6.000 s   ~6.000 s   ~6.000 s   60.0%
    open video                    1       1   25.0 ms   25.0 ms   ~25.0 ms   ~25.0 ms    0.2%
    analyze frame                 2       1   1.000 s   1.000 s   ~1.500 s   ~1.500 s   20.0%
    decide verdict                1       1  0.040 ms  0.040 ms  ~0.040 ms  ~0.040 ms    0.0%
    (no stage)                            1   3.975 s   3.975 s   ~3.975 s   ~3.975 s   39.7%
  a stage with a very lon...      1       1    100 ms    100 ms    ~100 ms    ~100 ms    1.0%
  (no stage)                              1   3.600 s   3.600 s   ~3.600 s   ~3.600 s   36.0%

Rests on completed sessions only. Share is of the time of all requests; stages may overlap.
~ from fewer traces than a 95% upper bound needs: 59 for P95, 299 for P99.

VERDICTS:
----------------------------------------
bona_fide: 1 (100.00%)

FAILURES:
----------------------------------------
client_gone: 1 (100.00%)

DATA PROBLEMS:
----------------------------------------
1. malformed lines, skipped: 1 (first: {path}:6)
2. spans that occur again (same trace and span id), removed: 9
3. sessions without a known end, still running or lost, counted nowhere else: 1 (first: trace {3:032x})
================================================================================
"""
    assert details == expected


def test_report_without_sessions_says_so(tmp_path: Path) -> None:
    """No number, least of all a NaN, where nothing was measured."""
    path = tmp_path / "t.jsonl"
    path.touch()

    text = render_text(report_on_traces(path))

    assert "nan" not in text.lower().replace("analy", "")
    assert (
        """\
Total Sessions: 0
Completed Sessions: 0
Failed Sessions: 0
Success Rate: no data

TIMING ANALYSIS:
----------------------------------------
No completed sessions, so there are no times.

PERFORMANCE METRICS:
----------------------------------------
Avg Total Time: no data
Avg Processing Time: no data
Processing Efficiency: no data
Throughput: no data

RECOMMENDATIONS:
----------------------------------------
None: there are no sessions.

OVERALL ASSESSMENT:
----------------------------------------
INSUFFICIENT DATA
   A verdict needs 10 sessions that ended; there are 0.
"""
        in text
    )


def test_good_system_gets_no_advice(tmp_path: Path) -> None:
    """The section of recommendations says that there are none."""
    text = render_text(report_on_traces(traces(tmp_path / "t.jsonl", *(check(number) for number in range(1, 11)))))

    assert "None: every metric is within its threshold." in text
    assert "SYSTEM PERFORMANCE IS EXCELLENT" in text


def test_texts_from_outside_cannot_steer_a_terminal(tmp_path: Path) -> None:
    """Control characters in names come out escaped."""
    hostile = span("evil\x1b[2J\n", 0.5, 0.6, identifier=9, parent=1)
    root = span(Stage.REQUEST, 0, 1, identifier=1, attributes={Attribute.VERDICT: "\x07bell\u202e"})

    text = render_text(report_on_traces(traces(tmp_path / "t.jsonl", [root, hostile])))

    assert text.replace("\n", "").isprintable()
    assert r"evil\x1b[2J\x0a" in text
    assert r"\x07bell\u202e: 1" in text


def test_sessions_without_stages_have_a_report(tmp_path: Path) -> None:
    """A root alone says how long it took; all of it is in no stage."""
    report = report_on_traces(traces(tmp_path / "t.jsonl", [span(Stage.REQUEST, 0, 2, identifier=1)]))

    assert "Avg Processing Time: no data\nProcessing Efficiency: no data\nThroughput: 0.500 req/s" in render_text(
        report
    )
    assert report.not_covered["request"].share == 1.0


def test_requests_that_took_no_time_have_no_throughput(tmp_path: Path) -> None:
    """Nothing is divided by zero."""
    report = report_on_traces(traces(tmp_path / "t.jsonl", [span(Stage.REQUEST, 0, 0, identifier=1)]))

    assert (report.metrics.avg_total_time, report.metrics.throughput, report.metrics.observed_rate) == (0, None, None)
    assert "Throughput: no data" in render_text(report)
