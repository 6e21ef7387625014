"""Stages without children that are timed while they run and become spans afterwards, all at once.

A span made between two pictures finds nothing of the SDK left in the processor's caches, and costs several times as
much as one in a row of spans (docs/performance.md).
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.util.types import AttributeValue

from telemetry.spans import StageRecorder, error_code
from telemetry.stages import Stage


class Leaf:
    """One stage, timed as a StageSpan is: a start on the wall clock and a monotonic duration."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._attributes: dict[str, AttributeValue] = {}
        self._error: str | None = None
        self._start_ns, self._monotonic_start_ns = time.time_ns(), time.perf_counter_ns()
        self._end_ns = self._start_ns

    def set(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Add attributes."""
        self._attributes.update(attributes)

    def fail(self, code: str) -> None:
        """Mark the stage as failed with a stable code (``error.type``)."""
        self._error = code

    def end(self) -> None:
        """End the stage now."""
        self._end_ns = self._start_ns + time.perf_counter_ns() - self._monotonic_start_ns

    def record(self, recorder: StageRecorder) -> None:
        """Make the span."""
        span = recorder.start(self._stage, start_ns=self._start_ns, attributes=self._attributes)
        if self._error is not None:
            span.fail(self._error)
        span.end(self._end_ns)


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
            leaf.record(recorder)


@contextmanager
def leaves_of(recorder: StageRecorder) -> Iterator[Leaves]:
    """Time stages in a block; their spans, children of the recorder's, are made when it ends, however it ends."""
    leaves = Leaves()
    try:
        yield leaves
    finally:
        leaves.record(recorder)
