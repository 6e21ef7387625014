"""Switching telemetry on in a process, and off again in time."""

import atexit
import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk.metrics import MeterProvider

from telemetry.config import TelemetryConfig
from telemetry.providers import Providers, make_providers
from telemetry.timing_points import TimingLog

SHUTDOWN_SECONDS: Final = 3.0
"""How long a process that ends waits for a Collector: short beside the ten seconds a container is given."""

FLUSH_SECONDS: Final = 10.0
"""How long a flush waits: as long as one OTLP export may take by default."""

_logger = logging.getLogger(__name__)


class Telemetry:
    """The telemetry of one process: its timing log and its providers, which `configure` makes global."""

    def __init__(self, timing_log: TimingLog, providers: Providers) -> None:
        self.timing_log = timing_log
        self.providers = providers
        self._ended = threading.Event()
        atexit.register(self.shutdown)

    def flush_soon(self) -> None:
        """Have what has been recorded exported in the background; returns at once."""
        for batcher in self.providers.batchers:
            batcher.request_flush()

    def flush(self, timeout: float = FLUSH_SECONDS) -> bool:
        """Export what has been recorded, metrics included; blocks, so never call it on the event loop.

        Returns whether everything was handed over or given up within ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        self.flush_soon()
        done = [batcher.flush(_left(deadline)) for batcher in self.providers.batchers]
        if isinstance(self.providers.meter, MeterProvider):
            done.append(_within(deadline, self.providers.meter.force_flush))
        return all(done)

    def shutdown(self) -> None:
        """Export what is left and stop, within SHUTDOWN_SECONDS whatever the Collector does; once."""
        if self._ended.is_set():
            return
        self._ended.set()
        atexit.unregister(self.shutdown)
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        for batcher in self.providers.batchers:
            batcher.stop()
        if isinstance(self.providers.meter, MeterProvider):
            _within(deadline, self.providers.meter.shutdown)
        for batcher in self.providers.batchers:
            if not batcher.join(_left(deadline)):
                _logger.warning("ended before all %s were exported", batcher.name)


def configure(config: TelemetryConfig) -> Telemetry:
    """Switch telemetry on for this process; the environment decides where spans, logs and metrics go.

    Raises:
        TelemetryConfigError: an OTEL_* variable has a value we do not know.
        RuntimeError: this process has providers already; OpenTelemetry lets them be set only once.
    """
    untouched = isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)
    if not untouched:
        raise RuntimeError("OpenTelemetry is already set up in this process")
    telemetry = build(config)
    trace.set_tracer_provider(telemetry.providers.tracer)
    _logs.set_logger_provider(telemetry.providers.logger)
    metrics.set_meter_provider(telemetry.providers.meter)
    return telemetry


def build(config: TelemetryConfig) -> Telemetry:
    """Make what `configure` makes, but leave the providers of the process as they are.

    Raises:
        TelemetryConfigError: an OTEL_* variable has a value we do not know.
    """
    providers = make_providers(config)
    return Telemetry(TimingLog(config.performance_log, config.facematch_log, providers.logger), providers)


def _left(deadline: float) -> float:
    return max(0.0, deadline - time.monotonic())


def _within(deadline: float, call: Callable[[float], object]) -> bool:
    """Call with the milliseconds that are left; the SDK raises a bare Exception when they do not suffice."""
    try:
        call(_left(deadline) * 1000)
    except Exception as error:
        _logger.debug("metrics: %s", error)
        return False
    return True
