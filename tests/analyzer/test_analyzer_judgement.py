"""From numbers to levels, recommendations and a grade."""

from pathlib import Path

import pytest

from telemetry.analyzer.assessment import Grade, assess
from telemetry.analyzer.errors import UsageError
from telemetry.analyzer.metrics import Metrics, SessionCounts
from telemetry.analyzer.recommendations import recommend
from telemetry.analyzer.thresholds import Thresholds, load_thresholds


def counts(success_rate: float | None, total: int = 1000, incomplete: int = 0) -> SessionCounts:
    """Return session counts of this success rate."""
    completed = round(total * (success_rate or 0))
    return SessionCounts(total, completed, total - completed, incomplete, success_rate)


def metrics(total: float | None, processing: float | None = 1.0, throughput: float | None = 1.0) -> Metrics:
    """Return metrics of these times and this throughput."""
    return Metrics(total, processing, 0.5, throughput, 0.1)


@pytest.mark.parametrize(
    ("total", "level"),
    [
        (2.999, Grade.EXCELLENT),
        (3.0, Grade.GOOD),
        (4.999, Grade.GOOD),
        (5.0, Grade.NEEDS_ATTENTION),
        (7.999, Grade.NEEDS_ATTENTION),
        (8.0, Grade.UNACCEPTABLE),
    ],
)
def test_average_total_time_decides(total: float, level: Grade) -> None:
    """The limits of the original; a value on a limit belongs to the worse level."""
    assessment = assess(counts(1.0), metrics(total), Thresholds())

    assert (assessment.levels.avg_total_time, assessment.grade) == (level, level)


@pytest.mark.parametrize(
    ("rate", "level"),
    [
        (0.951, Grade.EXCELLENT),
        (0.95, Grade.GOOD),
        (0.901, Grade.GOOD),
        (0.90, Grade.NEEDS_ATTENTION),
        (0.801, Grade.NEEDS_ATTENTION),
        (0.80, Grade.UNACCEPTABLE),
    ],
)
def test_success_rate_decides(rate: float, level: Grade) -> None:
    """The limits of the original."""
    assessment = assess(counts(rate), metrics(1.0), Thresholds())

    assert (assessment.levels.success_rate, assessment.grade) == (level, level)


@pytest.mark.parametrize(
    ("throughput", "level", "grade"),
    [
        (0.201, Grade.GOOD, Grade.EXCELLENT),
        (0.2, Grade.NEEDS_ATTENTION, Grade.NEEDS_ATTENTION),
        (0.1, Grade.UNACCEPTABLE, Grade.UNACCEPTABLE),
    ],
)
def test_throughput_decides_only_when_it_is_low(throughput: float, level: Grade, grade: Grade) -> None:
    """The original knows no excellent throughput, so a good one does not stand in the way of excellence."""
    assessment = assess(counts(1.0), metrics(1.0, throughput=throughput), Thresholds())

    assert (assessment.levels.throughput, assessment.grade) == (level, grade)


def test_only_failures_are_unacceptable() -> None:
    """Without a completed session there are no times, and none are needed."""
    assessment = assess(counts(0.0), metrics(None, None, None), Thresholds())

    assert assessment.grade is Grade.UNACCEPTABLE
    assert (assessment.levels.avg_total_time, assessment.levels.throughput) == (None, None)


@pytest.mark.parametrize("total", [0, 9])
def test_few_sessions_are_not_judged(total: int) -> None:
    """However good or bad they are, and the message says how many it takes."""
    assessment = assess(counts(None if total == 0 else 1.0, total=total), metrics(None), Thresholds())

    assert assessment.grade is Grade.INSUFFICIENT_DATA
    assert assessment.message == f"A verdict needs 10 sessions that ended; there are {total}."


def test_recommendations_of_the_original_sample() -> None:
    """All four of the original, in its order."""
    found = recommend(counts(0.84, total=50), metrics(5.201, 4.130, 0.192), Thresholds())

    assert [f"{one.severity}: {one.message}" for one in found] == [
        "warning: Average total time is over 5 seconds - consider optimization",
        "warning: Average processing time is over 4 seconds - analyze fewer frames or add CPU",
        "warning: Success rate is below 95% - look into the failed sessions",
        "warning: Throughput is below 0.2 requests per second - shorten the slowest stage",
    ]


def test_beyond_what_is_acceptable_is_critical() -> None:
    """The sentence names the limit that was passed."""
    found = recommend(counts(0.5), metrics(12.0, 1.0, 0.08), Thresholds())

    assert [f"{one.severity}: {one.message.split(' - ')[0]}" for one in found] == [
        "critical: Average total time is over 8 seconds",
        "critical: Success rate is below 80%",
        "critical: Throughput is below 0.1 requests per second",
    ]


@pytest.mark.parametrize(("incomplete", "expected"), [(1, 0), (5, 0), (6, 1)])
def test_many_sessions_without_an_end_are_a_finding(incomplete: int, expected: int) -> None:
    """A few are under way at any time; more than may fail are a sign of crashes."""
    assert len(recommend(counts(1.0, total=95, incomplete=incomplete), metrics(1.0), Thresholds())) == expected


def test_nothing_to_recommend() -> None:
    """Good numbers, or none at all, lead to no advice."""
    assert recommend(counts(0.96), metrics(4.9, 3.9, 0.21), Thresholds()) == []
    assert recommend(counts(None, total=0), metrics(None, None, None), Thresholds()) == []


def test_thresholds_file_overrides_one_by_one(tmp_path: Path) -> None:
    """What it does not name keeps its default, and judging uses what it names."""
    path = tmp_path / "ours.toml"
    path.write_text("[total_time]\nexcellent = 1\ngood = 1.5\n[sample]\nmin_sessions = 2\n")

    thresholds = load_thresholds(path)

    assert (thresholds.total_time.good, thresholds.total_time.needs_attention) == (1.5, 8.0)
    assert assess(counts(1.0, total=2), metrics(1.6), thresholds).grade is Grade.NEEDS_ATTENTION
    assert "over 1.5 seconds" in recommend(counts(1.0), metrics(1.6), thresholds)[0].message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[total_tiem]\ngood = 1", "total_tiem"),
        ("[total_time]\nfine = 1", "fine"),
        ("[total_time]\ngood = 9", "must rise"),
        ("[total_time]\ngood = 0", "> 0.0"),
        ("[success_rate]\ngood = 95", "<= 1.0"),
        ("[success_rate]\ngood = 0.5", "must fall"),
        ("[throughput]\ngood = 0.05", "must fall"),
        ("[sample]\nmin_sessions = 0", ">= 1"),
        ("[total_time]\ngood = 'fast'", "float"),
        ("[total_time\n", "line 1"),
        ("\xff", "thresholds in"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    """A misspelt key must not quietly leave a default in place."""
    path = tmp_path / "ours.toml"
    path.write_bytes(text.encode("latin-1"))

    with pytest.raises(UsageError, match=reason):
        load_thresholds(path)


def test_missing_thresholds_file_is_refused(tmp_path: Path) -> None:
    """It was asked for by name."""
    with pytest.raises(UsageError, match="No such file"):
        load_thresholds(tmp_path / "gone.toml")
