"""``trace-analyzer report``: the whole report."""

import argparse
from typing import Final

from telemetry.analyzer.commands.reporting import report_for, save_if_asked, tell_problems
from telemetry.analyzer.errors import ExitCode
from telemetry.analyzer.output import write
from telemetry.analyzer.render.json_report import render_json
from telemetry.analyzer.render.text import render_text

RENDERERS: Final = {"text": render_text, "json": render_json}


def run(arguments: argparse.Namespace) -> int:
    """Print the report in the form asked for."""
    report = report_for(arguments)
    if arguments.format != "text":
        tell_problems(report)
    write(RENDERERS[arguments.format](report))
    save_if_asked(arguments, report)
    return ExitCode.FINE
