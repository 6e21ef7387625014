"""Where good ends and bad begins. The defaults are the original's; a TOML file overrides them one by one."""

from pathlib import Path
from typing import Annotated

import msgspec

from telemetry.analyzer.errors import UsageError

Positive = Annotated[float, msgspec.Meta(gt=0)]
Fraction = Annotated[float, msgspec.Meta(gt=0, le=1)]


class _Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits between levels; a value on a limit belongs to the worse level."""


class TotalTime(_Limits, frozen=True):
    """Upper limits of the average total time, in seconds."""

    excellent: Positive = 3.0
    good: Positive = 5.0
    needs_attention: Positive = 8.0

    def __post_init__(self) -> None:
        if not self.excellent <= self.good <= self.needs_attention:
            raise ValueError("must rise from excellent to good to needs_attention")


class ProcessingTime(_Limits, frozen=True):
    """Upper limit of the average processing time, in seconds."""

    good: Positive = 4.0


class SuccessRate(_Limits, frozen=True):
    """Lower limits of the share of sessions that completed."""

    excellent: Fraction = 0.95
    good: Fraction = 0.90
    needs_attention: Fraction = 0.80

    def __post_init__(self) -> None:
        if not self.excellent >= self.good >= self.needs_attention:
            raise ValueError("must fall from excellent to good to needs_attention")


class Throughput(_Limits, frozen=True):
    """Lower limits of the throughput, in requests per second."""

    good: Positive = 0.2
    needs_attention: Positive = 0.1

    def __post_init__(self) -> None:
        if self.good < self.needs_attention:
            raise ValueError("must fall from good to needs_attention")


class Sample(_Limits, frozen=True):
    """How many ended sessions a verdict needs.

    Among fewer than 10, one failure moves the success rate by more than 10 points, the distance between two
    levels: the verdict would be about one session.
    """

    min_sessions: Annotated[int, msgspec.Meta(ge=1)] = 10


class Thresholds(_Limits, frozen=True):
    """All limits, by the metric they belong to."""

    total_time: TotalTime = TotalTime()
    processing_time: ProcessingTime = ProcessingTime()
    success_rate: SuccessRate = SuccessRate()
    throughput: Throughput = Throughput()
    sample: Sample = Sample()


def load_thresholds(path: Path | None) -> Thresholds:
    """Read overrides of the defaults from a TOML file; without one the defaults stand.

    Raises:
        UsageError: the file cannot be read, is no TOML, or holds a key or a value that is not allowed.
    """
    if path is None:
        return Thresholds()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Thresholds)
    except OSError as error:
        raise UsageError(f"cannot read thresholds from {path}: {error.strerror}") from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UsageError(f"thresholds in {path}: {error}") from None
