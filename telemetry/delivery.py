"""Handing data to an exporter, and telling people once when that stops working and once when it works again.

Exporters log every attempt that fails. While a delivery runs, what its exporter logs is demoted to DEBUG and
the first message becomes the reason in the one warning: the later ones tell of retries.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from typing import Final, Protocol

from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, detach, set_value

from telemetry.outage import Outage

_logger = logging.getLogger(__name__)

EXPORTER_LOGGERS: Final = (
    "opentelemetry.exporter.otlp.proto.grpc.exporter",
    "opentelemetry.exporter.otlp.proto.http._log_exporter",
    "opentelemetry.exporter.otlp.proto.http.metric_exporter",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "telemetry.otlp_files",
)
"""Loggers of the exporters; filters do not reach the children of a logger, so each is named."""


class Exporter(Protocol):
    """What the exporters of all signals have in common."""

    @property
    def export(self) -> Callable[..., Enum]:
        """Hand over a batch; the result is named SUCCESS or FAILURE."""

    @property
    def shutdown(self) -> Callable[..., None]:
        """Give up what is still under way."""


class Delivery:
    """Calls an exporter, never raises, and reports failure and recovery of its destination once each."""

    def __init__(self, exporter: Exporter, destination: str) -> None:
        self._exporter = exporter
        self._outage = Outage(_logger, destination)

    def __call__(self, *args: object, **kwargs: object) -> bool:
        """Export; return whether the exporter took the data."""
        messages: list[str] = []
        try:
            with _uninstrumented(), _demoted.listening(messages):
                result = self._exporter.export(*args, **kwargs).name
        except Exception as error:
            result = repr(error)
        if result == "SUCCESS":
            self._outage.succeeded()
        else:
            self._outage.failed(messages[0] if messages else result)
        return result == "SUCCESS"

    def close(self) -> None:
        """End the exporter; an export under way fails where the exporter can make it."""
        with _uninstrumented(), _demoted.listening([]):
            self._exporter.shutdown()


class DemotedRecords(logging.Filter):
    """Turns what a thread logs while it is listened to into DEBUG records, and remembers the messages."""

    def __init__(self) -> None:
        super().__init__()
        self._local = threading.local()

    @contextmanager
    def listening(self, messages: list[str]) -> Iterator[None]:
        """Demote this thread's records and add their messages to a list."""
        self._local.messages = messages
        try:
            yield
        finally:
            self._local.messages = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass records of other threads as they are, those of this one only to who wants DEBUG."""
        messages: list[str] | None = getattr(self._local, "messages", None)
        if messages is None:
            return True
        messages.append(record.getMessage())
        record.levelno, record.levelname = logging.DEBUG, logging.getLevelName(logging.DEBUG)
        return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


_demoted = DemotedRecords()


def demote_exporter_logs() -> None:
    """Route what exporters log through our filter, ahead of the SDK's own, which hides repetitions from it."""
    for name in EXPORTER_LOGGERS:
        filters = logging.getLogger(name).filters
        if _demoted not in filters:
            filters.insert(0, _demoted)


@contextmanager
def _uninstrumented() -> Iterator[None]:
    """Keep instrumented HTTP and gRPC clients from tracing the export itself."""
    token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
    try:
        yield
    finally:
        detach(token)
