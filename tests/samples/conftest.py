"""The sample person, made once, and the sample files, written once."""

from pathlib import Path

import pytest

from pipeline.samples.files import write_samples
from pipeline.samples.head import Head


@pytest.fixture(scope="session")
def person() -> Head:
    """Grace Hopper, from the portrait that matplotlib ships."""
    return Head.shipped()


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample files by name."""
    return {path.name: path for path in write_samples(tmp_path_factory.mktemp("samples"))}
