"""Spans made below one parent in the SDK's cheaper way: those that its tracer would have made one by one."""

from collections.abc import Callable, Sequence

import msgspec
import pytest
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, Tracer, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, DEFAULT_ON, Sampler, TraceIdRatioBased
from opentelemetry.trace import NonRecordingSpan, SpanContext, set_span_in_context
from opentelemetry.trace.span import TraceFlags, TraceState

from telemetry.leaves import Leaf, make_spans
from telemetry.otlp_json import encode_spans
from telemetry.setup import Telemetry
from telemetry.siblings import make_siblings
from telemetry.stages import Attribute, Stage

ONE_BY_ONE = make_spans.dispatch(object)

Make = Callable[[Tracer, Context, Sequence[Leaf]], None]


def leaves() -> Sequence[Leaf]:
    """Return stages that ended well, one that failed, and one that says nothing."""
    made = [Leaf(Stage.ANALYZE_FRAME) for _ in range(3)] + [Leaf(Stage.OPEN_VIDEO)]
    for index, leaf in enumerate(made[:3]):
        leaf.set({Attribute.FRAME_INDEX: index, Attribute.FRAME_TIME: index / 30})
        leaf.set({Attribute.REASONS: ["too_dark", "too_short"]})
    made[1].fail("unreadable_video")
    for leaf in made:
        leaf.end()
    return made


def parent(*, sampled: bool, is_remote: bool) -> Context:
    """Return the context of a span with a trace state."""
    flags = TraceFlags(TraceFlags.SAMPLED if sampled else TraceFlags.DEFAULT)
    span = NonRecordingSpan(SpanContext(7, 8, is_remote, flags, TraceState([("vendor", "1")])))
    return set_span_in_context(span, Context())


def exported(
    make: Make, below: Context, sampler: Sampler = DEFAULT_ON, limits: SpanLimits | None = None
) -> Sequence[ReadableSpan]:
    """Make the spans of all leaves with a provider of their own, and return what reaches its exporter."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(sampler, Resource({"service.name": "test"}), span_limits=limits, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("library", "1.0", "https://example.org/schema")
    assert isinstance(tracer, Tracer)
    make(tracer, below, LEAVES)
    return exporter.get_finished_spans()


def without_ids(spans: Sequence[ReadableSpan]) -> object:
    """Return all that is exported of spans but their own ids."""
    message = encode_spans(spans)
    for group in message.resource_spans:
        for span in group.scope_spans[0].spans:
            span.span_id = ""
    return msgspec.to_builtins(message)


LEAVES = leaves()


@pytest.mark.parametrize("is_remote", [False, True], ids=["local", "remote"])
@pytest.mark.parametrize("sampled", [False, True], ids=["not sampled", "sampled"])
@pytest.mark.parametrize("sampler", [DEFAULT_ON, ALWAYS_ON, ALWAYS_OFF, TraceIdRatioBased(0.5)], ids=str)
def test_siblings_are_what_the_tracer_makes(*, sampler: Sampler, sampled: bool, is_remote: bool) -> None:
    """All that is exported of them is the same, and where it makes none there are none."""
    below = parent(sampled=sampled, is_remote=is_remote)
    assert without_ids(exported(make_siblings, below, sampler)) == without_ids(exported(ONE_BY_ONE, below, sampler))


def test_limits_of_attributes_are_kept() -> None:
    """What exceeds them is cut, dropped and counted as the tracer does."""
    below = parent(sampled=True, is_remote=False)
    limits = SpanLimits(max_span_attributes=2, max_span_attribute_length=3)
    cut = without_ids(exported(make_siblings, below, limits=limits))
    assert cut == without_ids(exported(ONE_BY_ONE, below, limits=limits))
    assert cut != without_ids(exported(make_siblings, below))


def test_each_sibling_has_its_own_id() -> None:
    """One trace, different spans."""
    contexts = [span.get_span_context() for span in exported(make_siblings, parent(sampled=True, is_remote=False))]
    assert {context and context.trace_id for context in contexts} == {7}
    assert len({context and context.span_id for context in contexts}) == len(LEAVES)


def test_leaves_without_a_parent_stay_apart() -> None:
    """What has no trace to belong to begins one, each its own, as with any tracer."""
    spans = exported(make_siblings, Context())
    assert {span.parent for span in spans} == {None}
    assert len({span.context.trace_id for span in spans}) == len(LEAVES)


def test_a_configured_process_makes_siblings(start: Callable[[], Telemetry]) -> None:
    """Its tracers have the cheaper way."""
    tracer = start().providers.tracer.get_tracer("test")
    assert make_spans.dispatch(type(tracer)) is make_siblings
