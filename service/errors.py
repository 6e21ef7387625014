"""The one place where an error becomes an answer: problem details in JSON, never a traceback."""

import logging

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from pipeline.errors import CheckError
from service.keys import SESSION
from service.problems import MEDIA_TYPE, Problem, ProblemDetails, Refusal, details_of
from service.render import problem_document

_log = logging.getLogger(__name__)


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer whatever a handler raises as problem details; only a cancellation passes."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        error: Exception = Refusal(Problem.NOT_FOUND, "Checks are sent to /v1/liveness-checks.")
    except web.HTTPMethodNotAllowed as refused:
        allowed = refused.headers[hdrs.ALLOW]
        error = Refusal(Problem.METHOD_NOT_ALLOWED, f"Allowed: {allowed}.", {hdrs.ALLOW: allowed})
    except (Refusal, CheckError) as known:
        error = known
    except Exception as unknown:
        _log.exception("a request failed unexpectedly")
        error = unknown
    return problem_response(request, details_of(error))


def problem_response(request: web.Request, details: ProblemDetails) -> web.Response:
    """Return the answer for a problem; the connection is closed when part of the body was not read."""
    session = request.get(SESSION)
    if session is not None:
        session.fail(details.code)
    response = web.json_response(
        problem_document(details, session), status=details.status, headers=details.headers, content_type=MEDIA_TYPE
    )
    if not request.content.is_eof() or details.code == Problem.SHUTTING_DOWN.code:
        response.force_close()
    return response
