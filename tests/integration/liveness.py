"""The real service as a subprocess, a real video, and what is asked of it."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import aiohttp
import av
from matplotlib import cbook

from tests.integration.processes import Program, running

LISTENING: Final = "listening on "
"""What the service prints, with its address, when its workers are ready."""

FRAME_RATE: Final = 10

PORTRAIT: Final = Path(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))
"""A face in the public domain that matplotlib ships."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running ``liveness serve``."""

    url: str
    program: Program

    async def check(self, video: Path, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Upload a video with the portrait as reference, and return the answer with its ``status``."""
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.url}/v1/liveness-checks", data=form_of(video), headers=headers) as response,
        ):
            answer: dict[str, Any] = await response.json(content_type=None)
            return answer | {"status": response.status}


@contextmanager
def running_service(folder: Path, endpoint: str, protocol: str) -> Iterator[Service]:
    """Run the service with one worker, its files below ``folder``, its telemetry sent to ``endpoint``."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "LIVENESS_"))}
    settings = {
        "LIVENESS_PORT": "0",
        "LIVENESS_WORKERS": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
    }
    command = Path(sys.executable).with_name("liveness")
    with running([command, "serve"], ours | settings, folder, LISTENING) as program:
        yield Service(program.wait_for_line(LISTENING).split()[-1], program)


def form_of(video: Path) -> aiohttp.FormData:
    """Return the form of a check of a video, with the portrait as reference."""
    form = aiohttp.FormData()
    form.add_field("video", video.read_bytes(), filename=video.name)
    form.add_field("reference", PORTRAIT.read_bytes(), filename=PORTRAIT.name)
    return form


def write_video(path: Path, frames: int = 20) -> Path:
    """Write a video of the portrait held still and return its path."""
    with av.open(PORTRAIT) as picture, av.open(path, "w") as video:
        portrait = next(picture.decode(video=0)).reformat(width=384, height=450, format="yuv420p")
        stream = video.add_stream("libx264", rate=FRAME_RATE)
        stream.width, stream.height, stream.pix_fmt = portrait.width, portrait.height, "yuv420p"
        for index in range(frames):
            portrait.pts, portrait.time_base = index, Fraction(1, FRAME_RATE)
            video.mux(stream.encode(portrait))
        video.mux(stream.encode())
    return path
