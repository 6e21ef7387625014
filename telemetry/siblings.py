"""Spans of the SDK below one parent, all ended before they are made: the first by the SDK, the others after its model.

The SDK asks its sampler about every span, and gives each what it takes to change one that is running. Siblings
have trace and parent in common, which is all that the samplers one can choose look at (`telemetry.environment`), and
nothing changes them any more. Processors get them as they end, the limits of attributes applied; that they started
is not told.
"""

from collections.abc import Sequence
from typing import Final

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, Tracer
from opentelemetry.trace import SpanContext, get_current_span
from opentelemetry.util.types import Attributes, AttributeValue

from telemetry.leaves import Leaf, make_span

_SIMPLE: Final = frozenset({bool, int, float, str})
"""Types of values that the SDK keeps as they are, as long as texts may have any length."""


def make_siblings(tracer: Tracer, parent: Context, leaves: Sequence[Leaf]) -> None:
    """Make the spans of leaves, children of the span in ``parent``, in order."""
    if not get_current_span(parent).get_span_context().is_valid:  # each begins a trace of its own
        for leaf in leaves:
            make_span(tracer, parent, leaf)
        return
    model = make_span(tracer, parent, leaves[0])
    if isinstance(model, ReadableSpan):
        for leaf in leaves[1:]:
            tracer.span_processor.on_end(_sibling(tracer, model, leaf))


def _sibling(tracer: Tracer, model: ReadableSpan, leaf: Leaf) -> ReadableSpan:
    """Return the span of a leaf, which has all in common with another but its id and what was measured."""
    trace_id, _, is_remote, trace_flags, trace_state, _ = model.context
    return ReadableSpan(
        name=leaf.stage,
        context=SpanContext(trace_id, tracer.id_generator.generate_span_id(), is_remote, trace_flags, trace_state),
        parent=model.parent,
        resource=model.resource,
        attributes=_within(tracer._span_limits, leaf.attributes),
        status=leaf.status,
        start_time=leaf.start_ns,
        end_time=leaf.end_ns,
        instrumentation_scope=model.instrumentation_scope,
    )


def _within(limits: SpanLimits, attributes: dict[str, AttributeValue]) -> Attributes:
    """Return attributes as the SDK keeps them: the same, unless values need cleaning or a limit cuts something off."""
    count, length = limits.max_span_attributes, limits.max_span_attribute_length
    if (
        length is None
        and (count is None or len(attributes) <= count)
        and _SIMPLE.issuperset(map(type, attributes.values()))
    ):
        return attributes
    return BoundedAttributes(count, attributes, max_value_len=length)
