"""otel-collector.yaml as the real Collector sees it."""

import subprocess

from tests.integration.processes import ROOT, tool


def test_collector_accepts_the_configuration_as_it_stands() -> None:
    """No variable has to be set for it to be valid."""
    run = subprocess.run(
        [tool("otelcol"), "validate", "--config", ROOT / "otel-collector.yaml"],
        env={},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (run.returncode, run.stderr) == (0, "")
