"""What is refused while the client is still sending or waiting: too much, too slow, too many, too late."""

import asyncio
from pathlib import Path

import pytest

from service.server import drain
from tests.service.fakes import VIDEO, ControlledChecks
from tests.service.recorded import ERROR_STATUS
from tests.service.running import RunningService, running_service
from tests.service.wire import Connection, connected, exchange, form, head, part, request, video

GIGABYTE = 10**9


async def test_a_video_too_large_is_refused_while_it_is_being_sent(tmp_path: Path) -> None:
    """The answer comes when the limit is passed and not at the end, and the connection is closed after it."""
    async with (
        running_service(tmp_path, ControlledChecks(), max_video_size=3_000_000, max_reference_size=GIGABYTE) as service,
        connected(service) as connection,
    ):
        await connection.send(head(length=GIGABYTE) + form(video(VIDEO), closed=False)[:-2])
        sending = asyncio.create_task(_send_forever(connection))
        answer = await connection.answer()
        sending.cancel()
        assert (answer.status, answer.document["code"]) == (413, "video_too_large")
        assert answer.headers["connection"] == "close"
        assert service.uploads() == []
        assert (await service.root()).attributes["liveness.upload.size"] <= 3_000_000


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param(head(length=GIGABYTE), "body_too_large", id="declared too large"),
        pytest.param(head(length=1000, content_type="video/mp4"), "not_multipart", id="not a form"),
        pytest.param(head("Expect: 100-continue", length=GIGABYTE), "body_too_large", id="asked before sending"),
    ],
)
async def test_refuses_from_the_headers_alone(tmp_path: Path, headers: bytes, code: str) -> None:
    """What headers already show is refused without a byte of the body, and without inviting it."""
    async with running_service(tmp_path, ControlledChecks()) as service, connected(service) as connection:
        await connection.send(headers)
        answer = await connection.answer()
        assert answer.document["code"] == code
        assert answer.headers["connection"] == "close"


async def test_a_slow_upload_is_cut_off(tmp_path: Path) -> None:
    """A body that does not arrive in time frees its place; what had arrived is gone."""
    body = form(part("session_id", "slow"), video())
    async with (
        running_service(tmp_path, ControlledChecks(), upload_time_limit=0.2) as service,
        connected(service) as connection,
    ):
        await connection.send(head(length=len(body)) + body[:-1])
        answer = await connection.answer()
        assert (answer.status, answer.document["code"]) == (408, "upload_timeout")
        assert answer.document["session_id"] == "slow"
        assert answer.headers["connection"] == "close"
        assert (service.uploads(), service.admission.active) == ([], 0)


async def test_a_full_queue_is_told_at_once(tmp_path: Path) -> None:
    """With all places taken, uploading counts, the next client is refused from its headers and told when to return."""
    checks = ControlledChecks()
    checks.release.clear()
    async with (
        running_service(tmp_path, checks, workers=1, queue_size=1) as service,
        connected(service) as running,
        connected(service) as uploading,
        connected(service) as refused,
    ):
        await running.send(request(form(video())))
        await checks.started.wait()
        await uploading.send(head("Expect: 100-continue", length=len(form(video()))))
        assert (await uploading.answer()).status == 100

        await refused.send(head("Expect: 100-continue", length=len(form(video()))))
        answer = await refused.answer()
        assert (answer.status, answer.document["code"]) == (503, "queue_full")
        assert int(answer.headers["retry-after"]) > 0

        checks.release.set()
        await uploading.send(form(video()))
        assert [(await connection.answer()).status for connection in (running, uploading)] == [200, 200]
        assert (await exchange(service, request(form(video())))).status == 200


async def test_a_client_that_goes_away_while_sending_is_no_success(tmp_path: Path) -> None:
    """A body shorter than announced, ended by hanging up, is recorded as such and leaves nothing behind."""
    async with running_service(tmp_path, ControlledChecks()) as service:
        async with connected(service) as connection:
            await connection.send(head("Expect: 100-continue", length=10_000))
            assert (await connection.answer()).status == 100
            await connection.send(form(part("session_id", "left"), video(), closed=False))
            await connection.hang_up()
        await service.admission.emptied()
        await _expect_client_gone(service)


async def test_a_client_that_goes_away_while_its_check_runs_is_no_success(tmp_path: Path) -> None:
    """The check of a client that is gone is given up; its files go, its place is free."""
    checks = ControlledChecks()
    checks.release.clear()
    async with running_service(tmp_path, checks) as service:
        async with connected(service) as connection:
            await connection.send(request(form(part("session_id", "left"), video())))
            await checks.started.wait()
            assert len(service.uploads()) == 1
            await connection.hang_up()
        await service.admission.emptied()
        await _expect_client_gone(service)
        (waiting,) = [span for span in await service.spans() if span.name == "wait for worker"]
        assert waiting.status == ERROR_STATUS


async def test_lets_nobody_in_while_shutting_down(tmp_path: Path) -> None:
    """A connection that is kept alive is told to go elsewhere while the check of another one is finished."""
    checks = ControlledChecks()
    checks.release.clear()
    async with (
        running_service(tmp_path, checks) as service,
        connected(service) as running,
        connected(service) as idle,
    ):
        await running.send(request(form(video())))
        await checks.started.wait()
        draining = asyncio.create_task(drain(service.app, asyncio.Event()))
        await idle.send(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        readiness = await idle.answer()
        assert (readiness.status, readiness.document["code"]) == (503, "not_ready")
        assert readiness.document["reasons"] == ["the service is shutting down"]
        await idle.send(request(form(video())))
        refused = await idle.answer()
        assert (refused.status, refused.document["code"]) == (503, "shutting_down")
        assert refused.headers["connection"] == "close"
        checks.release.set()
        assert (await running.answer()).status == 200
        await draining


@pytest.mark.parametrize("hurried", [False, True])
async def test_gives_up_checks_that_do_not_end(tmp_path: Path, hurried: bool) -> None:
    """When the time to shut down is over, or a second signal comes, what still runs is answered and removed."""
    checks = ControlledChecks()
    checks.release.clear()
    stop_now = asyncio.Event()
    async with (
        running_service(tmp_path, checks, drain_time_limit=60 if hurried else 0.1) as service,
        connected(service) as running,
        connected(service) as uploading,
    ):
        await running.send(request(form(part("session_id", "runs"), video())))
        await checks.started.wait()
        await uploading.send(head("Expect: 100-continue", length=10_000))
        assert (await uploading.answer()).status == 100
        if hurried:
            stop_now.set()
        await drain(service.app, stop_now)
        for connection in (running, uploading):
            answer = await connection.answer()
            assert (answer.status, answer.document["code"]) == (503, "shutting_down")
        assert service.uploads() == []


async def _send_forever(connection: Connection) -> None:
    while True:
        await connection.send(b"x" * 65536)


async def _expect_client_gone(service: RunningService) -> None:
    assert service.uploads() == []
    root = await service.root()
    assert (root.status, root.attributes["error.type"]) == (ERROR_STATUS, "client_gone")
    assert root.attributes["http.response.status_code"] == 499
    assert "liveness.verdict" not in root.attributes
    last = f"VIDEO_LIVENESS_FAILED - session_id: left, error: client_gone, total_time: {root.seconds:.3f}s"
    assert service.timing_points()[-1] == last
