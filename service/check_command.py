"""``liveness check``: the check of the service without HTTP, in a worker process with the same limits."""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from opentelemetry.context import Context

from pipeline.errors import CheckError, InputError, PoolUnavailable
from pipeline.pool import WorkerPool
from pipeline.request import GESTURES, CheckRequest, is_challenge
from pipeline.result import LivenessResult
from service.exits import FAILED, UNUSABLE_UPLOAD, USAGE, VERDICTS
from service.logs import configure_logging
from service.problems import details_of
from service.render import answer_document, problem_document
from service.report import print_report
from service.session import DEFAULT_CHALLENGE, Session
from service.settings import Settings, load_settings, variable_of
from service.workers import close_now, make_pool
from telemetry.setup import Telemetry, configure
from telemetry.spans import error_code
from telemetry.stages import Stage


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("video", type=Path, metavar="VIDEO", help="the video to check")
    parser.add_argument(
        "--challenge",
        type=_challenge,
        default=DEFAULT_CHALLENGE,
        metavar="GESTURE[,GESTURE...]",
        help=f"what was asked for, of {', '.join(GESTURES)} (default {DEFAULT_CHALLENGE})",
    )
    parser.add_argument("--reference", type=Path, metavar="IMAGE", help="a photo of the person who should be there")
    parser.add_argument("--json", action="store_true", help="print the answer of the service instead of a report")


def _challenge(text: str) -> str:
    if not is_challenge(text):
        raise argparse.ArgumentTypeError(f"choose from {', '.join(GESTURES)}, in order and separated by commas")
    return text


def run(arguments: argparse.Namespace) -> int:
    """Check the video, print what came of it, and return the exit code.

    Raises:
        BadSettings, TelemetryConfigError: the settings cannot be used.
    """
    for path in filter(None, (arguments.video, arguments.reference)):
        if not path.is_file():
            sys.stderr.write(f"liveness: {path}: no such file\n")
            return USAGE
    settings = load_settings(workers=1, log_level=os.environ.get(variable_of("log_level")) or "warning")
    configure_logging(settings.log_level)
    telemetry = configure(settings.telemetry())
    try:
        session, error = asyncio.run(_check(settings, telemetry, arguments))
    except PoolUnavailable as unavailable:
        sys.stderr.write(f"liveness: {unavailable}\n")
        return FAILED
    finally:
        telemetry.shutdown()
    return _tell(session, error, settings.trace_url, as_json=arguments.json)


async def _check(
    settings: Settings, telemetry: Telemetry, arguments: argparse.Namespace
) -> tuple[Session, CheckError | None]:
    pool = make_pool(settings, telemetry)
    await pool.start()
    try:
        return await _run_session(pool, telemetry, arguments)
    finally:
        await pool.close()


async def _run_session(
    pool: WorkerPool, telemetry: Telemetry, arguments: argparse.Namespace
) -> tuple[Session, CheckError | None]:
    """Run the check as a session, which begins when the worker is ready, as it does in the service."""
    session = Session(Stage.COMMAND, telemetry, Context())
    session.video_size = arguments.video.stat().st_size
    session.identify(arguments.challenge)
    request = CheckRequest(arguments.video, arguments.challenge, session.session_id, arguments.reference)
    try:
        session.succeed(await _result(pool, request, session))
    except CheckError as error:
        session.fail(error.code)
        return session, error
    except BaseException as error:
        session.fail(error_code(error))
        raise
    finally:
        session.end()
    return session, None


async def _result(pool: WorkerPool, request: CheckRequest, session: Session) -> LivenessResult:
    """Wait for the result; Ctrl-C stops the worker instead of waiting for it."""
    checking = asyncio.create_task(pool.check(request, session.stages))
    try:
        await asyncio.wait({checking})
    except asyncio.CancelledError:
        await close_now(pool)
        await asyncio.gather(checking, return_exceptions=True)
        raise
    return checking.result()


def _tell(session: Session, error: CheckError | None, trace_url: str | None, *, as_json: bool) -> int:
    """Print what came of the check and return the exit code; JSON goes to standard output, errors included."""
    if error is not None:
        return _tell_error(session, error, as_json=as_json)
    assert session.result is not None
    if as_json:
        _print_json(answer_document(session, session.result, trace_url))
    else:
        print_report(session, session.result, trace_url, sys.stdout)
    return VERDICTS[session.result.verdict]


def _tell_error(session: Session, error: CheckError, *, as_json: bool) -> int:
    if as_json:
        _print_json(problem_document(details_of(error), session))
    else:
        sys.stderr.write(f"liveness: {error.code}: {error.message}\n")
    return UNUSABLE_UPLOAD if isinstance(error, InputError) else FAILED


def _print_json(document: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
