"""A model file is the one we know, or it is refused; a setting decides what happens without it."""

import hashlib
import re
from pathlib import Path

import pytest

from pipeline.models import AUTO, CATALOGUE, Export, FileState, ModelError, ModelFile, packaged_model

CONTENT = b"the weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
MODEL = ModelFile(
    engine="tiny",
    role="detector",
    packaged="none",
    name="tiny.onnx",
    version="tiny-1",
    purpose="is small",
    licence="none",
    project="none",
    exports=(Export("0" * 64, 20), Export(DIGEST, len(CONTENT))),
)


def problem_of(setting: str, folder: Path) -> str:
    """Return what is said when a setting cannot have its model."""
    with pytest.raises(ModelError) as caught:
        MODEL.chosen(setting, folder)
    assert caught.value.code == "model_unusable"
    return str(caught.value)


@pytest.mark.parametrize("setting", [AUTO, "tiny"])
def test_verified_file_is_taken(tmp_path: Path, setting: str) -> None:
    """Each export of a model is as good as another."""
    (tmp_path / MODEL.name).write_bytes(CONTENT)

    assert MODEL.examine(tmp_path).state is FileState.VERIFIED
    assert MODEL.chosen(setting, tmp_path) == tmp_path / MODEL.name


@pytest.mark.parametrize("folder", ["", "absent", "file/below"])
def test_missing_file_leaves_auto_with_the_packaged_engine(tmp_path: Path, folder: str) -> None:
    """The model folder itself need not be there."""
    (tmp_path / "file").touch()

    assert MODEL.examine(tmp_path / folder).state is FileState.MISSING
    assert MODEL.chosen(AUTO, tmp_path / folder) is None


def test_missing_file_that_is_pinned_is_refused(tmp_path: Path) -> None:
    """The message has the path and the way to the file."""
    assert problem_of("tiny", tmp_path) == (
        f"{tmp_path / MODEL.name} is missing; `liveness models download tiny` fetches it"
    )


@pytest.mark.parametrize("setting", [AUTO, "tiny"])
@pytest.mark.parametrize("content", [b"", CONTENT[:-1], CONTENT + b"\0", b"another model"])
def test_wrong_file_is_refused_with_its_digest_and_the_right_ones(tmp_path: Path, setting: str, content: bytes) -> None:
    """A truncated or another file is never loaded, nor passed over as if it were missing."""
    path = tmp_path / MODEL.name
    path.write_bytes(content)

    assert MODEL.examine(tmp_path).state is FileState.WRONG
    assert problem_of(setting, tmp_path) == (
        f"{path} is not tiny-1: its SHA-256 is {hashlib.sha256(content).hexdigest()}, not {'0' * 64} or {DIGEST}"
    )


def test_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """Something is there, so it is not passed over as if it were missing."""
    (tmp_path / MODEL.name).mkdir()

    assert MODEL.examine(tmp_path).state is FileState.UNREADABLE
    assert problem_of(AUTO, tmp_path) == f"{tmp_path / MODEL.name} cannot be read: Is a directory"


@pytest.mark.parametrize("content", [None, CONTENT, b"another model"])
def test_setting_that_pins_another_engine_does_not_look(tmp_path: Path, content: bytes | None) -> None:
    """Neither a right nor a wrong file changes what was asked for."""
    if content is not None:
        (tmp_path / MODEL.name).write_bytes(content)

    assert MODEL.chosen("none", tmp_path) is None


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.engine)
def test_entry_of_the_catalogue_is_complete(model: ModelFile) -> None:
    """Digests are SHA-256, sizes are known, and the official address is HTTPS."""
    assert all(re.fullmatch(r"[0-9a-f]{64}", export.sha256) for export in model.exports)
    assert all(export.size > 0 for export in model.exports)
    assert model.address is not None
    assert model.address.startswith("https://")


@pytest.mark.parametrize("field", ["engine", "role", "name", "version"])
def test_entries_of_the_catalogue_can_be_told_apart(field: str) -> None:
    """Each has its own name, place and setting."""
    assert len({getattr(model, field) for model in CATALOGUE}) == len(CATALOGUE)


def test_packaged_models_are_found_without_importing_their_package() -> None:
    """They come with a dependency; the package itself needs setuptools to be imported."""
    assert packaged_model("shape_predictor_5_face_landmarks.dat").is_file()
