"""Bodies nobody foresaw: damaged, cut and split anywhere, they are refused or read, and nothing else happens."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.context import Context

from pipeline.errors import InputError
from service.form import Form, FormLimits, FormReader, boundary_of
from service.problems import Refusal
from service.uploads import UploadDirectory
from telemetry.spans import StageRecorder
from tests.service.fakes import VIDEO
from tests.service.wire import BOUNDARY, form, part, video

BODY = form(part("session_id", "abc"), video(VIDEO[:200]), part("challenge_type", "head_movement"))
LIMITS = FormLimits(video=4096, reference=4096)

positions = st.integers(0, len(BODY) - 1)
cuts = st.lists(positions, max_size=8).map(sorted)


@settings(max_examples=150, deadline=None)
@given(cuts)
def test_where_a_body_is_split_does_not_matter(at: Sequence[int]) -> None:
    """The same form comes out of any number of pieces."""
    read = _read([BODY[start:end] for start, end in zip([0, *at], [*at, len(BODY)], strict=True)])
    assert isinstance(read, Form)
    assert (read.session_id, read.challenge, read.reference) == ("abc", "head_movement", None)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(positions, st.binary(max_size=3)), min_size=1, max_size=4), positions)
def test_damage_is_refused_or_harmless(damages: Sequence[tuple[int, bytes]], cut: int) -> None:
    """Bytes replaced, added or lost anywhere end in a form or a refusal, never in another error."""
    body = bytearray(BODY)
    for position, replacement in damages:
        body[position : position + 1] = replacement
    read = _read([bytes(body[:cut]), bytes(body[cut:])])
    assert isinstance(read, Form | Refusal | InputError)


@given(st.text(max_size=100))
def test_any_content_type_gives_a_boundary_or_a_refusal(text: str) -> None:
    """Whatever stands in the header, it is no other error."""
    for content_type in (text, f"multipart/form-data; boundary={text}", f'multipart/form-data; boundary="{text}"'):
        assert isinstance(_boundary(content_type), str | Refusal)


def _boundary(content_type: str) -> str | Refusal:
    try:
        return boundary_of(content_type)
    except Refusal as refusal:
        return refusal


def _read(pieces: Sequence[bytes]) -> Form | Refusal | InputError:
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_read_into(Path(folder), pieces))


async def _read_into(folder: Path, pieces: Sequence[bytes]) -> Form | Refusal | InputError:
    directory = await UploadDirectory.open(folder)
    try:
        async with directory.upload("upload") as upload:
            reader = FormReader(BOUNDARY, LIMITS, upload, StageRecorder(Context()))
            for piece in filter(None, pieces):  # a connection has no empty pieces before its end
                await reader.feed(piece)
            return reader.finish()
    except (Refusal, InputError) as error:
        return error
    finally:
        await directory.close()
