"""Reference photos: what is no image is refused, what cannot be compared with is named, good ones are used."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.check import Checker
from pipeline.comparison import (
    MAX_REFERENCE_TURN,
    MIN_REFERENCE_EYE_DISTANCE,
    read_reference,
    reference_flaw,
)
from pipeline.detectors import DlibDetector
from pipeline.errors import UnusableReference
from pipeline.face import UPRIGHT_FACE, Box, Face
from pipeline.observation import FrameObservation, look
from pipeline.result import ComparisonOutcome, Verdict
from pipeline.samples.files import write_samples
from tests.pipeline.footage import checked, needs_testdata, photo

GOOD = FrameObservation(
    0, 0.0, 1, Face(Box(0, 0, 90, 110), 0.9, UPRIGHT_FACE * 50), None, np.array([0.0, 0.62]), 100.0, 0.5
)


def test_a_good_reference_has_no_flaw() -> None:
    """One face, large, sharp and frontal."""
    assert reference_flaw(GOOD, 1.0) is None


TURNED = np.array([MAX_REFERENCE_TURN + 0.01, 0.62])


@pytest.mark.parametrize(
    ("seen", "scale", "code"),
    [
        (FrameObservation(0, 0.0, 0), 1.0, "no_face_in_reference"),
        (replace(GOOD, faces=2), 1.0, "several_faces_in_reference"),
        (GOOD, 50 / (MIN_REFERENCE_EYE_DISTANCE - 1), "reference_too_small"),
        (replace(GOOD, sharpness=1.0), 1.0, "reference_blurred"),
        (replace(GOOD, nose=TURNED), 1.0, "reference_turned"),
    ],
)
def test_what_is_wrong_with_a_reference_is_named(seen: FrameObservation, scale: float, code: str) -> None:
    """Each flaw with its code and, where something was measured, its threshold."""
    flaw = reference_flaw(seen, scale)
    assert flaw is not None
    assert flaw.code == code
    assert (flaw.value is None) == (flaw.threshold is None)


@needs_testdata
@pytest.mark.parametrize("name", ["obama", "obama2", "s1", "s6"])
def test_ordinary_portraits_are_good_references(name: str) -> None:
    """Nothing is wrong with photos of the kind people have."""
    image = read_reference(photo(name))
    scale = 640 / max(image.shape[:2])
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    assert reference_flaw(look(small, DlibDetector()), scale) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"GIF89a" + bytes(20), b"\xff\xd8\xff\xe0" + bytes(40), b"\x89PNG\r\n\x1a\n" + bytes(40), b"<svg/>"],
    ids=["empty", "gif", "broken jpeg", "broken png", "svg"],
)
def test_what_is_no_jpeg_or_png_is_refused(tmp_path: Path, content: bytes) -> None:
    """By its bytes, whatever it is called."""
    path = tmp_path / "reference.jpg"
    path.write_bytes(content)
    with pytest.raises(UnusableReference) as refused:
        read_reference(path)
    assert refused.value.code == "unsupported_reference"


def test_a_reference_without_a_face_leaves_the_verdict_alone(packaged_checker: Checker, tmp_path: Path) -> None:
    """The comparison is not possible and says why; the person is as live as before."""
    samples = {path.name: path for path in write_samples(tmp_path)}
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((400, 300, 3), 200, np.uint8))
    result = checked(packaged_checker, samples["turn.mp4"], blank)
    assert result.verdict is Verdict.BONA_FIDE
    assert result.comparison is not None
    assert result.comparison.outcome is ComparisonOutcome.NOT_POSSIBLE
    assert result.comparison.reason is not None
    assert result.comparison.reason.code == "no_face_in_reference"
    same = checked(packaged_checker, samples["turn.mp4"], samples["reference.jpg"])
    assert same.comparison is not None
    assert same.comparison.outcome is ComparisonOutcome.MATCH
