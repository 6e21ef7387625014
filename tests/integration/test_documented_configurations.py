"""The configuration files and every snippet of docs/deployment.md, as the real programs see them."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.integration.processes import ROOT, tool

SNIPPETS = re.findall(r"```yaml\n(# (\w+).*?)```", (ROOT / "docs/deployment.md").read_text(), re.DOTALL)
OVERLAYS = [text for text, kind in SNIPPETS if kind == "laid"]
JAEGER = [text for text, kind in SNIPPETS if kind == "jaeger"]


def validate(program: str, *configurations: Path) -> tuple[int, str]:
    """Return the exit code and the messages of a program asked to check its configuration, with no variable set."""
    command = [str(tool(program)), "validate", *(f"--config={one}" for one in configurations)]
    run = subprocess.run(command, env={}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return run.returncode, run.stdout


def test_collector_accepts_its_configuration_as_it_stands() -> None:
    """No variable has to be set for it to be valid."""
    assert validate("otelcol", ROOT / "otel-collector.yaml") == (0, "")


def test_collector_refuses_a_configuration_that_is_wrong(tmp_path: Path) -> None:
    """The check that the other tests rely on does find mistakes."""
    mistake = tmp_path / "mistake.yaml"
    mistake.write_text("connectors: {span_metrics: {histogram: {unit: fortnights}}}")

    code, message = validate("otelcol", ROOT / "otel-collector.yaml", mistake)

    assert (code, "fortnights" in message) == (1, True)


@pytest.mark.parametrize("overlay", OVERLAYS, ids=range(len(OVERLAYS)))
def test_collector_accepts_each_documented_change(tmp_path: Path, overlay: str) -> None:
    """What the documentation says to lay over the configuration can be laid over it."""
    file = tmp_path / "change.yaml"
    file.write_text(overlay.replace("/var/lib/otelcol", str(tmp_path)))

    assert validate("otelcol", ROOT / "otel-collector.yaml", file) == (0, "")


@pytest.mark.parametrize("configuration", JAEGER, ids=range(len(JAEGER)))
def test_jaeger_accepts_the_documented_configuration(tmp_path: Path, configuration: str) -> None:
    """Jaeger takes the file that keeps traces on disk."""
    file = tmp_path / "jaeger.yaml"
    file.write_text(configuration)

    code, message = validate("jaeger", file)

    assert code == 0, message


def test_every_snippet_is_checked() -> None:
    """A snippet in a form the tests do not know would go unchecked."""
    written = (ROOT / "docs/deployment.md").read_text().count("```yaml")

    assert (len(OVERLAYS) + len(JAEGER), len(OVERLAYS) > 0, len(JAEGER) > 0) == (written, True, True)
