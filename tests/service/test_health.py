"""Whether the process is alive, and whether it would take a check now."""

from pathlib import Path

import pytest

from tests.service.fakes import ControlledChecks
from tests.service.running import RunningService, running_service
from tests.service.wire import Answer, exchange


async def test_alive_and_ready(tmp_path: Path) -> None:
    """Both answer 200, and neither is traced."""
    async with running_service(tmp_path, ControlledChecks()) as service:
        assert (await _get(service, "/healthz")).document == {"status": "alive"}
        assert (await _get(service, "/readyz")).document == {"status": "ready"}
        assert await service.spans() == []
        assert service.timing_points() == []


@pytest.mark.parametrize(
    ("reason", "changes"),
    [("no worker is ready", {}), ("the upload folder has too little free space", {"min_free_space": 1 << 60})],
)
async def test_says_why_it_is_not_ready(tmp_path: Path, reason: str, changes: dict[str, object]) -> None:
    """A service that would refuse a check is alive, but not ready, and says what is missing."""
    checks = ControlledChecks()
    checks.ready = "worker" not in reason
    async with running_service(tmp_path, checks, **changes) as service:
        assert (await _get(service, "/healthz")).status == 200
        answer = await _get(service, "/readyz")
    assert (answer.status, answer.document["code"]) == (503, "not_ready")
    assert answer.document["reasons"] == [reason]
    assert "retry-after" in answer.headers


async def _get(service: RunningService, path: str) -> Answer:
    return await exchange(service, f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
