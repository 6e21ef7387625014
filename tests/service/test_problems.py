"""Every error code is documented with the status it has."""

import ast
import re
from pathlib import Path

import pipeline.errors
from pipeline.errors import CheckError, UnreadableVideo
from service.problems import Problem, details_of

ROOT = Path(__file__).parents[2]
API = ROOT / "docs" / "api.md"


def test_every_code_is_documented_with_its_status() -> None:
    """The table in docs/api.md has exactly the codes that the service and the pipeline can answer with."""
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \|", API.read_text(), re.MULTILINE)
    documented = {code: int(status) for code, status in rows}
    assert len(rows) == len(documented)
    assert documented == {problem.code: problem.status for problem in Problem} | _pipeline_codes()


def test_an_unknown_error_shows_nothing_of_itself() -> None:
    """Whatever an exception says stays in the log."""
    details = details_of(OSError(5, "Input/output error", "/var/uploads/video"))
    assert (details.status, details.code) == (500, "internal_error")
    assert "/var" not in str(details.document())


def test_the_pipelines_words_become_a_sentence() -> None:
    """What the pipeline says of a video is told to its sender, written as everything else is."""
    assert details_of(UnreadableVideo("the video file is cut off")).detail == "The video file is cut off."
    assert details_of(UnreadableVideo("Cut off.")).detail == "Cut off."


def _pipeline_codes() -> dict[str, int]:
    """Return the codes of the pipeline: the default of each class, and those given where an error is raised."""
    codes = {error.default_code: _status(error, error.default_code) for error in _classes().values()}
    for path in (ROOT / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[_, ast.Constant(value=str(code))]) if name in _classes():
                    codes[code] = _status(_classes()[name], code)
    return codes


def _classes() -> dict[str, type[CheckError]]:
    known = vars(pipeline.errors).items()
    return {name: value for name, value in known if isinstance(value, type) and issubclass(value, CheckError)}


def _status(error: type[CheckError], code: str) -> int:
    return details_of(error("", code)).status
