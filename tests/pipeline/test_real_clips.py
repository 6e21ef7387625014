"""The whole check on real people and on real photographs held in front of a camera."""

from pathlib import Path

import av
import cv2
import pytest

from pipeline.check import Checker
from pipeline.result import ComparisonOutcome, Verdict
from pipeline.samples.camera import Camera
from pipeline.samples.encoding import write_video
from pipeline.samples.head import Head
from pipeline.samples.species import PHOTO_STILL, PHOTO_TILTED, PHOTO_WAVED, Species, frames
from tests.pipeline.footage import TESTDATA, checked, clip, codes, needs_testdata, photo

pytestmark = needs_testdata

PHOTOS = sorted(path.stem for path in (TESTDATA / "images").glob("*.jpg"))
CLIPS = sorted(path.stem for path in (TESTDATA / "videos").glob("*.mp4"))


@pytest.fixture(params=["model_checker", "packaged_checker"])
def checker(request: pytest.FixtureRequest) -> Checker:
    """Both sets of engines: the model files, and what the packages ship."""
    chosen = request.getfixturevalue(request.param)
    assert isinstance(chosen, Checker)
    return chosen


@pytest.mark.parametrize("name", ["d3", "d12"])
def test_people_who_turn_their_heads_are_bona_fide(checker: Checker, name: str) -> None:
    """A head that turns performs the challenge and shows relief."""
    result = checked(checker, clip(name))
    assert result.verdict is Verdict.BONA_FIDE
    assert result.challenge.performed
    assert {"challenge_performed", "relief_found"} <= codes(result)


@pytest.mark.parametrize("name", ["d0", "d13", "d18"])
def test_people_who_hold_still_are_inconclusive(checker: Checker, name: str) -> None:
    """A person who did not do what was asked is not accused of anything."""
    result = checked(checker, clip(name))
    assert result.verdict is Verdict.INCONCLUSIVE
    assert not result.challenge.performed
    assert "challenge_not_performed" in codes(result)


@pytest.mark.parametrize("name", CLIPS)
def test_no_real_person_is_ever_called_an_attack(checker: Checker, name: str) -> None:
    """Whatever real people do, it is bona fide or inconclusive."""
    assert checked(checker, clip(name)).verdict is not Verdict.PRESENTATION_ATTACK


@pytest.fixture(scope="module", params=PHOTOS)
def head(request: pytest.FixtureRequest) -> Head:
    """Each real photo, to be printed and held up."""
    return Head.from_image(photo(request.param))


@pytest.mark.slow
@pytest.mark.parametrize("species", [PHOTO_WAVED, PHOTO_TILTED, PHOTO_STILL], ids=lambda species: str(species.name))
def test_no_photograph_is_ever_bona_fide(
    model_checker: Checker, packaged_checker: Checker, head: Head, species: Species, tmp_path: Path
) -> None:
    """A print waved or tilted by up to 45 degrees performs nothing; turned far enough it is told to be flat."""
    video = tmp_path / "photo.mp4"
    write_video(video, frames(species, head, Camera(), seed=1, seconds=3.0), Camera())
    for checker in (model_checker, packaged_checker):
        result = checked(checker, video)
        assert result.verdict is not Verdict.BONA_FIDE
        assert not result.challenge.performed


def test_a_waved_photograph_is_told_to_be_flat(model_checker: Checker, tmp_path: Path) -> None:
    """Enough rotation without relief is positive evidence of an attack."""
    video = tmp_path / "photo.mp4"
    head = Head.from_image(photo("obama2"))
    write_video(video, frames(PHOTO_WAVED, head, Camera(), seed=1, seconds=3.0), Camera())
    result = checked(model_checker, video)
    assert result.verdict is Verdict.PRESENTATION_ATTACK
    assert "planar_motion" in codes(result)


def test_a_person_matches_their_own_picture_and_nobody_else(checker: Checker, tmp_path: Path) -> None:
    """The reference decides the comparison and leaves the verdict alone."""
    own = tmp_path / "own.jpg"
    with av.open(str(clip("d3"))) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="bgr24")
    cv2.imwrite(str(own), picture)
    same, other = checked(checker, clip("d3"), own), checked(checker, clip("d3"), photo("obama"))
    assert same.comparison is not None
    assert other.comparison is not None
    assert same.comparison.outcome is ComparisonOutcome.MATCH
    assert other.comparison.outcome is ComparisonOutcome.NO_MATCH
    assert same.comparison.frames == 3
    assert same.verdict is other.verdict is Verdict.BONA_FIDE


def test_the_answer_tells_what_the_video_is(checker: Checker) -> None:
    """Container, codec, size and duration are those of the file; half of the frames need not be decoded."""
    facts = checked(checker, clip("d13")).video
    assert (facts.container, facts.codec, facts.width, facts.height, facts.rotation) == (
        "iso_bmff",
        "h264",
        720,
        1280,
        0,
    )
    assert facts.duration == pytest.approx(11.7, abs=0.1)
    assert 80 <= facts.frames_analyzed <= facts.frames_decoded <= 352


def test_the_same_file_gives_the_same_answer(checker: Checker) -> None:
    """Nothing of one check is left in the next."""
    first = checked(checker, clip("d12"))
    checked(checker, clip("d0"))
    again = checked(checker, clip("d12"))
    assert (first.verdict, first.reasons, first.video) == (again.verdict, again.reasons, again.video)
