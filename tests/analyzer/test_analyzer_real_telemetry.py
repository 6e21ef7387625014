"""What the service's own code writes, read back: trace files and performance.log tell the same."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.context import Context

from service.session import Session
from telemetry.analyzer.sources import otlp
from telemetry.config import TelemetryConfig
from telemetry.setup import Telemetry, build
from telemetry.stages import Stage
from telemetry.timing_lines import TimingPoint
from tests.analyzer.by_hand import problems_of, report_on_log, report_on_traces
from tests.service.fakes import RESULT

MILLISECOND = 10**6
SESSIONS = 24


@pytest.fixture
def telemetry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Telemetry]:
    """Return telemetry that writes below the test's folder, in files so small that they are rotated."""
    for variable in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(variable)
    config = TelemetryConfig(
        traces_dir=tmp_path / "traces",
        max_file_bytes=20_000,
        max_files=100,
        performance_log=tmp_path / "performance.log",
        facematch_log=None,
    )
    built = build(config)
    yield built
    built.shutdown()


def run_checks(telemetry: Telemetry) -> None:
    """Let checks of odd lengths overlap each other; every sixth fails."""
    sessions = [Session(Stage.REQUEST, telemetry, Context()) for _ in range(SESSIONS)]
    for number, session in enumerate(sessions):
        begin = session.root.start_ns
        spent = 1_234_567 * (number + 3)
        receive = session.stages.start(Stage.RECEIVE_UPLOAD, start_ns=begin + MILLISECOND)
        session.note(TimingPoint.RECEIVE_START, receive.start_ns)
        receive.end(receive.start_ns + spent)
        session.note(TimingPoint.RECEIVE_COMPLETE, begin + spent, {"duration": receive.duration, "size": 5})
        write = session.stages.start(Stage.WRITE_VIDEO, start_ns=begin + 2 * MILLISECOND)
        write.end(write.start_ns + spent)
        session.note(TimingPoint.SAVE_COMPLETE, begin + spent, {"duration": write.duration})
        session.identify("head_movement")
        analysis = session.stages.start(Stage.ANALYZE_VIDEO, start_ns=begin + 2 * spent)
        session.note(TimingPoint.PROCESSING_START, analysis.start_ns, {"challenge_type": "head_movement"})
        analysis.end(analysis.start_ns + 5 * spent)
        done = {"duration": analysis.duration, "success": True}
        session.note(TimingPoint.PROCESSING_COMPLETE, begin + 7 * spent, done)
    for number, session in enumerate(sessions):
        if number % 6:
            session.succeed(RESULT)
        else:
            session.fail("worker_crashed")
        session.end()
    assert telemetry.flush()


def test_traces_and_log_of_the_service_agree(telemetry: Telemetry, tmp_path: Path) -> None:
    """Counts and outcomes are equal, times to the log's millisecond."""
    run_checks(telemetry)

    traced, logged = report_on_traces(tmp_path / "traces"), report_on_log(tmp_path / "performance.log")

    assert traced.sessions == logged.sessions
    assert (traced.sessions.completed, traced.failures) == (20, {"worker_crashed": 4})
    assert logged.failures == traced.failures
    assert traced.verdicts == logged.verdicts == {"bona_fide": 20}
    for name in traced.timings.__struct_fields__:
        from_traces, from_log = getattr(traced.timings, name), getattr(logged.timings, name)
        for statistic in ("count", "mean", "median", "min", "max", "p95", "p99"):
            difference = getattr(from_traces, statistic) - getattr(from_log, statistic)
            assert abs(difference) <= 0.0005 + 1e-9, (name, statistic)


def test_rotated_files_are_read_without_a_flaw(telemetry: Telemetry, tmp_path: Path) -> None:
    """Log events and metrics lie in the same folder; none of their lines is taken for a bad one."""
    run_checks(telemetry)

    loaded = otlp.load(str(tmp_path / "traces"))

    assert loaded.source.files > 3
    assert loaded.source.spans == 4 * SESSIONS
    assert (loaded.problems.problems(), loaded.table.service.values) == ([], ("video-liveness",))
    assert problems_of(report_on_traces(tmp_path / "traces")) == {}
