"""The answer of ``liveness check`` for people: plain text, in colour on a terminal."""

from collections.abc import Iterator
from typing import Final, TextIO

from rich.console import Console
from rich.text import Text

from pipeline.result import Comparison, LivenessResult, Reason, Verdict
from service.render import trace_link
from service.session import Session

_STYLES: Final = {
    Verdict.BONA_FIDE: "bold green",
    Verdict.PRESENTATION_ATTACK: "bold red",
    Verdict.INCONCLUSIVE: "bold yellow",
}
_LABEL_WIDTH: Final = 12


def print_report(session: Session, result: LivenessResult, trace_url: str | None, stream: TextIO) -> None:
    """Print the verdict, what it rests on, and where the time went."""
    console = Console(file=stream, highlight=False)
    console.print(Text(result.verdict.replace("_", " "), _STYLES[result.verdict]))
    for label, text in _rows(session, result, trace_url):
        console.print(Text.assemble((f"{label:<{_LABEL_WIDTH}}", "dim"), text), soft_wrap=True)


def _rows(session: Session, result: LivenessResult, trace_url: str | None) -> Iterator[tuple[str, str]]:
    performed = "performed" if result.challenge.performed else "not performed"
    yield "challenge", f"{result.challenge.type}, {performed}"
    for index, reason in enumerate(result.reasons):
        yield "" if index else "reasons", _reason(reason)
    if result.comparison is not None:
        yield "comparison", _comparison(result.comparison)
    yield "video", _video(result)
    yield (
        "engines",
        ", ".join(filter(None, (result.engines.detector, result.engines.embedder, result.engines.replay_detector))),
    )
    for index, (name, seconds) in enumerate(session.timings.items()):
        yield "" if index else "timings", f"{seconds:7.3f} s  {name}"
    yield "session", session.session_id
    yield "trace", trace_link(session, trace_url) or session.trace_id or "tracing is disabled"


def _reason(reason: Reason) -> str:
    return f"{reason.message}{_measured(reason.value, reason.threshold, reason.unit)}"


def _comparison(comparison: Comparison) -> str:
    outcome = comparison.outcome.replace("_", " ")
    why = f", {comparison.reason.message}" if comparison.reason is not None else ""
    return f"{outcome}{_measured(comparison.score, comparison.threshold, None)}, {comparison.frames} frames{why}"


def _measured(value: float | None, threshold: float | None, unit: str | None) -> str:
    """Return a value beside its score threshold, as far as there are any."""
    if value is None:
        return ""
    beside = f", score threshold {threshold:.4g}" if threshold is not None else ""
    return f" ({value:.4g}{f' {unit}' if unit else ''}{beside})"


def _video(result: LivenessResult) -> str:
    video = result.video
    return (
        f"{video.container}, {video.codec}, {video.width}x{video.height}, rotation {video.rotation}, "
        f"{video.duration:.2f} s, {video.frames_analyzed} of {video.frames_decoded} frames analyzed"
    )
