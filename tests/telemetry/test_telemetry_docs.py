"""docs/telemetry.md says what the code does: spans, attributes, timing points, variables, defaults."""

import inspect
import re
from pathlib import Path

import pytest

from telemetry import config, environment, exporters, providers, stages
from telemetry.batching import BatchLimits
from telemetry.config import TelemetryConfig
from telemetry.stages import PARENTS, ROOTS, Attribute, Stage
from telemetry.timing_lines import FIELDS, POINTS, Kind, line

PAGE = (Path(__file__).parents[2] / "docs" / "telemetry.md").read_text()

VARIABLE = re.compile(r"OTEL_[A-Z_]*[A-Z]")


def table(first_heading: str) -> list[list[str]]:
    """Return the rows of the table whose first column has a heading, cells without code marks."""
    start = PAGE.index(f"| {first_heading} |")
    lines = PAGE[start:].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in row.strip("|").split("|")] for row in lines]


def attribute_comments() -> dict[str, str]:
    """Return the type and unit of each attribute, as its comment in the source says."""
    found = re.findall(r'^    [A-Z_]+ = "(.+)"  # (.+)$', inspect.getsource(stages.Attribute), re.MULTILINE)
    return dict(found)


def test_every_span_is_documented_with_its_parent() -> None:
    """The table of spans is the list of stages, in its order, with the parents."""
    documented = [(row[0], row[1]) for row in table("span")]

    assert documented == [(stage, "" if stage in ROOTS else PARENTS[stage]) for stage in Stage]


def test_every_attribute_is_documented_with_its_unit() -> None:
    """The table of attributes is the list in the source, with the same types and units."""
    assert {row[0]: row[1] for row in table("attribute")} == attribute_comments()
    assert set(attribute_comments()) == set(Attribute)


def test_every_timing_point_is_documented_with_its_fields() -> None:
    """The table of timing points has every point, and its fields in the order of the line."""
    assert {row[0]: tuple(row[2].split(", ")) for row in table("timing point")} == POINTS


def test_every_field_is_documented_with_its_attribute() -> None:
    """The table of fields tells the attribute of each, with the unit where it has one."""
    units = {Kind.SECONDS: ", seconds", Kind.BYTES: ", bytes"}
    expected = {key: field.attribute + units.get(field.kind, "") for key, field in FIELDS.items()}
    expected["file_size"] += ", bytes"

    assert {row[0]: row[2] for row in table("field")} == expected


@pytest.mark.parametrize("example", re.findall(r"^    (\d{4}-.*)$", PAGE, re.MULTILINE))
def test_the_example_lines_are_real(example: str) -> None:
    """Every example is what the code writes for its fields."""
    _, level, name, rendered = example.split(" - ")
    [point] = [point for point in POINTS if point == name]
    texts = dict(pair.split(": ") for pair in rendered.split(", "))
    values = {key: parsed(text, FIELDS[key].kind) for key, text in texts.items()}

    assert line(point, values, 0).split(" - ", 1)[1] == f"{level} - {name} - {rendered}\n"


def parsed(text: str, kind: Kind) -> str | float | bool:
    """Read a value back from a line."""
    match kind:
        case Kind.SECONDS:
            return float(text.removesuffix("s"))
        case Kind.FLAG:
            return text == "True"
    return text


def test_every_variable_the_code_reads_is_documented() -> None:
    """No OTEL_* variable decides anything in secret."""
    sources = "".join(inspect.getsource(module) for module in (environment, exporters, providers))
    read = {name for name in VARIABLE.findall(sources) if not name.endswith(("_EXPORTER_OTLP", "_BSP", "_BLRP"))}
    read |= {f"OTEL_BSP_{name}" for name in ("SCHEDULE_DELAY", "MAX_QUEUE_SIZE", "MAX_EXPORT_BATCH_SIZE")}
    read |= {f"OTEL_{signal.upper()}_EXPORTER" for signal in environment.Signal}
    read |= {f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT" for signal in environment.Signal}

    assert read - set(VARIABLE.findall(PAGE)) == set()


def test_defaults_are_documented() -> None:
    """The numbers on the page are the ones in the code."""
    limits, defaults = BatchLimits(), TelemetryConfig()
    said = {row[0]: row[1] for row in table("variable")}
    batches = said["OTEL_BSP_MAX_QUEUE_SIZE, OTEL_BSP_MAX_EXPORT_BATCH_SIZE, OTEL_BSP_SCHEDULE_DELAY"]

    assert re.findall(r"\d+", batches) == [
        str(number) for number in (limits.queue_size, limits.batch_size, round(limits.delay * 1000))
    ]
    assert f"`LIVENESS_TRACES_MAX_FILE_SIZE` ({defaults.max_file_bytes >> 20} MiB)" in PAGE
    assert f"`LIVENESS_TRACES_MAX_FILES` ({defaults.max_files})" in PAGE
    assert f"(`{defaults.traces_dir}`)" in PAGE
    assert f"`{defaults.performance_log}`" in PAGE
    assert f"`{defaults.facematch_log}`" in PAGE
    assert f"(`{config.DISTRIBUTION}`)" in PAGE
    low, high = min(providers.DURATION_BUCKETS), max(providers.DURATION_BUCKETS)
    assert f"buckets from {low * 1000:.0f} ms to {high:.0f} s" in " ".join(PAGE.split())
