"""Stages as spans: their tree, their clock, their failures, and how they travel."""

import asyncio
import threading
import time
from collections.abc import Mapping

import pytest
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, TraceFlags

from pipeline.errors import UnreadableVideo
from telemetry.spans import StageRecorder, StageSpan, carrier_of, context_from, error_code
from telemetry.stages import Attribute, Stage

SECOND = 10**9


def by_name(exporter: InMemorySpanExporter) -> Mapping[str, ReadableSpan]:
    """Return the ended spans by name."""
    return {span.name: span for span in exporter.get_finished_spans()}


def span_id(span: ReadableSpan | StageSpan) -> int:
    """Return the identifier of a span."""
    context = span.span.get_span_context() if isinstance(span, StageSpan) else span.get_span_context()
    assert context is not None
    return context.span_id


def test_stages_form_the_tree(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """A recorder under a stage makes children of that stage, in the same trace."""
    with recorder.stage(Stage.REQUEST) as root, recorder.under(root).stage(Stage.ANALYZE_VIDEO) as analysis:
        recorder.under(analysis).start(Stage.OPEN_VIDEO).end()

    spans = by_name(exporter)
    assert spans[Stage.REQUEST].parent is None
    assert [spans[stage].parent.span_id for stage in (Stage.ANALYZE_VIDEO, Stage.OPEN_VIDEO)] == [  # type: ignore[union-attr]  # just made
        span_id(root),
        span_id(analysis),
    ]
    assert len({span.context.trace_id for span in spans.values() if span.context}) == 1


def test_stages_may_overlap(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """Times that overlap are recorded overlapping: siblings know nothing of each other."""
    with recorder.stage(Stage.REQUEST) as root:
        stages = recorder.under(root)
        first, second = stages.start(Stage.RECEIVE_UPLOAD), stages.start(Stage.WRITE_VIDEO)
        first.end()
        second.end()

    spans = by_name(exporter)
    assert spans[Stage.RECEIVE_UPLOAD].parent == spans[Stage.WRITE_VIDEO].parent
    assert second.start_ns < (first.end_ns or 0)


def test_the_ambient_context_is_ignored(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """What happens to be current, such as another request's span, is never a parent."""
    other = TracerProvider(shutdown_on_exit=False).get_tracer("other")
    with other.start_as_current_span("another request"):
        recorder.start(Stage.REQUEST).end()

    assert by_name(exporter)[Stage.REQUEST].parent is None


def test_stages_of_another_thread_land_in_their_trace(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """A recorder used by another thread still has its own parent."""
    with recorder.stage(Stage.ANALYZE_VIDEO) as analysis:
        stages = recorder.under(analysis)
        thread = threading.Thread(target=lambda: stages.start(Stage.DECODE_VIDEO).end())
        thread.start()
        thread.join()

    parent = by_name(exporter)[Stage.DECODE_VIDEO].parent
    assert parent is not None
    assert parent.span_id == span_id(analysis)


async def test_concurrent_requests_do_not_mix(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """Interleaved tasks record children of their own root each."""
    begun = asyncio.Barrier(5)

    async def request() -> tuple[int, int]:
        with recorder.stage(Stage.REQUEST) as root:
            await begun.wait()
            child = recorder.under(root).start(Stage.RECEIVE_UPLOAD)
            await begun.wait()
            child.end()
        return span_id(child), span_id(root)

    pairs = dict(await asyncio.gather(*(request() for _ in range(5))))
    children = [span for span in exporter.get_finished_spans() if span.name == Stage.RECEIVE_UPLOAD]
    assert {span_id(span): span.parent.span_id for span in children if span.parent} == pairs


def test_a_stage_can_begin_in_the_past(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """A stage that is told when it began counts from then on its own clock."""
    began_ns = time.time_ns() - 5 * SECOND
    stage = recorder.start(Stage.WAIT_FOR_WORKER, start_ns=began_ns)
    stage.end()

    span = by_name(exporter)[Stage.WAIT_FOR_WORKER]
    assert span.start_time == began_ns
    assert stage.duration >= 5
    assert span.end_time == stage.end_ns == began_ns + round(stage.duration * SECOND)


def test_a_stage_can_end_at_a_given_time(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """The end given is the end recorded, on the span and in the sums alike."""
    stage = recorder.start(Stage.WRITE_VIDEO, start_ns=SECOND)
    stage.end(3 * SECOND)

    assert by_name(exporter)[Stage.WRITE_VIDEO].end_time == 3 * SECOND
    assert recorder.seconds == {Stage.WRITE_VIDEO: 2.0}


def test_ending_twice_changes_nothing(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """The first end counts."""
    stage = recorder.start(Stage.WRITE_VIDEO, start_ns=SECOND)
    stage.end(3 * SECOND)
    stage.end(9 * SECOND)

    assert len(exporter.get_finished_spans()) == 1
    assert recorder.seconds == {Stage.WRITE_VIDEO: 2.0}


def test_a_running_stage_has_a_duration(recorder: StageRecorder) -> None:
    """Until a stage ends its duration is the time since it began, on its own clock."""
    stage = recorder.start(Stage.WRITE_VIDEO, start_ns=time.time_ns() - SECOND)

    assert stage.duration >= 1
    assert stage.now_ns() >= stage.start_ns + SECOND


def test_seconds_are_summed_over_occurrences(recorder: StageRecorder) -> None:
    """The same stage several times, also under a parent, counts into one sum."""
    with recorder.stage(Stage.ANALYZE_VIDEO) as analysis:
        frames = recorder.under(analysis)
        for number in range(3):
            frames.start(Stage.ANALYZE_FRAME, start_ns=number * SECOND).end((number + 1) * SECOND)

    assert recorder.seconds[Stage.ANALYZE_FRAME] == 3.0
    assert recorder.seconds[Stage.ANALYZE_VIDEO] == analysis.duration


def test_attributes_and_kind_are_recorded(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """Attributes given at the start and set later are both on the span."""
    stage = recorder.start(Stage.REQUEST, attributes={Attribute.SESSION_ID: "abc"}, kind=SpanKind.SERVER)
    stage.set({Attribute.UPLOAD_SIZE: 7})
    stage.end()

    span = by_name(exporter)[Stage.REQUEST]
    assert span.kind is SpanKind.SERVER
    assert dict(span.attributes or {}) == {"liveness.session.id": "abc", "liveness.upload.size": 7}


def test_an_error_fails_its_stage_and_passes_on(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """The stage has status ERROR and the stable code; its end and duration are recorded all the same."""
    with pytest.raises(UnreadableVideo), recorder.stage(Stage.OPEN_VIDEO):
        raise UnreadableVideo("no moov atom")

    span = by_name(exporter)[Stage.OPEN_VIDEO]
    assert span.status.status_code is StatusCode.ERROR
    assert dict(span.attributes or {}) == {"error.type": "unreadable_video"}
    assert Stage.OPEN_VIDEO in recorder.seconds


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UnreadableVideo("x", "video_truncated"), "video_truncated"),
        (KeyError("x"), "KeyError"),
        (asyncio.CancelledError(), "cancelled"),
    ],
)
def test_error_codes_are_stable(error: BaseException, code: str) -> None:
    """Our own errors have a code, other exceptions are named by their type; no message, no path, no value."""
    assert error_code(error) == code


def test_the_context_travels_in_a_carrier(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """A carrier of plain text is enough for another process to go on in the same trace."""
    with recorder.stage(Stage.REQUEST) as root:
        carrier = carrier_of(root.context)
    received = trace.get_current_span(context_from(carrier)).get_span_context()

    sent = root.span.get_span_context()
    assert (received.trace_id, received.span_id, received.is_remote) == (sent.trace_id, sent.span_id, True)
    assert received.trace_flags & TraceFlags.SAMPLED
    assert all(isinstance(item, str) for pair in carrier.items() for item in pair)


@pytest.mark.parametrize("carrier", [{}, {"traceparent": "nonsense"}, {"traceparent": f"00-{0:032x}-{0:016x}-01"}])
def test_a_carrier_without_a_trace_is_empty(carrier: dict[str, str]) -> None:
    """What no valid context can be read from starts a new trace, whatever is current."""
    with TracerProvider(shutdown_on_exit=False).get_tracer("other").start_as_current_span("another request"):
        assert not trace.get_current_span(context_from(carrier)).get_span_context().is_valid


def test_without_an_sdk_stages_still_measure() -> None:
    """With the API alone nothing is recorded but the seconds."""
    recorder = StageRecorder(Context(), tracer=trace.NoOpTracer())
    with recorder.stage(Stage.REQUEST) as root:
        recorder.under(root).start(Stage.OPEN_VIDEO, start_ns=SECOND).end(2 * SECOND)

    assert recorder.seconds[Stage.OPEN_VIDEO] == 1.0
    assert not root.span.is_recording()
