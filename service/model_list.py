"""What ``liveness models list`` says: each model file, what is in its place, and the engines a check would use now."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from rich.console import Console
from rich.text import Text

from pipeline.models import CATALOGUE, ExaminedFile, FileState, ModelError

_STYLES: Final = {
    FileState.VERIFIED: "green",
    FileState.WRONG: "bold red",
    FileState.UNREADABLE: "bold red",
    FileState.MISSING: "dim",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that a setting takes now, or the problem for which the service would not start."""

    role: str
    setting: str
    engine: str | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ModelList:
    """Every model file and every choice of an engine."""

    directory: Path
    files: tuple[ExaminedFile, ...]
    choices: tuple[Choice, ...]

    def document(self) -> dict[str, object]:
        """Return it for JSON."""
        return {
            "model_dir": str(self.directory),
            "models": [_entry(file) for file in self.files],
            "engines": {
                choice.role: {"setting": choice.setting, "engine": choice.engine, "problem": choice.problem}
                for choice in self.choices
            },
        }

    def print(self, stream: TextIO) -> None:
        """Print it for people, in colour on a terminal."""
        console = Console(file=stream, highlight=False)
        for line in self._lines():
            console.print(line, soft_wrap=True)

    def _lines(self) -> Iterator[Text]:
        yield Text(f"model files in {self.directory}", "bold")
        for file in self.files:
            model = file.model
            state = (f"{file.state:<12}", _STYLES[file.state])
            yield Text.assemble(
                f"  {model.engine:<12}", state, f"{model.largest:>10,} B  {model.name}, {model.purpose}"
            )
            if file.problem is not None:
                yield Text(f"    {file.problem}", "red")
        yield Text("engines", "bold")
        for choice in self.choices:
            engine = f"refused: {choice.problem}" if choice.engine is None else choice.engine
            yield Text.assemble(f"  {choice.role:<17}", (f"{choice.setting:<13}", "dim"), engine)


def examine_models(directory: Path, settings: dict[str, str]) -> ModelList:
    """Examine every model file; ``settings`` has the value of the setting for each role."""
    files = tuple(model.examine(directory) for model in CATALOGUE)
    return ModelList(directory, files, tuple(_choice(file, settings[file.model.role]) for file in files))


def _choice(file: ExaminedFile, setting: str) -> Choice:
    role = file.model.role
    try:
        engine = file.model.engine if file.chosen(setting) else file.model.packaged
    except ModelError as error:
        return Choice(role, setting, None, error.message)
    return Choice(role, setting, engine)


def _entry(file: ExaminedFile) -> dict[str, object]:
    model = file.model
    return {
        "name": model.engine,
        "file": model.name,
        "version": model.version,
        "purpose": model.purpose,
        "licence": model.licence,
        "project": model.project,
        "state": file.state,
        "problem": file.problem,
        "exports": [{"sha256": one.sha256, "size": one.size, "url": one.url} for one in model.exports],
    }
