"""Files of results: whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from telemetry.analyzer.errors import OutputFailed, UsageError

REPORT_DIRECTORY: Final = Path("var/reports")
_REPORT_BEGINS: Final = b'{\n  "schema_version"'


def save_report(document: str, target: str, generated_at: str) -> Path:
    """Write a JSON report and return its path. An empty target means a new file in ``var/reports``.

    Only another report is ever replaced, so ``--save SOURCE`` cannot cost anybody their traces.

    Raises:
        UsageError: there is another kind of file in that place.
        OutputFailed: the file cannot be written.
    """
    path = Path(target) if target else REPORT_DIRECTORY / f"report-{_compact(generated_at)}.json"
    try:
        if path.is_file() and not _is_report(path):
            raise UsageError(f"{path} is not a report, so it is not replaced")
    except OSError as error:
        raise OutputFailed(f"cannot replace {path}: {error.strerror}") from None
    write_whole(path, [document.encode()])
    return path


def write_whole(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file beside its place and move it there, making folders that are missing.

    Raises:
        OutputFailed: it cannot be written; what was there before is untouched.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            _write(path, chunks)
        else:
            _write_beside(path.resolve(), chunks)
    except OSError as error:
        raise OutputFailed(f"cannot write {path}: {error.strerror}") from None


def _write_beside(path: Path, chunks: Iterable[bytes]) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        _write(beside, chunks)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    """Write to a file, or to a device or pipe that must stay what it is."""
    with path.open("wb") as stream:
        stream.writelines(chunks)


def _is_report(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_REPORT_BEGINS)) == _REPORT_BEGINS


def _compact(moment: str) -> str:
    """Write an ISO time without the characters that file names do not like."""
    return moment.replace("-", "").replace(":", "")
