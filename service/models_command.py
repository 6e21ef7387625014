"""``liveness models``: which model files are there, and how to get those that are not."""

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from yarl import URL

from pipeline.models import CATALOGUE, ModelError, ModelFile
from service.exits import FAILED
from service.model_download import DownloadFailed, bring, origin_of
from service.model_list import examine_models
from service.settings import load_settings

MODELS: Final = {model.engine: model for model in CATALOGUE}
"""Every model by the name it has on the command line, which is the value of the setting that pins it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the two actions and their arguments."""
    actions = parser.add_subparsers(metavar="ACTION", required=True, dest="action")
    summary = "show each model file and the engines that a check would use now"
    listing = actions.add_parser("list", help=summary, description=f"{summary.capitalize()}.")
    listing.add_argument("--json", action="store_true", help="print JSON instead of a table")
    summary = "fetch model files, check them and put them in their place"
    download = actions.add_parser("download", help=summary, description=f"{summary.capitalize()}.")
    download.add_argument(
        "models", nargs="*", type=_model, metavar="NAME", help=f"which: {', '.join(MODELS)} (all of them)"
    )
    download.add_argument(
        "--from", dest="place", type=_place, metavar="URL", help="address or folder that has the files (official ones)"
    )
    download.add_argument("--to", type=Path, metavar="DIR", help="folder to put them in (LIVENESS_MODEL_DIR)")


def run(arguments: argparse.Namespace) -> int:
    """Do what the action says and return the exit code.

    Raises:
        BadSettings: the settings cannot be used.
    """
    if arguments.action == "list":
        return _list(as_json=arguments.json)
    directory = arguments.to or load_settings().model_dir
    return asyncio.run(_bring_all(arguments.models or CATALOGUE, arguments.place, directory))


def _list(*, as_json: bool) -> int:
    settings = load_settings()
    found = examine_models(settings.model_dir, {model.role: getattr(settings, model.role) for model in CATALOGUE})
    if as_json:
        sys.stdout.write(json.dumps(found.document(), indent=2) + "\n")
    else:
        found.print(sys.stdout)
    return 0


def _model(name: str) -> ModelFile:
    if name not in MODELS:
        raise argparse.ArgumentTypeError(f"{name} is none of {', '.join(MODELS)}")
    return MODELS[name]


def _place(place: str) -> URL | Path:
    if not place.startswith(("http://", "https://")):
        return _folder(Path(place))
    with suppress(ValueError):
        address = URL(place)
        if address.host:
            return address
    raise argparse.ArgumentTypeError(f"{place} is not an address")


def _folder(folder: Path) -> Path:
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"{folder} is no folder, and no address that begins with https:// or http://")
    return folder


async def _bring_all(models: Sequence[ModelFile], place: URL | Path | None, directory: Path) -> int:
    """Bring one model after another, whatever becomes of each, and return the exit code."""
    code = 0
    async with origin_of(place) as origin:
        for model in models:
            try:
                sys.stdout.write(f"{await bring(model, origin, directory, sys.stderr)}\n")
                sys.stdout.flush()
            except (DownloadFailed, ModelError) as error:
                sys.stderr.write(f"liveness: {model.engine}: {error}\n")
                code = FAILED
    return code
