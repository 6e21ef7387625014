"""Settings from the environment: their values, their documentation, and what is said when they are wrong."""

import re
from pathlib import Path

import pytest
from pydantic import ByteSize, ValidationError

from pipeline.config import PipelineConfig
from service.settings import BadSettings, Settings, load_settings, unknown_variables, variable_of
from telemetry.config import TelemetryConfig

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable_of(field), raising=False)


def test_the_table_in_the_documentation_has_exactly_the_settings() -> None:
    """Every setting is documented with its default, and nothing is documented that is no setting."""
    documented = dict(re.findall(r"^\| `(LIVENESS_\w+)` \| (.*?) \|", OPERATIONS.read_text(), re.MULTILINE))
    expected = {variable_of(name): _shown(field.default) for name, field in Settings.model_fields.items()}
    assert documented == expected


def test_every_setting_is_described() -> None:
    """The documentation says of each setting what the code says of it."""
    text = OPERATIONS.read_text()
    for field in Settings.model_fields.values():
        assert field.description is not None
        assert field.description in text


def test_defaults_are_those_of_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any variable, pipeline and telemetry get what they would choose themselves."""
    settings = load_settings()
    assert settings.pipeline() == PipelineConfig()
    assert settings.telemetry() == TelemetryConfig()


def test_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes may have a unit, a log file may be off, and an empty variable counts as unset."""
    monkeypatch.setenv("LIVENESS_MAX_VIDEO_SIZE", "3MiB")
    monkeypatch.setenv("LIVENESS_MAX_REFERENCE_SIZE", "12345")
    monkeypatch.setenv("LIVENESS_PERFORMANCE_LOG", "off")
    monkeypatch.setenv("LIVENESS_FACEMATCH_LOG", "/var/log/facematch.log")
    monkeypatch.setenv("LIVENESS_WORKERS", "")
    monkeypatch.setenv("LIVENESS_MEMORY_LIMIT", "512MiB")
    settings = load_settings()
    assert (settings.max_video_size, settings.max_reference_size) == (3 << 20, 12345)
    assert settings.telemetry().performance_log is None
    assert settings.telemetry().facematch_log == Path("/var/log/facematch.log")
    assert settings.workers == PipelineConfig().workers
    assert settings.pipeline().memory_limit == 512 << 20


def test_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument that was given counts more than the environment, one that was not does not."""
    monkeypatch.setenv("LIVENESS_PORT", "1")
    monkeypatch.setenv("LIVENESS_HOST", "example.org")
    settings = load_settings(port=2, host=None)
    assert (settings.port, settings.host) == (2, "example.org")


def test_env_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that happens to lie in the working folder changes nothing."""
    (tmp_path / ".env").write_text("LIVENESS_PORT=1\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings().port == 8080


def test_settings_are_frozen() -> None:
    """Nothing changes a setting while the service runs."""
    with pytest.raises(ValidationError):
        load_settings().port = 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LIVENESS_PORT", "http"),
        ("LIVENESS_PORT", "65536"),
        ("LIVENESS_WORKERS", "0"),
        ("LIVENESS_QUEUE_SIZE", "-1"),
        ("LIVENESS_MAX_VIDEO_SIZE", "large"),
        ("LIVENESS_MAX_VIDEO_SIZE", "0"),
        ("LIVENESS_TIME_LIMIT", "inf"),
        ("LIVENESS_TIME_LIMIT", "0"),
        ("LIVENESS_DETECTOR", "haar"),
        ("LIVENESS_LOG_LEVEL", "loud"),
        ("LIVENESS_TRACE_URL", "http://localhost:16686/trace/"),
    ],
)
def test_one_line_for_each_bad_setting(monkeypatch: pytest.MonkeyPatch, variable: str, value: str) -> None:
    """A value that cannot be used is named by its variable; several are told at once."""
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("LIVENESS_RETENTION_HOURS", "forever")
    with pytest.raises(BadSettings) as error:
        load_settings()
    assert [problem.partition(": ")[0] for problem in sorted(error.value.problems)] == sorted(
        [variable, "LIVENESS_RETENTION_HOURS"]
    )
    assert all("\n" not in problem for problem in error.value.problems)


def test_misspelt_settings_are_noticed() -> None:
    """What looks like a setting but is none is reported, so that it can be said."""
    environment = {"LIVENESS_PROT": "1", "LIVENESS_PORT": "1", "PATH": "/bin"}
    assert unknown_variables(environment) == ["LIVENESS_PROT"]


def _shown(default: object) -> str:
    """Return a default as the table shows it."""
    match default:
        case None:
            return "unset"
        case ByteSize():
            return default.human_readable().replace(".0", "")
        case float():
            return f"{default:g}"
    return str(default)
