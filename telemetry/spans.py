"""Stages as spans, written with the OpenTelemetry API alone: without an SDK they only measure.

A recorder holds its parent explicitly and never looks at the ambient context, so stages started from other
threads, tasks or processes land in the right trace.
"""

import time
from asyncio import CancelledError
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer
from opentelemetry.util.types import AttributeValue

from telemetry.stages import Attribute, Stage

INSTRUMENTATION_SCOPE = "video-liveness"


class StageSpan:
    """One running stage. Its clock is a wall-clock start plus a monotonic duration, immune to clock steps."""

    def __init__(
        self, recorder: "StageRecorder", stage: Stage, span: Span, start_ns: int, monotonic_start_ns: int
    ) -> None:
        self.stage = stage
        self.span = span
        self.start_ns = start_ns
        self.end_ns: int | None = None
        self._recorder = recorder
        self._monotonic_start_ns = monotonic_start_ns

    @property
    def duration(self) -> float:
        """Seconds from start to end, or until now while the stage still runs."""
        end_ns = self.end_ns if self.end_ns is not None else self.now_ns()
        return (end_ns - self.start_ns) / 1e9

    @property
    def context(self) -> Context:
        """The context whose current span is this stage."""
        return trace.set_span_in_context(self.span, self._recorder.context)

    def now_ns(self) -> int:
        """Unix nanoseconds on this stage's clock."""
        return self.start_ns + time.perf_counter_ns() - self._monotonic_start_ns

    def set(self, attributes: Mapping[str, AttributeValue]) -> None:
        """Add attributes to the span."""
        self.span.set_attributes(dict(attributes))

    def fail(self, code: str) -> None:
        """Mark the stage as failed with a stable code (``error.type``)."""
        self.span.set_attribute(Attribute.ERROR_TYPE, code)
        self.span.set_status(Status(StatusCode.ERROR, code))

    def end(self, end_ns: int | None = None) -> None:
        """End the stage, now or at a given time; a second call changes nothing."""
        if self.end_ns is not None:
            return
        self.end_ns = end_ns if end_ns is not None else self.now_ns()
        self.span.end(self.end_ns)
        self._recorder.add(self.stage, self.duration)


class StageRecorder:
    """Starts the stages below one parent and sums the seconds spent in each; the tracer is the process's own."""

    def __init__(self, context: Context, seconds: dict[str, float] | None = None, tracer: Tracer | None = None) -> None:
        self.context = context
        self.seconds: dict[str, float] = {} if seconds is None else seconds
        self.tracer = tracer or trace.get_tracer(INSTRUMENTATION_SCOPE)

    def add(self, stage: Stage, seconds: float) -> None:
        """Count seconds towards a stage; stages that occur several times are summed."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def start(
        self,
        stage: Stage,
        *,
        start_ns: int | None = None,
        attributes: Mapping[str, AttributeValue] | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> StageSpan:
        """Start a stage now, or at ``start_ns`` (Unix nanoseconds) in the past; the caller ends it."""
        now_ns, monotonic_ns = time.time_ns(), time.perf_counter_ns()
        begin_ns = now_ns if start_ns is None else start_ns
        span = self.tracer.start_span(stage, self.context, kind=kind, attributes=attributes, start_time=begin_ns)
        return StageSpan(self, stage, span, begin_ns, monotonic_ns - (now_ns - begin_ns))

    @contextmanager
    def stage(self, stage: Stage, attributes: Mapping[str, AttributeValue] | None = None) -> Iterator[StageSpan]:
        """Run a block as a stage; an exception marks it failed with the error's ``code`` and passes on."""
        running = self.start(stage, attributes=attributes)
        try:
            yield running
        except BaseException as error:
            running.fail(error_code(error))
            raise
        finally:
            running.end()

    def under(self, parent: StageSpan) -> "StageRecorder":
        """Return a recorder whose stages are children of ``parent``, counting into the same sums."""
        return StageRecorder(parent.context, self.seconds, self.tracer)


def error_code(error: BaseException) -> str:
    """Return the stable code of our own errors, ``cancelled`` for a cancellation, else the exception's type name."""
    if isinstance(error, CancelledError):
        return "cancelled"
    return str(getattr(error, "code", type(error).__qualname__))


def carrier_of(context: Context) -> dict[str, str]:
    """Return the trace context as W3C headers, to travel to another process."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier, context)
    return carrier


def context_from(carrier: Mapping[str, str]) -> Context:
    """Return the context that a carrier (W3C headers) holds, empty when it holds none."""
    return propagate.extract(carrier, Context())
