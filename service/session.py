"""One check as its operator will see it: a root span and the timing points around it, made from the same numbers.

The first timing points happen before anybody knows whose check it is, for the fields of a form come in any order.
They are kept until the check is identified, or over, and then written in order with the times they happened at.
"""

import secrets
from collections.abc import Mapping
from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import SpanContext, SpanKind
from opentelemetry.util.types import AttributeValue

from pipeline.result import LivenessResult, Verdict
from telemetry.setup import Telemetry
from telemetry.spans import INSTRUMENTATION_SCOPE, StageRecorder, StageSpan
from telemetry.stages import ROOTS, Attribute, Stage
from telemetry.timing_lines import TimingPoint, Value

DEFAULT_CHALLENGE: Final = "head_movement"

RESULTS: Final[Mapping[Verdict, str]] = {
    Verdict.BONA_FIDE: "pass",
    Verdict.PRESENTATION_ATTACK: "fail",
    Verdict.INCONCLUSIVE: "inconclusive",
}
"""What the timing points call a verdict."""


class Session:
    """A check from its first sign to its end; ``stages`` records what happens below the root span."""

    def __init__(
        self,
        root: Stage,
        telemetry: Telemetry,
        context: Context,
        *,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, AttributeValue] | None = None,
    ) -> None:
        tracer = telemetry.providers.tracer.get_tracer(INSTRUMENTATION_SCOPE)
        recorder = StageRecorder(context, tracer=tracer)
        self.root: StageSpan = recorder.start(root, kind=kind, attributes=attributes)
        self.stages = recorder.under(self.root)
        self.session_id = secrets.token_hex(16)
        self.challenge = DEFAULT_CHALLENGE
        self.video_size = 0
        self.result: LivenessResult | None = None
        self.error: str | None = None
        self._timing_log = telemetry.timing_log
        self._waiting: list[tuple[int, TimingPoint, Mapping[str, Value]]] | None = []
        self.note(TimingPoint.REQUEST_START, self.root.start_ns)

    @property
    def span_context(self) -> SpanContext:
        """The identity of the root span."""
        return self.root.span.get_span_context()

    @property
    def trace_id(self) -> str | None:
        """The trace as 32 hexadecimal digits, None when tracing is disabled."""
        context = self.span_context
        return f"{context.trace_id:032x}" if context.is_valid else None

    @property
    def outcome(self) -> str:
        """The verdict, or the code of what failed the check."""
        if self.error is None and self.result is not None:
            return self.result.verdict
        return self.error or "internal_error"

    @property
    def timings(self) -> dict[str, float]:
        """Seconds by span name below the root, in the order of the stages, those of the worker included."""
        seconds = {**(self.result.timings if self.result is not None else {}), **self.stages.seconds}
        return {stage.value: seconds[stage] for stage in Stage if stage in seconds and stage not in ROOTS}

    def note(self, point: TimingPoint, at_ns: int, fields: Mapping[str, Value] | None = None) -> None:
        """Write a timing point that happened at ``at_ns``, or keep it until the check is identified."""
        if self._waiting is None:
            self._emit(point, at_ns, fields or {})
        else:
            self._waiting.append((at_ns, point, fields or {}))

    def identify(self, challenge: str) -> None:
        """Say that ``session_id`` and ``video_size`` are final, and which challenge was given."""
        self.challenge = challenge
        self._write_waiting()

    def succeed(self, result: LivenessResult) -> None:
        """Note the result; it counts unless the check still fails."""
        self.result = result

    def fail(self, code: str) -> None:
        """Note that the check failed with a stable code."""
        self.error = code
        self.root.fail(code)

    def end(self) -> None:
        """End the root span and write the last timing point, with the duration of that span."""
        self.root.set(self._attributes())
        self.root.end()
        self._write_waiting()
        assert self.root.end_ns is not None
        if self.error is None and self.result is not None:
            self.note(TimingPoint.COMPLETE, self.root.end_ns, self._completion(self.result))
        else:
            failure: dict[str, Value] = {"error": self.outcome, "total_time": self.root.duration}
            self.note(TimingPoint.FAILED, self.root.end_ns, failure)

    def _write_waiting(self) -> None:
        waiting, self._waiting = self._waiting or [], None
        for at_ns, point, fields in sorted(waiting, key=lambda noted: noted[0]):
            self._emit(point, at_ns, fields)

    def _emit(self, point: TimingPoint, at_ns: int, fields: Mapping[str, Value]) -> None:
        known: dict[str, Value] = {"session_id": self.session_id}
        if point is TimingPoint.REQUEST_START:
            known |= {"challenge_type": self.challenge, "file_size": self.video_size}
        self._timing_log.emit(point, {**known, **fields}, at_ns=at_ns, context=self.root.context)

    def _completion(self, result: LivenessResult) -> dict[str, Value]:
        timings = self.timings
        return {
            "result": RESULTS[result.verdict],
            "total_time": self.root.duration,
            "processing_time": timings.get(Stage.ANALYZE_VIDEO, 0.0),
            "video_receive_time": timings.get(Stage.RECEIVE_UPLOAD, 0.0),
            "file_save_time": timings.get(Stage.WRITE_VIDEO, 0.0),
        }

    def _attributes(self) -> dict[str, AttributeValue]:
        known: dict[str, AttributeValue] = {
            Attribute.SESSION_ID: self.session_id,
            Attribute.CHALLENGE: self.challenge,
            Attribute.UPLOAD_SIZE: self.video_size,
        }
        if self.error is not None or self.result is None:
            return known
        return known | _outcome(self.result)


def _outcome(result: LivenessResult) -> dict[str, AttributeValue]:
    outcome: dict[str, AttributeValue] = {
        Attribute.VERDICT: result.verdict,
        Attribute.REASONS: [reason.code for reason in result.reasons],
        Attribute.PERFORMED: result.challenge.performed,
        Attribute.DETECTOR: result.engines.detector,
        Attribute.EMBEDDER: result.engines.embedder,
    }
    if result.engines.replay_detector is not None:
        outcome[Attribute.REPLAY_DETECTOR] = result.engines.replay_detector
    if result.comparison is not None:
        outcome[Attribute.COMPARISON_OUTCOME] = result.comparison.outcome
    return outcome
