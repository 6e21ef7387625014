"""A 200 MiB upload: what it costs the service in memory, and its speed beside a bare aiohttp handler's.

The video is a small valid one followed by one ``free`` box, so that the service does all it does and the check itself
takes no time. What counts is until the whole body is on disk.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.clips import free_box_header, make_empty_clip
from bench.figure import Figure, Goal, Quantity, Row, compared, ours_at_most, ratio_at_least
from bench.plan import Plan, say
from bench.programs import Server, receiving, serving
from bench.stopwatch import in_turns
from bench.wire import PIECE, Body, post
from pipeline.config import PipelineConfig

MIB: Final = 1 << 20
PADDING: Final = 200 * MIB
MEMORY_GOAL = ours_at_most(16, "MiB")
SPEED_GOAL = ratio_at_least(0.8)


@dataclass(frozen=True, slots=True)
class Received:
    """One upload: seconds until it was on disk and until it was gone again, and the bytes that memory grew by.

    The first are by the server's clock, from the first bytes to the closed file; the second by the client's, from its
    first byte to the answer, less what the service spent on the check.
    """

    on_disk: float
    gone: float
    growth: int = 0


def measure(plan: Plan) -> list[Row]:
    """Measure both in turns."""
    body, rounds = _body(make_empty_clip(plan.folder / "nobody.mp4")), plan.runs(15, 3)
    with serving(plan.folder, PipelineConfig(model_dir=plan.folder)) as service, receiving(plan.folder) as bare:
        say(f"  {rounds} uploads of 200 MiB to each of two servers")
        _to_service(service, body)
        _to_bare(bare, body)
        ours, others = in_turns(rounds, lambda: _to_service(service, body), lambda: _to_bare(bare, body))
    growth = max(upload.growth for upload in ours) / MIB
    return [
        Figure("200 MiB upload, memory grown", Quantity(growth, "MiB"), rounds, goals=(MEMORY_GOAL,)),
        _speed(
            "200 MiB upload until on disk", [one.on_disk for one in ours], [one.on_disk for one in others], SPEED_GOAL
        ),
        _speed("200 MiB upload until gone again", [one.gone for one in ours], [one.gone for one in others]),
    ]


def _speed(name: str, ours: Sequence[float], others: Sequence[float], *goals: Goal) -> Figure:
    speeds = (PADDING / MIB / median(side) for side in (ours, others))
    return compared(name, next(speeds), "bare aiohttp", next(speeds), *goals, unit="MiB/s", runs=len(ours))


def _to_service(service: Server, body: Body) -> Received:
    service.forget_peak()
    before = service.resident()
    answer = post(service.port, body)
    timings = answer.document["timings"]
    on_disk = max(timings["receive upload"], timings["write video"])
    check = timings["wait for worker"] + timings["analyze video"]
    return Received(on_disk, answer.seconds - check, service.peak() - before)


def _to_bare(bare: Server, body: Body) -> Received:
    answer = post(bare.port, body)
    return Received(answer.document["seconds"], answer.seconds)


def _body(clip: Path) -> Body:
    """Return the form; the padding is noise, as compressed video is."""
    piece = memoryview(random.Random(0).randbytes(PIECE))
    return Body.of([clip.read_bytes(), free_box_header(PADDING), *[piece] * (PADDING // PIECE)])
