"""The demo from beginning to end: make samples, serve, check, stop, look at a trace, report."""

import asyncio
import shutil
import signal
from pathlib import Path
from typing import Final

import aiohttp

from service.demo.programs import DemoError, Service, analyze, made_samples, running_service
from service.demo.show import Show
from service.demo.upload import TIME_LIMIT, Upload, check, require_ready

FOLDER: Final = Path("var/demo")
"""Everything the demo writes."""

_SHOWS: Final = {
    "turn.mp4": "a person turning the head",
    "photo_waved.mp4": "the same person's photograph, waved",
    "still.mp4": "the person keeping still",
    "broken.mp4": "an upload that broke off",
}


async def tour(video: Path | None, show: Show) -> None:
    """Run the demo with the samples, or with one video of the user's.

    Raises:
        DemoError: a part of it failed.
    """
    _clear(FOLDER)
    async with running_service(FOLDER, examine_replay=video is not None) as service:
        uploads = await _samples(show) if video is None else [Upload(video, "your own video")]
        shown = await _check_all(service, uploads, show)
    show.say("\nThe service has stopped: every check answered, every span written, exit code 0.")
    if shown is not None:
        show.heading(f"The trace of the first check (trace-analyzer tree {FOLDER / 'traces'})")
        await analyze("tree", FOLDER / "traces", "--trace", shown)
    show.heading(f"The report on all of them (trace-analyzer report {FOLDER / 'traces'})")
    await analyze("report", FOLDER / "traces")


async def _samples(show: Show) -> list[Upload]:
    show.heading("Sample videos, made on the spot (liveness samples)")
    paths = {}
    with show.working("rendering"):
        async for path in made_samples(FOLDER / "samples"):
            paths[path.name] = path
            show.say(f"{path}  {path.stat().st_size / 1024:.0f} KiB")
    uploads = [Upload(paths[name], shows) for name, shows in _SHOWS.items()]
    uploads[0] = Upload(uploads[0].video, uploads[0].shows, paths["reference.jpg"])
    return uploads


async def _check_all(service: Service, uploads: list[Upload], show: Show) -> str | None:
    """Check every video; return the trace of the first one."""
    show.heading("Checks over HTTP (liveness serve)")
    with show.working("starting the service"):
        address = await service.address()
    async with aiohttp.ClientSession(address, timeout=aiohttp.ClientTimeout(TIME_LIMIT)) as client:
        await require_ready(client)
        show.say(f"{address} is ready")
        traces: list[str | None] = []
        for upload in uploads:
            with show.uploading(upload, upload.video.stat().st_size) as sent:
                answer = await check(client, upload, sent)
            show.answer(upload, answer)
            traces.append(answer.document.get("trace_id"))
    show.say("\nIOD is the distance between the eyes; docs/thresholds.md explains every measure and score threshold.")
    return traces[0]


def _clear(folder: Path) -> None:
    """Leave out of the report what earlier demos left; samples are written anew, other files are not ours.

    Raises:
        DemoError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / "traces").exists():
            shutil.rmtree(folder / "traces")
        for name in ("performance.log", "facematch.log"):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise DemoError(f"{folder} cannot be written: {error.strerror}") from error


def cancel_on_termination() -> None:
    """Let a terminal that closes, or a plain ``kill``, end the running task as Ctrl-C does: the service is stopped."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
