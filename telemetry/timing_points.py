"""The timing points of the original system: log events of a trace and lines of two log files, from one call.

A call whose fields do not fit the declaration is a mistake in the caller: it is warned about (RuntimeWarning,
an error in the tests) and what fits is written, because telemetry must never change what a check answers.
"""

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path

from opentelemetry import trace
from opentelemetry._logs import LoggerProvider, SeverityNumber, get_logger
from opentelemetry.context import Context

from telemetry.append import append_lines
from telemetry.outage import Outage
from telemetry.spans import INSTRUMENTATION_SCOPE
from telemetry.timing_lines import FIELDS, POINTS, DetailLine, TimingPoint, Value, level, line

_ordinary_log = logging.getLogger(__name__)


class TimingLog:
    """Emits timing points: to ``performance.log``, detail lines to ``facematch.log``, and all as log events.

    A path of None turns that file off. A file that cannot be written is said once on the ordinary log, tried
    again with every line, and never the caller's problem.
    """

    def __init__(
        self,
        performance_log: Path | None,
        facematch_log: Path | None,
        logger_provider: LoggerProvider | None = None,
    ) -> None:
        self._performance_log = performance_log
        self._facematch_log = facematch_log
        self._events = get_logger(INSTRUMENTATION_SCOPE, logger_provider=logger_provider)
        paths = [path for path in (performance_log, facematch_log) if path is not None]
        self._outages = {path: Outage(_ordinary_log, str(path)) for path in paths}

    def emit(
        self, point: TimingPoint | DetailLine, fields: Mapping[str, Value], *, at_ns: int, context: Context
    ) -> None:
        """Write one point that happened at ``at_ns`` (Unix nanoseconds) in the trace of ``context``."""
        fitting = _fitting(point, fields)
        self._append(point, line(point, fitting, at_ns))
        self._events.emit(
            timestamp=at_ns,
            context=_explicit(context),
            severity_number=SeverityNumber[level(point)],
            severity_text=level(point),
            attributes={FIELDS[key].attribute: value for key, value in fitting.items()},
            event_name=point,
        )

    def _append(self, point: TimingPoint | DetailLine, text: str) -> None:
        path = self._facematch_log if isinstance(point, DetailLine) else self._performance_log
        if path is None:
            return
        try:
            append_lines(path, text.encode(errors="backslashreplace"))
        except OSError as error:
            self._outages[path].failed(error)
        else:
            self._outages[path].succeeded()


def _fitting(point: TimingPoint | DetailLine, fields: Mapping[str, Value]) -> dict[str, Value]:
    """Return the declared fields in order; warn about what is missing, unknown or of the wrong type."""
    present = [key for key in POINTS[point] if key in fields]
    fitting = {key: fields[key] for key in present if FIELDS[key].kind.accepts(fields[key])}
    if unfit := sorted({*POINTS[point], *fields} - fitting.keys()):
        message = f"{point}: missing, unknown or wrongly typed: {', '.join(unfit)}"
        warnings.warn(message, RuntimeWarning, stacklevel=3)
    return fitting


def _explicit(context: Context) -> Context:
    """Return a context that is never empty, for the SDK takes an empty one to mean the ambient context."""
    return trace.set_span_in_context(trace.get_current_span(context), context)
