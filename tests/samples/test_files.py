"""The sample files: what they hold, and what the pipeline says about them."""

import filecmp
from itertools import islice
from pathlib import Path

import av
import cv2
import pytest
from opentelemetry.context import Context

from pipeline.check import Checker
from pipeline.config import PipelineConfig
from pipeline.errors import UnreadableVideo
from pipeline.request import CheckRequest
from pipeline.result import ComparisonOutcome, LivenessResult, Verdict
from pipeline.samples.camera import Camera
from pipeline.samples.encoding import write_video
from pipeline.samples.files import write_samples
from pipeline.samples.head import Head
from pipeline.samples.portrait import SampleError
from pipeline.samples.species import HEAD_TURN, frames
from telemetry.spans import StageRecorder
from telemetry.timing_points import TimingLog

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """The pipeline with what is installed from PyPI alone."""
    return Checker(PipelineConfig(model_dir=tmp_path_factory.mktemp("models")))


def _check(checker: Checker, samples: dict[str, Path], name: str) -> LivenessResult:
    request = CheckRequest(samples[name], "head_movement", "sample", samples["reference.jpg"])
    return checker.check(request, StageRecorder(Context()), TimingLog(None, None))


def test_all_files_are_there(samples: dict[str, Path]) -> None:
    """A person turning the head, the photograph waved, a still head, a broken file and a reference photo."""
    assert sorted(samples) == ["broken.mp4", "photo_waved.mp4", "reference.jpg", "still.mp4", "turn.mp4"]
    reference = cv2.imread(str(samples["reference.jpg"]))
    assert reference is not None
    assert reference.shape == (432, 346, 3)


@pytest.mark.parametrize(("name", "count"), [("turn.mp4", 108), ("photo_waved.mp4", 108), ("still.mp4", 90)])
def test_clips_have_the_length_and_size_of_a_selfie_video(samples: dict[str, Path], name: str, count: int) -> None:
    """Three to four seconds at 30 frames a second, 480 by 640."""
    with av.open(str(samples[name])) as container:
        pictures = list(container.decode(video=0))

    assert len(pictures) == count
    assert {(picture.width, picture.height) for picture in pictures} == {(480, 640)}
    assert [round(picture.time * 30) for picture in pictures if picture.time is not None] == list(range(count))


def test_a_turning_head_is_bona_fide(checker: Checker, samples: dict[str, Path]) -> None:
    """The surface shows the parallax of a head, and the person is still the one of the photo."""
    result = _check(checker, samples, "turn.mp4")

    assert result.verdict is Verdict.BONA_FIDE
    assert result.challenge.performed
    assert result.comparison is not None
    assert result.comparison.outcome is ComparisonOutcome.MATCH


def test_a_waved_photograph_is_an_attack(checker: Checker, samples: dict[str, Path]) -> None:
    """The same face on a plane gives the plane away."""
    assert _check(checker, samples, "photo_waved.mp4").verdict is Verdict.PRESENTATION_ATTACK


def test_a_still_head_is_inconclusive(checker: Checker, samples: dict[str, Path]) -> None:
    """Who does not move has not performed the challenge, and is accused of nothing."""
    assert _check(checker, samples, "still.mp4").verdict is Verdict.INCONCLUSIVE


def test_the_broken_file_cannot_be_read(checker: Checker, samples: dict[str, Path]) -> None:
    """An upload that broke off is an error of the upload."""
    with pytest.raises(UnreadableVideo):
        _check(checker, samples, "broken.mp4")


def test_the_same_frames_give_the_same_bytes(person: Head, tmp_path: Path) -> None:
    """Files can be compared between runs; more frames than the encoder looks ahead."""
    camera = Camera(width=240, height=320)
    clip = list(frames(HEAD_TURN, person, camera, seed=0, seconds=2.0))
    for name in ("one.mp4", "two.mp4"):
        write_video(tmp_path / name, clip, camera)

    assert filecmp.cmp(tmp_path / "one.mp4", tmp_path / "two.mp4", shallow=False)


def test_files_are_yielded_as_they_are_written(tmp_path: Path) -> None:
    """Whoever shows progress sees each file when it is there, not all at the end."""
    first = next(islice(write_samples(tmp_path / "new" / "folder"), 1))

    assert first.name == "reference.jpg"
    assert [path.name for path in first.parent.iterdir()] == ["reference.jpg"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """A file in the folder's place gives one clear sentence."""
    (tmp_path / "taken").write_text("")

    with pytest.raises(SampleError, match=r"taken cannot be written: "):
        list(write_samples(tmp_path / "taken"))
