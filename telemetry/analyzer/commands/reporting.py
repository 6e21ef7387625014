"""Making and saving a report, as ``report`` and ``check`` do."""

import argparse
import time

from telemetry.analyzer.commands.loading import load_spans, selection_of
from telemetry.analyzer.output import say
from telemetry.analyzer.render.json_report import render_json
from telemetry.analyzer.report import Report, make_report
from telemetry.analyzer.saving import save_report
from telemetry.analyzer.thresholds import load_thresholds


def report_for(arguments: argparse.Namespace) -> Report:
    """Analyse what the arguments ask for.

    Raises:
        AnalyzerError: the arguments make no sense, or the source cannot be read.
    """
    now_ns = time.time_ns()
    selection = selection_of(arguments, now_ns)
    thresholds = load_thresholds(arguments.thresholds)
    return make_report(load_spans(arguments), selection, thresholds, now_ns)


def save_if_asked(arguments: argparse.Namespace, report: Report) -> None:
    """Save the JSON report where ``--save`` says.

    Raises:
        AnalyzerError: it cannot be saved there.
    """
    if arguments.save is not None:
        say(f"report saved to {save_report(render_json(report), arguments.save, report.generated_at)}")


def tell_problems(report: Report) -> None:
    """Tell the problems of the data, where the result itself has no room for them."""
    for problem in report.problems:
        say(f"warning: {problem.message}")
