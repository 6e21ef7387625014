"""``POST /v1/liveness-checks``: from a request to a result."""

import secrets
from typing import Final

from aiohttp import HttpVersion11, hdrs, web

from pipeline.request import CheckRequest
from service.form import FormLimits, FormReader, boundary_of
from service.keys import ADMISSION, POOL, SESSION, SETTINGS, UPLOADS
from service.problems import Problem, Refusal
from service.receive import receive_form
from service.render import answer_document
from service.session import Session

PATH: Final = "/v1/liveness-checks"
ROUTE_NAME: Final = "liveness-checks"


_CONTINUE: Final = "100-continue"


async def post_check(request: web.Request) -> web.Response:
    """Check the video of a form; the files are gone before the answer is written.

    Raises:
        Refusal, CheckError: there is no result.
    """
    settings, session = request.app[SETTINGS], request[SESSION]
    limits = FormLimits(settings.max_video_size, settings.max_reference_size)
    boundary = _boundary(request, limits)
    async with request.app[ADMISSION].admitted(), request.app[UPLOADS].upload(_folder_name(session)) as upload:
        check = await _receive(request, FormReader(boundary, limits, upload, session.stages))
        upload.complete = True
        result = await request.app[POOL].check(check, session.stages)
    session.succeed(result)
    return web.json_response(answer_document(session, result, settings.trace_url))


async def leave_expectation(_request: web.Request) -> None:
    """Do not invite the body yet, as aiohttp would: whether it is wanted is decided by ``post_check``."""


def _boundary(request: web.Request, limits: FormLimits) -> str:
    """Return the boundary of the form; refuse from the headers alone what can be refused by then."""
    headers = request.headers
    if headers.get(hdrs.EXPECT, _CONTINUE).lower() != _CONTINUE:
        raise Refusal(Problem.EXPECTATION_FAILED, f"Expect {_CONTINUE} or nothing.")
    if headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise Refusal(Problem.UNSUPPORTED_CONTENT_ENCODING, "Send the body without Content-Encoding.")
    boundary = boundary_of(headers.get(hdrs.CONTENT_TYPE, ""))
    if (request.content_length or 0) > limits.body:
        raise Refusal(Problem.BODY_TOO_LARGE, f"It may have {limits.body} bytes.")
    return boundary


async def _receive(request: web.Request, reader: FormReader) -> CheckRequest:
    session = request[SESSION]
    await _invite_body(request)
    form = await receive_form(request.content, reader, session, request.app[SETTINGS].upload_time_limit)
    session.identify(form.challenge)
    return CheckRequest(form.video, form.challenge, session.session_id, form.reference)


async def _invite_body(request: web.Request) -> None:
    if request.version >= HttpVersion11 and hdrs.EXPECT in request.headers:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


def _folder_name(session: Session) -> str:
    """Name an upload by its trace, so that one that is kept can be found, and by chance: a trace can hold many."""
    return f"{session.trace_id or secrets.token_hex(16)}-{secrets.token_hex(4)}"
