"""OTLP out over real sockets, with both protocols."""

from collections.abc import Callable, Iterator

import pytest
from opentelemetry.context import Context
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from telemetry.config import TelemetryConfig
from telemetry.setup import Telemetry
from telemetry.spans import StageRecorder
from telemetry.stages import Attribute, Stage
from telemetry.timing_lines import TimingPoint, Value
from tests.telemetry import otlp_lines
from tests.telemetry.receivers import RECEIVERS, Received

Start = Callable[[], Telemetry]

NEVER_MS = "3600000"


@pytest.fixture(params=RECEIVERS)
def receiver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Received]:
    """Return a receiver of each protocol, to which nothing is sent yet."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", request.param)
    with RECEIVERS[request.param]() as received:
        yield received


@pytest.fixture
def all_signals(receiver: Received, monkeypatch: pytest.MonkeyPatch) -> Received:
    """Return the receiver, to which all signals are sent."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
    return receiver


def record(telemetry: Telemetry, count: int = 1) -> None:
    """Record failed requests, each with the timing point that says so."""
    stages = StageRecorder(Context(), tracer=telemetry.providers.tracer.get_tracer("test"))
    for _ in range(count):
        root = stages.start(Stage.REQUEST, attributes={Attribute.SESSION_ID: "abc", Attribute.UPLOAD_SIZE: 7})
        root.fail("unreadable_video")
        root.end()
        failure: dict[str, Value] = {"session_id": "abc", "error": "unreadable_video", "total_time": root.duration}
        telemetry.timing_log.emit(TimingPoint.FAILED, failure, at_ns=root.start_ns, context=root.context)


def plain_attributes(owner: object) -> dict[str, object]:
    """Return the attributes of a message as plain values."""
    pairs = getattr(owner, "attributes", [])
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


def test_spans_arrive_as_recorded(all_signals: Received, start: Start) -> None:
    """Name, times, attributes and failure of a stage reach the Collector."""
    telemetry = start()
    record(telemetry)
    telemetry.flush()

    [span] = all_signals.spans
    assert isinstance(span, Span)
    assert span.name == Stage.REQUEST
    assert span.end_time_unix_nano > span.start_time_unix_nano
    assert span.status.code == Status.STATUS_CODE_ERROR
    assert plain_attributes(span) == {
        "liveness.session.id": "abc",
        "liveness.upload.size": 7,
        "error.type": "unreadable_video",
    }


def test_timing_points_arrive_in_their_trace(all_signals: Received, start: Start) -> None:
    """A log event has its name and belongs to the span it was emitted in."""
    telemetry = start()
    record(telemetry)
    telemetry.flush()

    [event], [span] = all_signals.logs, all_signals.spans
    assert event.event_name == "VIDEO_LIVENESS_FAILED"
    assert (event.trace_id, event.span_id) == (span.trace_id, span.span_id)
    assert event.severity_text == "ERROR"
    assert plain_attributes(event)["error.type"] == "unreadable_video"


def test_metrics_arrive(all_signals: Received, start: Start) -> None:
    """A flush collects and sends the metrics too."""
    telemetry = start()
    telemetry.providers.meter.get_meter("test").create_counter("things").add(3)
    telemetry.flush()

    assert {"things", "liveness.telemetry.lost"} == {metric.name for metric in all_signals.metrics}


def test_every_signal_says_where_it_comes_from(all_signals: Received, start: Start) -> None:
    """Spans, log events and metrics of one process carry the same resource."""
    telemetry = start()
    record(telemetry)
    telemetry.flush()

    assert len(all_signals.resources) == 3
    assert {plain_attributes(resource)["service.name"] for resource in all_signals.resources} == {"video-liveness"}
    assert len({plain_attributes(resource)["service.instance.id"] for resource in all_signals.resources}) == 1


def test_an_endpoint_of_one_signal_leaves_the_others_in_files(
    receiver: Received, start: Start, config: TelemetryConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Traces can go to a Collector while log events and metrics stay here."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.endpoint}/v1/traces")
    telemetry = start()
    record(telemetry)
    telemetry.flush()

    assert (len(receiver.spans), len(receiver.logs), len(receiver.metrics)) == (1, 0, 0)
    assert otlp_lines.spans(config.traces_dir) == []
    assert len(otlp_lines.log_records(config.traces_dir)) == 1


def test_asking_for_a_flush_sends_in_the_background(
    all_signals: Received, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has been recorded goes out without waiting for the schedule and without blocking."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", NEVER_MS)
    monkeypatch.setenv("OTEL_BLRP_SCHEDULE_DELAY", NEVER_MS)
    telemetry = start()
    record(telemetry, 3)
    telemetry.flush_soon()

    all_signals.wait_for(all_signals.spans, 3)
    all_signals.wait_for(all_signals.logs, 3)


def test_nobody_has_to_ask_for_a_flush(all_signals: Received, start: Start) -> None:
    """Spans and log events go out on their own, soon."""
    record(start(), 3)

    all_signals.wait_for(all_signals.spans, 3)
    all_signals.wait_for(all_signals.logs, 3)


def test_compressed_requests_arrive(all_signals: Received, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard compression variable is followed."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    telemetry = start()
    record(telemetry)
    telemetry.flush()

    assert len(all_signals.spans) == 1


def test_the_end_of_a_process_sends_what_is_left(all_signals: Received, start: Start) -> None:
    """Shutdown loses nothing while the Collector works."""
    telemetry = start()
    record(telemetry, 2000)
    telemetry.shutdown()

    assert (len(all_signals.spans), len(all_signals.logs)) == (2000, 2000)
