"""Damaged files through real worker processes: contained, counted, and gone afterwards."""

import ctypes
from pathlib import Path
from random import Random
from typing import Final

import psutil
import pytest

from pipeline.request import CheckRequest
from pipeline.result import LivenessResult
from telemetry.spans import StageRecorder
from telemetry.timing_points import TimingLog
from tests.fuzz.__main__ import keep, report
from tests.fuzz.campaign import OFFENCES, READ, Campaign, Corpus, run
from tests.fuzz.decoding import DecodingChecker
from tests.fuzz.mutations import MUTATIONS, Mutation, mutate

SEED: Final = 1
FILES: Final = 400
KNOWN_CODES: Final = {
    READ,
    "bit_rate_too_high",
    "decoder_unavailable",
    "no_frames",
    "no_video_track",
    "too_many_frames",
    "too_many_pixels",
    "too_many_tracks",
    "truncated_video",
    "unreadable_video",
    "unsupported_codec",
    "unsupported_video",
    "video_too_long",
}
"""What may become of a damaged file."""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """The clips that are damaged."""
    return Corpus(SEED)


async def test_damaged_files_are_refused_or_read(corpus: Corpus) -> None:
    """None crashes, hangs or fills its worker, none finds a fault of ours, and nothing is left on disk."""
    campaign = await run(corpus, range(FILES))
    assert campaign.codes.total() == FILES
    assert set(campaign.codes) <= KNOWN_CODES
    assert campaign.codes[READ] > FILES / 10
    assert (campaign.offenders, campaign.left_behind) == ([], [])


class CrashingChecker(DecodingChecker):
    """Is brought down by every 20th file, as by a fault in FFmpeg, and finds a fault of ours in another."""

    def check(self, request: CheckRequest, stages: StageRecorder, timing_log: TimingLog) -> LivenessResult:
        """Read from address zero, fail in a way nobody foresaw, or read the video."""
        if request.video.name in {"20", "40", "60"}:
            ctypes.string_at(0)
        if request.video.name == "50":
            raise ValueError("nobody foresaw this")
        return super().check(request, stages, timing_log)


async def test_crashes_are_counted_and_the_pool_goes_on(corpus: Corpus) -> None:
    """A worker that dies under a file costs that file; the others are read, whole ones at the end included."""
    campaign = await run(corpus, range(80), make_checker=CrashingChecker)
    assert campaign.codes.total() == 80
    assert sorted(campaign.offenders) == [
        (20, "worker_crashed"),
        (40, "worker_crashed"),
        (50, "internal_error"),
        (60, "worker_crashed"),
    ]
    assert campaign.left_behind == []
    assert not [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def test_a_file_can_be_made_again(corpus: Corpus) -> None:
    """Seed and number are all it takes, in another process too."""
    again = Corpus(SEED)
    assert [corpus.damaged(number) for number in range(50)] == [again.damaged(number) for number in range(50)]
    assert corpus.damaged(0) != Corpus(SEED + 1).damaged(0)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_every_mutation_damages_files_of_any_size(corpus: Corpus, mutation: Mutation) -> None:
    """From one byte on; what it leaves is usually something else."""
    random = Random(SEED)
    for data in (b"\0", b"moov", corpus.files[0]):
        mutation(bytearray(data), random)
    changed = 0
    for _ in range(100):
        damaged = bytearray(corpus.files[0])
        mutation(damaged, random)
        changed += bytes(damaged) != corpus.files[0]
    assert changed > 80


def test_mutations_come_together(corpus: Corpus) -> None:
    """A file is hardly ever left as it was, and never longer than a few times the longest."""
    random = Random(SEED)
    damaged = [mutate(corpus.files[0], corpus.files, random) for _ in range(200)]
    assert sum(data != corpus.files[0] for data in damaged) > 190
    assert max(map(len, damaged)) < 200_000


def test_the_report_names_offenders() -> None:
    """Figures by code, the most frequent first, then every file that did what none should."""
    campaign = Campaign(seconds=12.3)
    for number, code in enumerate([READ, READ, "no_frames", "worker_crashed"]):
        campaign.note(number, code)
    assert report(campaign, SEED).splitlines() == [
        "4 damaged files (seed 1) in 12 s, by what became of them:",
        "        2  read",
        "        1  no_frames",
        "        1  worker_crashed",
        "  file 3: worker_crashed",
        "The pool went on to the end, and every whole file was still read.",
    ]


def test_offenders_can_be_kept(tmp_path: Path, corpus: Corpus) -> None:
    """What crashes FFmpeg is worth reporting: the file is written with its code."""
    campaign = Campaign()
    campaign.note(3, "worker_crashed")
    campaign.note(4, "no_frames")
    keep(corpus, campaign, tmp_path / "kept")
    kept = list((tmp_path / "kept").iterdir())
    assert [path.name for path in kept] == ["3-worker_crashed"]
    assert kept[0].read_bytes() == corpus.damaged(3)


def test_offences_are_no_ordinary_answers() -> None:
    """What counts as an offence is not also something that may become of a file."""
    assert not set(OFFENCES) & KNOWN_CODES
