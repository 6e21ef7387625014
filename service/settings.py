"""Every setting of the service: one frozen object made from the environment, prefix ``LIVENESS_``.

docs/operations.md holds the same settings as a table; a test keeps the two together. ``.env`` files are not
read: what a process does must be visible in its environment.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ByteSize, Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.config import PipelineConfig
from telemetry.config import TelemetryConfig

ENV_PREFIX: Final = "LIVENESS_"
TRACE_ID_PLACEHOLDER: Final = "{trace_id}"

_MIB: Final = 1 << 20
_PIPELINE: Final = PipelineConfig()
_TELEMETRY: Final = TelemetryConfig()


def _none_if_off(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() == "off" else value


LogFile = Annotated[Path | None, BeforeValidator(_none_if_off)]
"""A path, or the word ``off``."""

Time = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0)]
Bytes = Annotated[ByteSize, Field(gt=0)]
"""A number of bytes, or a number with a unit: ``256MiB``."""


class Settings(BaseSettings):
    """What the service can be told. Sizes are in bytes, times in seconds unless the name says otherwise."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, env_ignore_empty=True, env_file=None, frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes any free one.")
    workers: Count = Field(
        _PIPELINE.workers, description="Worker processes; each runs one check at a time and holds its own models."
    )
    queue_size: int = Field(
        8, ge=0, description="Checks taken in beyond the workers, uploads included; more are answered 503 `queue_full`."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level written to standard error."
    )
    trace_url: str | None = Field(
        None,
        description="Link to a trace for `trace_url` in the answer; `{trace_id}` stands for the identifier. "
        "Unset: `trace_url` is null.",
    )

    upload_dir: Path = Field(Path("var/uploads"), description="Folder for uploads while their check runs.")
    max_video_size: Bytes = Field(
        ByteSize(256 * _MIB), description="Largest video; more is answered 413 `video_too_large`."
    )
    max_reference_size: Bytes = Field(
        ByteSize(10 * _MIB), description="Largest reference photo; more is answered 413 `reference_too_large`."
    )
    upload_time_limit: Time = Field(
        120.0, description="Seconds that one body may take to arrive; more is answered 408 `upload_timeout`."
    )
    min_free_space: Bytes = Field(
        ByteSize(512 * _MIB), description="Free space in the upload folder below which `/readyz` answers 503."
    )
    drain_time_limit: Time = Field(
        30.0, description="Seconds that running checks get after SIGTERM; then they are answered 503 `shutting_down`."
    )
    retention_dir: Path | None = Field(
        None, description="Folder that whole uploads are moved to when their check ends. Unset: they are deleted."
    )
    retention_hours: Time = Field(24.0, description="Hours after which kept uploads are deleted.")

    model_dir: Path = Field(_PIPELINE.model_dir, description="Folder with optional model files.")
    detector: Literal["auto", "yunet", "dlib_hog"] = Field(
        "auto", description="Face detector; `auto` takes YuNet when its file is there."
    )
    embedder: Literal["auto", "sface", "dlib_resnet"] = Field(
        "auto", description="Face embedder; `auto` takes SFace when its file is there."
    )
    replay_detector: Literal["auto", "minifasnet", "off"] = Field(
        "auto", description="Replay detector; `auto` takes MiniFASNetV2 when its file is there."
    )
    max_duration: Time = Field(
        _PIPELINE.max_duration, description="Seconds of the longest video; more is answered 422 `video_too_long`."
    )
    max_frames: Count = Field(
        _PIPELINE.max_frames, description="Most frames of a video; more is answered 422 `too_many_frames`."
    )
    max_pixels: Count = Field(
        _PIPELINE.max_pixels, description="Most pixels of a frame; more is answered 422 `too_many_pixels`."
    )
    time_limit: Time = Field(
        _PIPELINE.time_limit,
        description="Seconds that one check may take in its worker; more is answered 504 `time_limit_exceeded`.",
    )
    memory_limit: Bytes = Field(
        ByteSize(_PIPELINE.memory_limit),
        description="Memory one check may use beyond its idle worker; more is answered 500 `memory_limit_exceeded`.",
    )

    traces_dir: Path = Field(_TELEMETRY.traces_dir, description="Folder for traces while no OTLP endpoint is set.")
    traces_max_file_size: Bytes = Field(
        ByteSize(_TELEMETRY.max_file_bytes), description="Size at which a trace file is rotated."
    )
    traces_max_files: Count = Field(_TELEMETRY.max_files, description="Trace files kept; the oldest are removed.")
    performance_log: LogFile = Field(
        _TELEMETRY.performance_log, description="File for the eight timing points; `off` turns it off."
    )
    facematch_log: LogFile = Field(
        _TELEMETRY.facematch_log, description="File for the two detail lines; `off` turns it off."
    )

    @field_validator("trace_url")
    @classmethod
    def _has_placeholder(cls, value: str | None) -> str | None:
        if value is not None and TRACE_ID_PLACEHOLDER not in value:
            raise ValueError(f"must contain {TRACE_ID_PLACEHOLDER}")
        return value

    def pipeline(self) -> PipelineConfig:
        """Return the part that the pipeline and its workers need."""
        return PipelineConfig(
            model_dir=self.model_dir,
            detector=self.detector,
            embedder=self.embedder,
            replay_detector=self.replay_detector,
            max_duration=self.max_duration,
            max_frames=self.max_frames,
            max_pixels=self.max_pixels,
            time_limit=self.time_limit,
            memory_limit=int(self.memory_limit),
            workers=self.workers,
        )

    def telemetry(self) -> TelemetryConfig:
        """Return the part that telemetry needs, in this process and in each worker."""
        return TelemetryConfig(
            traces_dir=self.traces_dir,
            max_file_bytes=int(self.traces_max_file_size),
            max_files=self.traces_max_files,
            performance_log=self.performance_log,
            facematch_log=self.facematch_log,
        )


class BadSettings(Exception):
    """The environment or the command line asks for something that cannot be; one line per problem."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_settings(**overrides: str | int | None) -> Settings:
    """Return the settings of the environment; ``overrides`` that are not None win (the command line).

    Raises:
        BadSettings: a value cannot be used.
    """
    given: dict[str, Any] = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise BadSettings([_problem(details["loc"], details["msg"]) for details in error.errors()]) from None


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Return the names in an environment that look like settings but are none, such as misspelt ones."""
    known = {variable_of(field) for field in Settings.model_fields}
    return sorted(name for name in environment if name.startswith(ENV_PREFIX) and name not in known)


def variable_of(field: str) -> str:
    """Return the environment variable of a field."""
    return ENV_PREFIX + field.upper()


def _problem(location: tuple[int | str, ...], message: str) -> str:
    field = str(location[0]) if location else ""
    return f"{variable_of(field)}: {message.removeprefix('Value error, ').lower()}"
