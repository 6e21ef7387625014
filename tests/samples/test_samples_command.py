"""``liveness samples`` as its user sees it."""

import subprocess
import sys
from pathlib import Path

LIVENESS = Path(sys.executable).with_name("liveness")


def _samples(*arguments: str | Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LIVENESS, "samples", *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_prints_the_path_of_every_file_it_wrote(tmp_path: Path) -> None:
    """Standard output is what a script would go on with; nothing else is said."""
    done = _samples("made", folder=tmp_path)

    assert done.returncode == 0
    assert done.stderr == ""
    assert [Path(line) for line in done.stdout.splitlines()] == [
        Path("made") / name for name in ("reference.jpg", "turn.mp4", "photo_waved.mp4", "still.mp4", "broken.mp4")
    ]
    assert all((tmp_path / line).stat().st_size > 10_000 for line in done.stdout.splitlines())


def test_a_missing_photo_is_a_usage_error(tmp_path: Path) -> None:
    """Nothing is made when the portrait named on the command line is not there."""
    done = _samples("made", "--photo", "nobody.jpg", folder=tmp_path)

    assert done.returncode == 2
    assert done.stderr == "liveness: nobody.jpg: no such file\n"
    assert list(tmp_path.iterdir()) == []


def test_a_photo_without_a_face_is_one_clear_line(tmp_path: Path) -> None:
    """What cannot become a head is named, without a traceback."""
    (tmp_path / "note.jpg").write_text("not an image")

    done = _samples("made", "--photo", "note.jpg", folder=tmp_path)

    assert done.returncode == 5
    assert done.stderr == "liveness: note.jpg is not an image that can be read\n"
