"""Which files a source names: a file, a directory, a glob, or standard input."""

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from telemetry.analyzer.errors import SourceFailed
from telemetry.analyzer.readable import readable

STANDARD_INPUT: Final = "-"


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read; ``name`` is what messages call it, a path of None means standard input."""

    name: str
    path: Path | None


def find_files(source: str, mark: str) -> list[InputFile]:
    """Return the files a source names, in the order of their names.

    Of a directory, those that are not hidden and have ``mark`` in their name: rotated and packed files keep it.

    Raises:
        SourceFailed: there are none, or the file system refuses to say.
    """
    if source == STANDARD_INPUT:
        return [InputFile("standard input", None)]
    try:
        paths = _paths(source, mark)
    except (OSError, ValueError) as error:
        raise SourceFailed(f"cannot read {source}: {reason(error)}") from None
    return [InputFile(readable(str(path)), path) for path in paths]


def reason(error: OSError | ValueError) -> str:
    """Return why the file system refused, in its own words and without the path."""
    return str(getattr(error, "strerror", None) or error).lower()


def _paths(source: str, mark: str) -> list[Path]:
    path = Path(source)
    if path.is_dir():
        found = sorted(each for each in path.iterdir() if _is_marked(each, mark))
        missing = f"no file in {source} has {mark} in its name"
    elif path.exists() or not glob.has_magic(source):
        return [path]
    else:
        matches = glob.iglob(source, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
        found = sorted(match for match in map(Path, matches) if not match.is_dir())
        missing = f"no file matches {source}"
    if not found:
        raise SourceFailed(missing)
    return found


def _is_marked(path: Path, mark: str) -> bool:
    return mark in path.name and not path.name.startswith(".") and not path.is_dir()
