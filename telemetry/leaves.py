"""Stages without children that are timed while they run and become spans afterwards, all at once.

A span made between two pictures finds nothing of the SDK left in the processor's caches, and costs several times as
much as one in a row of spans (docs/performance.md).
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import singledispatch

from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode, Tracer
from opentelemetry.util.types import AttributeValue

from telemetry.spans import StageRecorder, error_code
from telemetry.stages import Attribute, Stage

_UNSET = Status()


class Leaf:
    """One stage, timed as a StageSpan is: a start on the wall clock and a monotonic duration."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.attributes: dict[str, AttributeValue] = {}
        self.error: str | None = None
        self.start_ns, self._monotonic_start_ns = time.time_ns(), time.perf_counter_ns()
        self.end_ns = self.start_ns

    @property
    def duration(self) -> float:
        """Seconds from start to end."""
        return (self.end_ns - self.start_ns) / 1e9

    @property
    def status(self) -> Status:
        """How the stage ended."""
        return _UNSET if self.error is None else Status(StatusCode.ERROR, self.error)

    def set(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Add attributes."""
        self.attributes.update(attributes)

    def fail(self, code: str) -> None:
        """Mark the stage as failed with a stable code (``error.type``)."""
        self.error = code
        self.attributes[Attribute.ERROR_TYPE] = code

    def end(self) -> None:
        """End the stage now."""
        self.end_ns = self.start_ns + time.perf_counter_ns() - self._monotonic_start_ns


class Leaves:
    """Times stages, each of which has ended before the next begins."""

    def __init__(self) -> None:
        self._ended: list[Leaf] = []

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[Leaf]:
        """Run a block as a stage; an exception marks it failed with the error's ``code`` and passes on."""
        leaf = Leaf(stage)
        try:
            yield leaf
        except BaseException as error:
            leaf.fail(error_code(error))
            raise
        finally:
            leaf.end()
            self._ended.append(leaf)

    def record(self, recorder: StageRecorder) -> None:
        """Make the spans of all stages, in order."""
        for leaf in self._ended:
            recorder.add(leaf.stage, leaf.duration)
        if self._ended:
            make_spans(recorder.tracer, recorder.context, self._ended)


@contextmanager
def leaves_of(recorder: StageRecorder) -> Iterator[Leaves]:
    """Time stages in a block; their spans, children of the recorder's, are made when it ends, however it ends."""
    leaves = Leaves()
    try:
        yield leaves
    finally:
        leaves.record(recorder)


@singledispatch
def make_spans(tracer: Tracer, parent: Context, leaves: Sequence[Leaf]) -> None:
    """Make the spans of leaves, children of the span in ``parent``, in order.

    This is how any tracer does it; the SDK's has a cheaper way (`telemetry.siblings`), registered with its providers.
    """
    for leaf in leaves:
        make_span(tracer, parent, leaf)


def make_span(tracer: Tracer, parent: Context, leaf: Leaf) -> Span:
    """Make the span of one leaf, a child of the span in ``parent``, and return it ended."""
    span = tracer.start_span(leaf.stage, parent, attributes=leaf.attributes, start_time=leaf.start_ns)
    span.set_status(leaf.status)
    span.end(leaf.end_ns)
    return span
