"""What telemetry can be told apart from the standard OTEL_* variables. One frozen, picklable object."""

from dataclasses import dataclass
from pathlib import Path

DISTRIBUTION = "video-liveness"


@dataclass(frozen=True, slots=True)
class TelemetryConfig:
    """Where telemetry goes when no OTLP endpoint is set, and where the two log files are."""

    service_name: str = DISTRIBUTION
    """Overridden by OTEL_SERVICE_NAME and by service.name in OTEL_RESOURCE_ATTRIBUTES."""
    traces_dir: Path = Path("var/traces")
    """Folder of the OTLP JSON files: spans, log events and metrics."""
    max_file_bytes: int = 16 * 1024 * 1024
    """Largest size of one OTLP JSON file."""
    max_files: int = 8
    """Most files of one signal, the one being written included; the oldest are removed."""
    performance_log: Path | None = Path("logs/performance.log")
    """Timing points; None turns the file off."""
    facematch_log: Path | None = Path("logs/facematch.log")
    """Detail lines; None turns the file off."""

    def __post_init__(self) -> None:
        if self.max_file_bytes < 1 or self.max_files < 1:
            raise ValueError("max_file_bytes and max_files must be positive")
