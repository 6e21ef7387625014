"""What a run of the benchmark has to go by: how thorough to be, where to write, and where the footage lies."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.figure import CannotMeasure
from pipeline.config import PipelineConfig

ROOT: Final = Path(__file__).resolve().parent.parent
TESTDATA: Final = ROOT.parent / "shared" / "testdata"


@dataclass(frozen=True, slots=True)
class Plan:
    """``folder`` is empty, below the checkout, and gone after the run."""

    quick: bool
    folder: Path
    testdata: Path = TESTDATA

    def runs(self, thorough: int, quick: int) -> int:
        """Return how often to run."""
        return quick if self.quick else thorough

    def clip(self, name: str) -> Path:
        """Return a clip of testdata.

        Raises:
            CannotMeasure: it is not there.
        """
        return self._found(self.testdata / "videos" / name)

    def image(self, name: str) -> Path:
        """Return a photo of testdata.

        Raises:
            CannotMeasure: it is not there.
        """
        return self._found(self.testdata / "images" / name)

    def config(self) -> PipelineConfig:
        """Return the pipeline with YuNet and MiniFASNet.

        Raises:
            CannotMeasure: their files are not there.
        """
        models = self._found(self.testdata / "models")
        return PipelineConfig(model_dir=models, detector="yunet", embedder="dlib_resnet", replay_detector="minifasnet")

    @staticmethod
    def _found(path: Path) -> Path:
        if not path.exists():
            raise CannotMeasure("testdata missing")
        return path


def say(message: str) -> None:
    """Report progress on standard error."""
    print(message, file=sys.stderr, flush=True)
