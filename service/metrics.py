"""What the service counts, through the OpenTelemetry metrics API; no attribute has more than a few values."""

from collections.abc import Mapping

from opentelemetry.metrics import MeterProvider, Observation
from opentelemetry.semconv.metrics.http_metrics import HTTP_SERVER_REQUEST_DURATION
from opentelemetry.util.types import AttributeValue

from service.admission import Admission
from service.session import Session
from telemetry.spans import INSTRUMENTATION_SCOPE
from telemetry.stages import Attribute, Stage


class Metrics:
    """The instruments of one service process."""

    def __init__(self, provider: MeterProvider, admission: Admission) -> None:
        meter = provider.get_meter(INSTRUMENTATION_SCOPE)
        self._requests = meter.create_histogram(HTTP_SERVER_REQUEST_DURATION, "s", "Duration of HTTP server requests.")
        self._checks = meter.create_counter("liveness.checks", "{check}", "Checks by verdict, or by what failed them.")
        self._waits = meter.create_histogram(
            "liveness.check.queue.duration", "s", "Time that checks waited for a worker after their upload."
        )
        meter.create_observable_up_down_counter(
            "liveness.checks.active",
            [lambda _: [Observation(admission.active)]],
            "{check}",
            "Checks under way, uploads included.",
        )
        meter.create_observable_up_down_counter(
            "liveness.checks.limit",
            [lambda _: [Observation(admission.limit)]],
            "{check}",
            "Checks there is room for.",
        )

    def count(self, session: Session, http: Mapping[str, AttributeValue]) -> None:
        """Count a session that has ended, answered as the ``http`` attributes say."""
        failure = {} if session.error is None else {Attribute.ERROR_TYPE.value: session.error}
        self._requests.record(session.root.duration, {**http, **failure})
        self._checks.add(1, failure or {Attribute.VERDICT.value: session.outcome})
        if Stage.WAIT_FOR_WORKER in session.stages.seconds:
            self._waits.record(session.stages.seconds[Stage.WAIT_FOR_WORKER])
