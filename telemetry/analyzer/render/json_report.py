"""The JSON report: the fields of ``Report``, by name and in order."""

import msgspec

from telemetry.analyzer.report import Report


def render_json(report: Report) -> str:
    """Write the report as one indented JSON document, newline included."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
