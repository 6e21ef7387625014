"""``trace-analyzer check``: the verdict as exit code."""

import argparse
from typing import Final

from telemetry.analyzer.assessment import Grade
from telemetry.analyzer.commands.reporting import report_for, save_if_asked, tell_problems
from telemetry.analyzer.errors import ExitCode
from telemetry.analyzer.output import wants_colour, write
from telemetry.analyzer.render.verdict import render_verdict

EXIT_CODES: Final = {
    Grade.EXCELLENT: ExitCode.FINE,
    Grade.GOOD: ExitCode.FINE,
    Grade.NEEDS_ATTENTION: ExitCode.NEEDS_ATTENTION,
    Grade.UNACCEPTABLE: ExitCode.UNACCEPTABLE,
    Grade.INSUFFICIENT_DATA: ExitCode.INSUFFICIENT_DATA,
}


def run(arguments: argparse.Namespace) -> int:
    """Print one screen and return the exit code of the grade."""
    report = report_for(arguments)
    tell_problems(report)
    write(render_verdict(report, colour=wants_colour()))
    save_if_asked(arguments, report)
    return EXIT_CODES[report.assessment.grade]
