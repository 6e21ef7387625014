"""``liveness demo``: the whole product in a minute, with sample videos or a video of one's own."""

import argparse
import asyncio
import sys
from pathlib import Path

from service.demo.programs import DemoError
from service.demo.show import Show
from service.demo.tour import cancel_on_termination, tour
from service.exits import FAILED, INTERRUPTED, USAGE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--video", type=Path, help="check this video instead of the samples")


def run(arguments: argparse.Namespace) -> int:
    """Run the demo and return the exit code."""
    video = arguments.video
    if video is not None and not video.is_file():
        sys.stderr.write(f"liveness: {video}: no such file\n")
        return USAGE
    try:
        asyncio.run(_run(video))
    except asyncio.CancelledError:
        return INTERRUPTED
    except DemoError as error:
        sys.stderr.write(f"liveness: {error}\n")
        return FAILED
    return 0


async def _run(video: Path | None) -> None:
    cancel_on_termination()
    await tour(video, Show())
