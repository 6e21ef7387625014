"""``liveness samples``: sample videos made on the spot, of a public-domain portrait or of one's own."""

import argparse
import sys
from pathlib import Path

from pipeline.samples.files import write_samples
from pipeline.samples.portrait import SampleError
from service.exits import FAILED, USAGE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("directory", type=Path, metavar="DIR", help="folder to write the files to, made when absent")
    parser.add_argument("--seed", type=int, default=0, help="source of chance: the same seed gives the same files (0)")
    parser.add_argument("--photo", type=Path, help="portrait to use instead of the one that matplotlib ships")


def run(arguments: argparse.Namespace) -> int:
    """Write the files, print the path of each as soon as it is there, and return the exit code."""
    if arguments.photo is not None and not arguments.photo.is_file():
        sys.stderr.write(f"liveness: {arguments.photo}: no such file\n")
        return USAGE
    try:
        for path in write_samples(arguments.directory, arguments.seed, arguments.photo):
            sys.stdout.write(f"{path}\n")
            sys.stdout.flush()
    except SampleError as error:
        sys.stderr.write(f"liveness: {error}\n")
        return FAILED
    return 0
