"""The videos that the benchmark makes are taken by the pipeline."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bench.clips import RATE, SIZE, free_box_header, make_empty_clip, make_tiny_clip
from bench.shortcuts import OneLater, TwoLater, WholeDecoder
from pipeline.config import PipelineConfig
from pipeline.decoder import Decoder
from pipeline.video import Video

Read = Callable[[Path, type[Decoder]], list[float]]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A clip that was made."""
    return make_empty_clip(tmp_path / "clip.mp4")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """Reads a clip with a decoder, and gives the seconds of all pictures."""

    def times(clip: Path, decoder: type[Decoder]) -> list[float]:
        monkeypatch.setattr(Video, "decoder_class", decoder)
        with Video(clip, PipelineConfig()) as video:
            assert video.shown_size == (SIZE, SIZE)
            return [seconds for _, seconds in video.pictures()]

    return times


def test_made_clip_is_a_video(clip: Path, read: Read) -> None:
    """It has the length it is meant to have."""
    assert read(clip, WholeDecoder) == pytest.approx([number / RATE for number in range(RATE)])


def test_padding_changes_nothing_of_a_video(clip: Path, read: Read, tmp_path: Path) -> None:
    """A video followed by a free box shows the same pictures."""
    padded = tmp_path / "padded.mp4"
    padded.write_bytes(clip.read_bytes() + free_box_header(1 << 20) + bytes(1 << 20))

    assert read(padded, WholeDecoder) == read(clip, WholeDecoder)


def test_tiny_clip_is_the_beginning_of_its_source(clip: Path, read: Read, tmp_path: Path) -> None:
    """It holds half a second."""
    tiny = make_tiny_clip(tmp_path / "tiny.mp4", clip)

    assert read(tiny, WholeDecoder) == read(clip, WholeDecoder)[: RATE // 2]


def test_shortcuts_leave_out_frames_that_the_whole_video_has(clip: Path, read: Read) -> None:
    """What the benchmark compares differs."""
    assert 0 < len(read(clip, Decoder)) < len(read(clip, WholeDecoder))


@pytest.mark.parametrize(("decoder", "dropped"), [(OneLater, 1), (TwoLater, 2)])
def test_later_reading_is_the_same_without_the_beginning(
    clip: Path, read: Read, decoder: type[Decoder], dropped: int
) -> None:
    """Its time begins anew, so that other frames fall due."""
    assert read(clip, decoder) == pytest.approx(read(clip, WholeDecoder)[:-dropped])
