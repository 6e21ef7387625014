"""What uploads are compared with: an aiohttp handler that writes the body as it comes, as anybody would write it first.

It parses nothing, counts nothing and limits nothing, and its writes block the event loop.
"""

import sys
import time
from pathlib import Path

from aiohttp import web

FOLDER = web.AppKey("folder", Path)


async def receive(request: web.Request) -> web.Response:
    """Write the raw body to a file, and say how many seconds passed from its first bytes to the closed file."""
    path = request.app[FOLDER]
    data = await request.content.readany()
    begin = time.perf_counter()
    with path.open("wb") as file:
        while data:
            file.write(data)
            data = await request.content.readany()
    seconds = time.perf_counter() - begin
    size = path.stat().st_size
    path.unlink()
    return web.json_response({"seconds": seconds, "size": size})


def main(path: Path) -> None:
    """Serve on a free port until told to stop."""
    app = web.Application()
    app[FOLDER] = path
    app.router.add_post("/v1/liveness-checks", receive)
    web.run_app(app, host="127.0.0.1", port=0, print=_say)


def _say(banner: str) -> None:
    address = banner.partition("http://")[2].split()[0]
    print(f"listening on http://{address}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
