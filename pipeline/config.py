"""What the pipeline can be told: models, limits, workers. One frozen, picklable object."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """Settings of a check and of the processes that run it."""

    model_dir: Path = Path("var/models")
    detector: str = "auto"
    """``auto``, ``yunet`` or ``dlib_hog``."""
    embedder: str = "auto"
    """``auto``, ``sface`` or ``dlib_resnet``."""
    replay_detector: str = "auto"
    """``auto``, ``minifasnet`` or ``off``."""
    max_duration: float = 60.0
    """Seconds of video."""
    max_frames: int = 4000
    max_pixels: int = 4096 * 2304
    """Pixels of one frame."""
    time_limit: float = 30.0
    """Seconds one check may take in its worker."""
    memory_limit: int = 1 << 30
    """Bytes one check may use beyond what a warm, idle worker holds."""
    workers: int = 2
