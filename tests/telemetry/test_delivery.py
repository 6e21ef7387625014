"""Deliveries: an exporter that fails is reported once, in its own words, and so is its recovery."""

import logging
import threading
from collections.abc import Iterator
from enum import Enum

import pytest

from telemetry.delivery import EXPORTER_LOGGERS, Delivery, demote_exporter_logs

SDK_LOG = logging.getLogger(EXPORTER_LOGGERS[0])


class Outcome(Enum):
    """What exporting can come to."""

    SUCCESS = 0
    FAILURE = 1


class TalkativeExporter:
    """An exporter that logs what goes wrong, as the SDK's do, and raises when told to."""

    def __init__(self) -> None:
        self.works = False
        self.error: Exception | None = None

    def export(self, batch: list[int]) -> Outcome:
        """Fail, or not."""
        if self.error is not None:
            raise self.error
        if self.works:
            return Outcome.SUCCESS
        SDK_LOG.warning("connection %s, retrying", "refused")
        SDK_LOG.error("gave up")
        return Outcome.FAILURE

    def shutdown(self) -> None:
        """Log, as ending in the middle of an export does."""
        SDK_LOG.warning("aborting retry")


@pytest.fixture(autouse=True)
def demoted() -> Iterator[None]:
    """Route the exporters' logs as telemetry does, and put the loggers back."""
    demote_exporter_logs()
    yield
    SDK_LOG.setLevel(logging.NOTSET)


def test_failures_are_reported_once_with_their_reason(caplog: pytest.LogCaptureFixture) -> None:
    """Any number of failures in a row is one warning that gives the first thing the exporter said."""
    delivery = Delivery(TalkativeExporter(), "things")

    assert [delivery([1]) for _ in range(3)] == [False] * 3
    assert caplog.messages == ["cannot write things, will keep trying: connection refused, retrying"]


def test_recovery_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    """When it works again that is one line; then a new failure is news again."""
    exporter = TalkativeExporter()
    delivery = Delivery(exporter, "things")
    for exporter.works in (True, False, True, True, False):
        delivery([1])

    assert [message.split(",")[0] for message in caplog.messages] == [
        "cannot write things",
        "can write things again",
        "cannot write things",
    ]


def test_an_exporter_that_raises_is_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    """A mistake inside an exporter reaches the log and nobody else."""
    exporter = TalkativeExporter()
    exporter.error = ValueError("no such encoding")

    assert not Delivery(exporter, "things")([1])
    assert caplog.messages == ["cannot write things, will keep trying: ValueError('no such encoding')"]


def test_debug_logging_shows_every_message(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is swallowed: who sets the exporter's logger to DEBUG sees all it says."""
    caplog.set_level(logging.DEBUG, SDK_LOG.name)
    Delivery(TalkativeExporter(), "things")([1])

    assert [(record.levelno, record.message) for record in caplog.records if record.name == SDK_LOG.name] == [
        (logging.DEBUG, "connection refused, retrying"),
        (logging.DEBUG, "gave up"),
    ]


def test_ending_an_exporter_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    """What an exporter says when it is ended is not worth a warning."""
    Delivery(TalkativeExporter(), "things").close()

    assert caplog.messages == []


def test_others_may_use_the_same_loggers(caplog: pytest.LogCaptureFixture) -> None:
    """A warning from outside a delivery, in any thread, passes as it is."""
    Delivery(TalkativeExporter(), "things")([1])
    thread = threading.Thread(target=SDK_LOG.warning, args=("certificate not found",))
    thread.start()
    thread.join()

    assert caplog.records[-1].levelno == logging.WARNING
    assert caplog.messages[-1] == "certificate not found"
