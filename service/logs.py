"""The ordinary log: one line on standard error for each record, with the trace it belongs to."""

import logging
import sys
import time
from typing import Final

from opentelemetry import trace

FORMAT: Final = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s trace_id=%(trace_id)s %(message)s"
NO_TRACE: Final = "-"


def configure_logging(level: str) -> None:
    """Write what is at least as severe as ``level`` (debug, info, warning, error), in this process."""
    formatter = logging.Formatter(FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(_add_trace)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def _add_trace(record: logging.LogRecord) -> bool:
    context = trace.get_current_span().get_span_context()
    record.trace_id = f"{context.trace_id:032x}" if context.is_valid else NO_TRACE
    return True
