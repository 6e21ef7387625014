"""Checkers with the models of the real footage, and with nothing but what the packages ship."""

from pathlib import Path

import pytest

from pipeline.check import Checker
from pipeline.config import PipelineConfig
from tests.pipeline.footage import TESTDATA


@pytest.fixture(scope="session")
def model_checker() -> Checker:
    """A checker with YuNet and MiniFASNet."""
    return Checker(PipelineConfig(model_dir=TESTDATA / "models"))


@pytest.fixture(scope="session")
def packaged_checker() -> Checker:
    """A checker without a model file: dlib only."""
    return Checker(PipelineConfig(model_dir=Path("/nonexistent")))
