"""Shared by every test: where a requirement must be present, a test that skips for lack of it fails."""

import os
import signal
from collections.abc import Generator

import pytest

# A shell starts background jobs with SIGINT ignored, and what is ignored is inherited: no Ctrl-C would reach the
# programs under test.
signal.signal(signal.SIGINT, signal.default_int_handler)

REQUIRED_VARIABLE = "TEST_REQUIRE"
"""Names, separated by commas, of what must be present: a skip whose reason mentions one of them fails."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that skipped for lack of something required."""
    report = yield
    _fail_if_required(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that skipped for lack of something required."""
    report = yield
    _fail_if_required(report)
    return report


def _fail_if_required(report: pytest.TestReport | pytest.CollectReport) -> None:
    if not (report.skipped and isinstance(report.longrepr, tuple)):
        return
    reason = report.longrepr[2]
    required = [name.strip() for name in os.environ.get(REQUIRED_VARIABLE, "").lower().split(",")]
    if any(name and name in reason.lower() for name in required):
        report.outcome = "failed"
        report.longrepr = f"{REQUIRED_VARIABLE} does not allow this skip: {reason}"
