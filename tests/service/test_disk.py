"""Uploads on disk: what a full disk does, who removes what, and what is kept when somebody asked for it."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from service.filewriter import WRITE_SIZE
from service.retention import Retention
from service.uploads import UploadDirectory
from tests.service.fakes import VIDEO, ControlledChecks
from tests.service.running import running_service
from tests.service.wire import exchange, form, part, request, video

LARGE_VIDEO = VIDEO + bytes(4 * WRITE_SIZE)


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Have 2 MiB of space for uploads, on a file system of its own."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"a tmpfs cannot be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def small_files(folder: Path) -> Iterator[None]:
    """Have files of at most 2 MiB, which looks like a full disk to whoever writes and needs no privilege."""
    folder.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("full", [small_disk, small_files])
async def test_a_full_disk_is_507_and_leaves_nothing(
    tmp_path: Path, full: Callable[[Path], AbstractContextManager[None]]
) -> None:
    """The check that finds no space is refused and removed; the next one that fits is answered."""
    with full(tmp_path / "uploads"):
        async with running_service(tmp_path, ControlledChecks()) as service:
            refused = await exchange(service, request(form(video(LARGE_VIDEO))))
            assert (refused.status, refused.document["code"]) == (507, "disk_full")
            assert service.uploads() == []
            (writing,) = [span for span in await service.spans() if span.name == "write video"]
            assert writing.attributes["error.type"] == "disk_full"
            assert (await exchange(service, request(form(video())))).status == 200


async def test_a_folder_that_vanished_is_an_internal_error(tmp_path: Path) -> None:
    """Whatever else is wrong with the disk is answered without saying what, and said by readiness."""
    async with running_service(tmp_path, ControlledChecks()) as service:
        own = _folders(tmp_path / "uploads")[0]
        own.rename(tmp_path / "moved")
        answer = await exchange(service, request(form(video())))
        assert (answer.status, answer.document["code"]) == (500, "internal_error")
        ready = await exchange(service, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert ready.document["reasons"] == ["the upload folder cannot be written"]
        (tmp_path / "moved").rename(own)


async def test_each_process_has_a_folder_of_its_own_that_others_leave_alone(tmp_path: Path) -> None:
    """Two services share one upload folder; each removes only its own part at the end."""
    first = await UploadDirectory.open(tmp_path)
    second = await UploadDirectory.open(tmp_path)
    assert first.folder.is_dir()
    assert first.folder != second.folder
    assert first.folder.stat().st_mode & 0o077 == 0
    await first.close()
    assert _folders(tmp_path) == [second.folder]
    await second.close()
    assert _folders(tmp_path) == []


async def test_sweeps_what_a_killed_process_left(tmp_path: Path) -> None:
    """Uploads of a process that was killed are gone when the next one starts; anything else stays."""
    program = (
        "import asyncio, os, pathlib, signal, sys\n"
        "from service.uploads import UploadDirectory\n"
        "directory = asyncio.run(UploadDirectory.open(pathlib.Path(sys.argv[1])))\n"
        "(directory.folder / 'video').write_bytes(b'face')\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(tmp_path))
    assert await process.wait() == -signal.SIGKILL
    (tmp_path / "process-of-somebody-else").mkdir()
    assert len(_videos(tmp_path)) == 1
    directory = await UploadDirectory.open(tmp_path)
    assert _videos(tmp_path) == []
    assert (tmp_path / "process-of-somebody-else").is_dir()
    await directory.close()


async def test_a_second_cancellation_leaves_nothing_behind(tmp_path: Path) -> None:
    """Files go even when the request is cancelled again while they are being removed."""
    directory = await UploadDirectory.open(tmp_path)
    written = asyncio.Event()

    async def receive() -> None:
        async with directory.upload("upload") as upload:
            await upload.writer("video").write(LARGE_VIDEO)
            written.set()
            await asyncio.Event().wait()

    receiving = asyncio.create_task(receive())
    await written.wait()
    receiving.cancel()
    await asyncio.sleep(0)
    receiving.cancel()
    await asyncio.wait({receiving})
    await directory.close()
    assert receiving.cancelled()
    assert _videos(tmp_path) == []


async def test_is_not_ready_without_free_space(tmp_path: Path) -> None:
    """Readiness asks for room for uploads."""
    directory = await UploadDirectory.open(tmp_path)
    assert await directory.reasons_not_ready(1) == []
    assert await directory.reasons_not_ready(1 << 60) == ["the upload folder has too little free space"]
    await directory.close()


@pytest.mark.parametrize("outcome", ["answered", "failed"])
async def test_keeps_uploads_only_where_asked_to(tmp_path: Path, outcome: str) -> None:
    """With a retention folder, a whole upload is moved there under its trace, whatever came of the check."""
    kept = tmp_path / "kept"
    checks = ControlledChecks() if outcome == "answered" else ControlledChecks(ZeroDivisionError())
    async with running_service(tmp_path, checks, retention_dir=kept) as service:
        answer = await exchange(service, request(form(video(), part("reference", b"picture"))))
        assert service.uploads() == []
    (folder,) = kept.iterdir()
    assert folder.name.startswith(answer.document["trace_id"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"video": VIDEO, "reference": b"picture"}


async def test_keeps_no_part_of_an_upload(tmp_path: Path) -> None:
    """What did not arrive whole is not kept."""
    async with running_service(tmp_path, ControlledChecks(), retention_dir=tmp_path / "kept") as service:
        await exchange(service, request(form(video(), closed=False)))
    assert list((tmp_path / "kept").rglob("*")) == []


async def test_deletes_what_cannot_be_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A retention folder that cannot be used is logged, and changes no answer."""
    (tmp_path / "kept").write_text("not a folder")
    async with running_service(tmp_path, ControlledChecks(), retention_dir=tmp_path / "kept") as service:
        assert (await exchange(service, request(form(video())))).status == 200
        assert service.uploads() == []
    assert "cannot keep an upload" in caplog.text


def test_removes_what_has_been_kept_long_enough(tmp_path: Path) -> None:
    """After its time an upload is removed; nothing that is not one is touched."""
    old, recent, foreign = (tmp_path / name for name in (f"{1:032x}-{1:08x}", f"{2:032x}-{2:08x}", "foreign"))
    for folder in (old, recent, foreign):
        folder.mkdir()
    for folder in (old, foreign):
        os.utime(folder, (0, 0))
    Retention(tmp_path, seconds=3600).sweep()
    assert set(tmp_path.iterdir()) == {recent, foreign}


async def test_sweeps_kept_uploads_when_the_service_starts(tmp_path: Path) -> None:
    """What has been kept long enough while no service ran is gone before the first check."""
    old = tmp_path / "kept" / f"{1:032x}-{1:08x}"
    old.mkdir(parents=True)
    os.utime(old, (0, 0))
    async with running_service(tmp_path, ControlledChecks(), retention_dir=tmp_path / "kept"):
        assert not old.exists()


def _folders(root: Path) -> list[Path]:
    return [path for path in root.iterdir() if path.is_dir()]


def _videos(root: Path) -> list[Path]:
    return list(root.rglob("video"))
