"""Receiving the body of a check: from the connection through the form to the disk, within a time limit."""

import asyncio

from aiohttp import StreamReader

from service.form import Form, FormReader
from service.problems import Problem, Refusal
from service.session import Session
from telemetry.stages import Attribute, Stage
from telemetry.timing_lines import TimingPoint


async def receive_form(content: StreamReader, reader: FormReader, session: Session, time_limit: float) -> Form:
    """Read a whole body into a form, as the stage ``receive upload``.

    Raises:
        Refusal, InputError: the form is not allowed, cannot be parsed, or takes more than ``time_limit`` seconds.
        ConnectionError: the client went away.
    """
    try:
        async with asyncio.timeout(time_limit) as deadline:
            await _receive(content, reader, session)
    except TimeoutError:
        if deadline.expired():
            raise Refusal(Problem.UPLOAD_TIMEOUT, f"It may take {time_limit:g} seconds.") from None
        raise
    finally:
        _note_saved(reader, session)
    return reader.finish()


async def _receive(content: StreamReader, reader: FormReader, session: Session) -> None:
    """Feed the body to the form; the stage spans the first byte to the last, however long the disk takes."""
    data = await content.readany()
    with session.stages.stage(Stage.RECEIVE_UPLOAD) as receiving:
        session.note(TimingPoint.RECEIVE_START, receiving.start_ns)
        last_byte: list[int] = []
        content.on_eof(lambda: last_byte.append(receiving.now_ns()))
        try:
            while data:
                await reader.feed(data)
                data = await content.readany()
        finally:
            session.session_id = reader.session_id or session.session_id
            session.video_size = reader.video.size if reader.video is not None else 0
            receiving.set({Attribute.UPLOAD_SIZE: session.video_size})
        receiving.end(last_byte[0])
    session.note(
        TimingPoint.RECEIVE_COMPLETE, last_byte[0], {"duration": receiving.duration, "size": session.video_size}
    )


def _note_saved(reader: FormReader, session: Session) -> None:
    saving = reader.video.stage if reader.video is not None else None
    if saving is not None and saving.end_ns is not None:
        session.note(TimingPoint.SAVE_COMPLETE, saving.end_ns, {"duration": saving.duration})
