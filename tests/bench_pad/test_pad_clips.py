"""Clips of the presentation-attack bench: decided by species and seed, and filmed as cameras film."""

from pathlib import Path

import numpy as np
import pytest

from bench.pad.clips import Key, exposure_times, write_clip
from bench.pad.species import CHALLENGES, SPECIES, Kind
from pipeline.config import PipelineConfig
from pipeline.samples.camera import Camera
from pipeline.samples.encoding import write_video
from pipeline.samples.gestures import performed
from pipeline.video import Video

QUICK = ("photo_still", 13)


def test_species_and_seed_decide_every_byte(tmp_path: Path) -> None:
    """The same clip twice, and another one for another seed."""
    one, same, other = (tmp_path / f"{name}.mp4" for name in ("one", "same", "other"))

    write_clip(one, Key(*QUICK), ())
    write_clip(same, Key(*QUICK), ())
    write_clip(other, Key(QUICK[0], QUICK[1] + 2), ())

    assert one.read_bytes() == same.read_bytes()
    assert one.read_bytes() != other.read_bytes()


def test_every_species_is_asked_everything_on_both_halves() -> None:
    """Score thresholds are chosen on even seeds and tried on odd ones: both need every challenge."""
    for species in SPECIES:
        for half in (0, 1):
            asked = {species.challenge(seed) for seed in range(half, 4 * len(CHALLENGES), 2)}
            assert asked == set(species.challenges), species.name


def test_uneven_times_reach_the_file(tmp_path: Path) -> None:
    """Every third clip is taken as a busy phone does, some frames late and some lost; the file says when."""
    camera = Camera(width=64, height=48, frame_rate=20.0, b_frames=0)
    drawn = [exposure_times(2.0, camera, np.random.default_rng(seed)) for seed in range(20)]
    uneven = [times for times in drawn if np.ptp(np.diff(times)) > 0.01]
    path = tmp_path / "clip.mp4"

    write_video(path, [np.full((48, 64, 3), 99, np.uint8)] * len(uneven[0]), camera, uneven[0])
    with Video(path, PipelineConfig()) as video:
        shown = [seconds for _, seconds in video.pictures()]

    assert 2 < len(uneven) < 12
    assert len(uneven[0]) < 40
    assert np.allclose(shown, uneven[0], atol=0.001)


@pytest.mark.parametrize(
    ("challenge", "axis", "sign"),
    [("turn_left", "yaw", 1), ("turn_right", "yaw", -1), ("look_up", "pitch", 1), ("look_down", "pitch", -1)],
)
def test_people_do_what_they_are_asked(challenge: str, axis: str, sign: int) -> None:
    """The largest movement goes the way that was asked for, by a natural angle."""
    for seed in range(20):
        take = performed(challenge, np.random.default_rng(seed))
        angles = np.array([getattr(take.motion(at), axis) for at in np.arange(0, take.seconds, 0.02)])
        away = sign * (angles - np.median(angles[:15]))

        assert 10 < away.max() < 42
        assert away.max() > -away.min()


def test_every_attack_that_the_issue_names_is_there() -> None:
    """One species for each, and nobody averages them away."""
    names = {species.name for species in SPECIES if species.kind in (Kind.PLANAR, Kind.PLANAR_TWICE)}

    assert names == {
        "photo_still",
        "photo_shaken",
        "photo_tilted",
        "photo_waved",
        "photo_turned",
        "photo_zoomed",
        "photo_bent",
        "photo_eyes_cut",
        "two_photos_cut",
        "two_photos_slid",
        "photo_in_scene",
        "phone_photo",
    }
