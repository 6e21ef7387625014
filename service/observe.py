"""Around every check: its SERVER span, its timing points, its metrics and its line in the log.

Our own middleware, because the span must end after the answer has been written, must never show a client that
went away as a success, and is the root that the analyzer looks for.
"""

import asyncio
import logging

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from opentelemetry import trace
from opentelemetry.semconv.attributes import (
    http_attributes,
    network_attributes,
    server_attributes,
    url_attributes,
    user_agent_attributes,
)
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from service.checks import PATH, ROUTE_NAME
from service.keys import METRICS, SESSION, TELEMETRY
from service.problems import Problem
from service.render import trace_headers
from service.session import Session
from telemetry.spans import context_from
from telemetry.stages import Stage

_log = logging.getLogger(__name__)


@web.middleware
async def observe_checks(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Record a check from the arrival of its headers until its answer is written; other requests pass."""
    if request.match_info.route.name != ROUTE_NAME:
        return await handler(request)
    session = _begin(request)
    with trace.use_span(session.root.span, record_exception=False, set_status_on_exception=False):
        try:
            response = await handler(request)
            await _write(request, session, response)
        except BaseException as error:
            _end(request, session, _broken_off(request, session, error))
            raise
        _end(request, session, response.status)
        return response


def _begin(request: web.Request) -> Session:
    session = Session(
        Stage.REQUEST,
        request.app[TELEMETRY],
        context_from(request.headers),
        kind=SpanKind.SERVER,
        attributes=_attributes(request),
    )
    request[SESSION] = session
    return session


async def _write(request: web.Request, session: Session, response: web.StreamResponse) -> None:
    response.headers.update(trace_headers(session))
    await response.prepare(request)
    await response.write_eof()


def _broken_off(request: web.Request, session: Session, error: BaseException) -> int:
    """Note why no answer was written, and return the status that stands for it."""
    if request.transport is None or isinstance(error, ConnectionError):
        problem = Problem.CLIENT_GONE
    elif isinstance(error, asyncio.CancelledError):
        problem = Problem.SHUTTING_DOWN
    else:
        problem = Problem.INTERNAL_ERROR
    session.fail(problem.code)
    return problem.status


def _end(request: web.Request, session: Session, status: int) -> None:
    session.root.set({http_attributes.HTTP_RESPONSE_STATUS_CODE: status})
    session.end()
    request.app[METRICS].count(session, {**_common(request), http_attributes.HTTP_RESPONSE_STATUS_CODE: status})
    request.app[TELEMETRY].flush_soon()
    _log.info("check %s: %s, status %d, %.3f s", session.session_id, session.outcome, status, session.root.duration)


def _common(request: web.Request) -> dict[str, AttributeValue]:
    """Return the attributes that span and metrics share."""
    return {
        http_attributes.HTTP_REQUEST_METHOD: request.method,
        http_attributes.HTTP_ROUTE: PATH,
        url_attributes.URL_SCHEME: request.scheme,
        network_attributes.NETWORK_PROTOCOL_VERSION: f"{request.version.major}.{request.version.minor}",
    }


def _attributes(request: web.Request) -> dict[str, AttributeValue]:
    """Return the attributes of HTTP semantic conventions; the client's address is left out as personal data."""
    attributes = _common(request) | {url_attributes.URL_PATH: request.path} | _server(request)
    if hdrs.USER_AGENT in request.headers:
        # Bytes that are not UTF-8 arrive as lone surrogates, which no OTLP exporter can encode.
        attributes[user_agent_attributes.USER_AGENT_ORIGINAL] = (
            request.headers[hdrs.USER_AGENT].encode(errors="replace").decode()
        )
    return attributes


def _server(request: web.Request) -> dict[str, AttributeValue]:
    """Return where the client meant to send the request; nothing when its Host header is no address."""
    try:
        host, port = request.url.host, request.url.port
    except ValueError:
        return {}
    return {server_attributes.SERVER_ADDRESS: host or "", server_attributes.SERVER_PORT: port or 0}
