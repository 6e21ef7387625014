"""``liveness serve``."""

import argparse
import asyncio
import logging
import os
import sys

from pipeline.errors import PoolUnavailable
from service.app import make_app
from service.exits import FAILED
from service.logs import configure_logging
from service.server import serve
from service.settings import Settings, load_settings, unknown_variables
from telemetry.setup import configure

_log = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments; each wins over its environment variable."""
    parser.add_argument("--host", help="address to listen on (LIVENESS_HOST, 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on, 0 for any free one (LIVENESS_PORT, 8080)")
    parser.add_argument("--workers", type=int, help="worker processes (LIVENESS_WORKERS, 2)")


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal, and return the exit code.

    Raises:
        BadSettings, TelemetryConfigError: the settings cannot be used.
    """
    settings = load_settings(host=arguments.host, port=arguments.port, workers=arguments.workers)
    configure_logging(settings.log_level)
    for name in unknown_variables(os.environ):
        _log.warning("%s is not a setting; see docs/operations.md", name)
    try:
        return _serve(settings)
    except (OSError, PoolUnavailable) as error:
        sys.stderr.write(f"liveness: cannot serve: {error}\n")
        return FAILED


def _serve(settings: Settings) -> int:
    telemetry = configure(settings.telemetry())
    try:
        return asyncio.run(serve(make_app(settings, telemetry)))
    finally:
        telemetry.shutdown()
