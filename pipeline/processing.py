"""The stage ``analyze video`` with its two timing points, in one place because two write it: the worker that runs a
check and, for a worker that died under one, the pool.
"""

from collections.abc import Mapping

from opentelemetry.util.types import AttributeValue

from pipeline.errors import CheckError
from pipeline.request import CheckRequest
from pipeline.result import LivenessResult
from telemetry.spans import StageRecorder
from telemetry.stages import Attribute, Stage
from telemetry.timing_lines import TimingPoint
from telemetry.timing_points import TimingLog


class Processing:
    """One run of ``analyze video``, from now or from ``start_ns`` (Unix nanoseconds) in the past."""

    def __init__(
        self,
        request: CheckRequest,
        stages: StageRecorder,
        timing_log: TimingLog,
        *,
        start_ns: int | None = None,
        attributes: Mapping[str, AttributeValue] | None = None,
    ) -> None:
        known = {Attribute.CHALLENGE: request.challenge, **(attributes or {})}
        self._span = stages.start(Stage.ANALYZE_VIDEO, start_ns=start_ns, attributes=known)
        self._request = request
        self._timing_log = timing_log
        self.stages = stages.under(self._span)

    def tell_start(self) -> None:
        """Write VIDEO_PROCESSING_START."""
        self._timing_log.emit(
            TimingPoint.PROCESSING_START,
            {"session_id": self._request.session_id, "challenge_type": self._request.challenge},
            at_ns=self._span.start_ns,
            context=self._span.context,
        )

    def end(self, answer: LivenessResult | CheckError) -> None:
        """End the span with what came of it and write VIDEO_PROCESSING_COMPLETE with the span's own duration."""
        if isinstance(answer, CheckError):
            self._span.fail(answer.code)
        else:
            self._span.set(_evidence(answer))
        self._span.end()
        self._tell_end(success=isinstance(answer, LivenessResult))

    def _tell_end(self, *, success: bool) -> None:
        self._timing_log.emit(
            TimingPoint.PROCESSING_COMPLETE,
            {"session_id": self._request.session_id, "duration": self._span.duration, "success": success},
            at_ns=self._span.end_ns or self._span.now_ns(),
            context=self._span.context,
        )


def _evidence(result: LivenessResult) -> dict[str, AttributeValue]:
    return {
        Attribute.VERDICT: result.verdict,
        Attribute.PERFORMED: result.challenge.performed,
        Attribute.REASONS: [reason.code for reason in result.reasons],
    }
