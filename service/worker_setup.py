"""What a worker process sets up before it loads its models; imported there, so it stays light."""

from service.logs import configure_logging
from telemetry.config import TelemetryConfig
from telemetry.setup import Telemetry, configure


def prepare_worker(config: TelemetryConfig, log_level: str) -> Telemetry:
    """Set up log and telemetry of this process."""
    configure_logging(log_level)
    return configure(config)
