"""``GET /healthz``: the process is alive. ``GET /readyz``: it would take a check now."""

from aiohttp import web

from service.keys import ADMISSION, POOL, SETTINGS, UPLOADS
from service.problems import Problem, Refusal


async def get_health(_request: web.Request) -> web.Response:
    """Answer that the event loop turns; nothing else is looked at."""
    return web.json_response({"status": "alive"})


async def get_readiness(request: web.Request) -> web.Response:
    """Answer 200, or 503 with every reason why no check would be taken."""
    reasons = await _reasons(request.app)
    if reasons:
        raise Refusal(Problem.NOT_READY, "Send checks elsewhere until this changes.", members={"reasons": reasons})
    return web.json_response({"status": "ready"})


async def _reasons(app: web.Application) -> list[str]:
    reasons = await app[UPLOADS].reasons_not_ready(app[SETTINGS].min_free_space)
    if app[ADMISSION].closed:
        reasons.append("the service is shutting down")
    if not app[POOL].ready:
        reasons.append("no worker is ready")
    return reasons
