"""Model files: where they lie, what they must be. A file that is not the one we know is refused, never guessed at."""

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pipeline.errors import CheckError


class ModelError(CheckError):
    """A model file is missing though it was asked for, or is not the file it should be."""

    default_code = "model_unusable"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model we know: its file name, the version we report and the SHA-256 digests it may have."""

    name: str
    version: str
    sha256: tuple[str, ...]

    def find(self, directory: Path) -> Path | None:
        """Return the checked file in ``directory``, None when there is none.

        Raises:
            ModelError: the file is there but is another one; names both digests.
        """
        path = directory / self.name
        if not path.is_file():
            return None
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest not in self.sha256:
            raise ModelError(f"{path} is not {self.version}: its SHA-256 is {digest}, not {self.sha256[0]}")
        return path


YUNET: Final = ModelFile(
    name="face_detection_yunet_2026may.onnx",
    version="yunet-2026may",
    sha256=("ebafce4e3c118d6554634be5c27ab333b4c047a9a8c3faf1d7cf93101c22f0f0",),
)
SFACE: Final = ModelFile(
    name="face_recognition_sface_2021dec.onnx",
    version="sface-2021dec",
    sha256=("0ba9fbfa01b5270c96627c4ef784da859931e02f04419c829e83484087c34e79",),
)
MINIFASNET: Final = ModelFile(
    name="2.7_80x80_MiniFASNetV2.onnx",
    version="minifasnet-v2",
    sha256=(
        "f0616a1c7123d4978623910241b812943d2d5bba032eac26cc0416764517ef4a",
        "b32929adc2d9c34b9486f8c4c7bc97c1b69bc0ea9befefc380e4faae4e463907",
    ),
)


def packaged_model(name: str) -> Path:
    """Return a model of the face_recognition_models package, found without importing it (it needs setuptools).

    Raises:
        ModelError: the package is not installed.
    """
    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        raise ModelError("the package face_recognition_models is not installed")
    return Path(spec.origin).parent / "models" / name
