"""What is refused, with which status and code; and that nothing of it stays on disk, in the trace or in the log."""

import logging
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import (
    CheckError,
    MemoryLimitExceeded,
    PoolUnavailable,
    TimeLimitExceeded,
    UnreadableVideo,
    UnsupportedVideo,
    UnusableReference,
    VideoLimitExceeded,
    WorkerCrashed,
)
from tests.service.fakes import VIDEO, ControlledChecks
from tests.service.recorded import ERROR_STATUS
from tests.service.running import RunningService, running_service
from tests.service.wire import (
    BOUNDARY,
    Answer,
    chunked,
    connected,
    exchange,
    form,
    head,
    part,
    request,
    video,
)

MAX_VIDEO = 100_000
MAX_REFERENCE = 5_000

BASE64 = "Content-Transfer-Encoding: base64"
FORMS: dict[str, tuple[bytes, int, str]] = {
    "no video": (form(part("session_id", "s1")), 400, "missing_video"),
    "empty video": (form(video(b"")), 400, "empty_video"),
    "two videos": (form(video(), video()), 400, "duplicate_field"),
    "two references": (form(video(), part("reference", "a"), part("reference", "b")), 400, "duplicate_field"),
    "unknown challenge": (form(part("challenge_type", "stand_on_head"), video()), 400, "unknown_challenge"),
    "challenge of too many gestures": (
        form(part("challenge_type", "nod," * 4 + "nod"), video()),
        400,
        "unknown_challenge",
    ),
    "empty challenge": (form(part("challenge_type", ""), video()), 400, "unknown_challenge"),
    "session_id with a space": (form(part("session_id", "a b"), video()), 400, "invalid_session_id"),
    "session_id too long": (form(part("session_id", "a" * 65), video()), 400, "invalid_session_id"),
    "empty session_id": (form(part("session_id", ""), video()), 400, "invalid_session_id"),
    "session_id with a line break": (form(part("session_id", "a\nb"), video()), 400, "invalid_session_id"),
    "session_id that is not UTF-8": (form(part("session_id", b"\xff\xfe"), video()), 400, "invalid_session_id"),
    "field too long": (form(part("session_id", "a" * 257), video()), 400, "field_too_long"),
    "unknown field": (form(part("video_url", "http://localhost/"), video()), 400, "unknown_field"),
    "field without a name": (form(b"Content-Disposition: form-data\r\n\r\nx", video()), 400, "unknown_field"),
    "too many parts": (
        form(
            video(), part("challenge_type", "head_movement"), part("session_id", "s"), part("reference", "r"), video()
        ),
        400,
        "too_many_parts",
    ),
    "encoded video": (form(video(b"AAAA", BASE64)), 400, "unsupported_transfer_encoding"),
    "encoded session_id": (form(part("session_id", "c2Vzc2lvbg==", BASE64)), 400, "unsupported_transfer_encoding"),
    "part without disposition": (form(b"X-Nothing: here\r\n\r\nx"), 400, "malformed_form"),
    "part with endless headers": (form(part("video", VIDEO, *["X-Header: x"] * 50)), 400, "malformed_form"),
    "not a form at all": (b"{}" * 50, 400, "incomplete_body"),
    "empty body": (b"", 400, "incomplete_body"),
    "no closing boundary": (form(part("session_id", "s1"), video(), closed=False), 400, "incomplete_body"),
    "cut off in the video": (form(video())[:-100], 400, "incomplete_body"),
    "cut off in a header": (f"--{BOUNDARY}\r\nContent-Dispo".encode(), 400, "incomplete_body"),
    "video too large": (form(video(VIDEO[:12] + b"x" * MAX_VIDEO)), 413, "video_too_large"),
    "reference too large": (form(video(), part("reference", b"x" * (MAX_REFERENCE + 1))), 413, "reference_too_large"),
    "empty reference": (form(video(), part("reference", b"", filename="")), 415, "unsupported_reference"),
    "not a video": (form(video(b"\x89PNG\r\n\x1a\n" + VIDEO)), 415, "unsupported_video"),
    "a playlist": (form(video(b"#EXTM3U\nhttp://localhost/segment.ts\n")), 415, "unsupported_video"),
    "a video of a few bytes": (form(video(b"\x00\x00")), 415, "unsupported_video"),
}

REQUESTS: dict[str, tuple[bytes, int, str]] = {
    "not multipart": (request(b"{}", content_type="application/json"), 415, "not_multipart"),
    "no content type": (request(VIDEO, content_type=""), 415, "not_multipart"),
    "no boundary": (request(form(video()), content_type="multipart/form-data"), 400, "malformed_form"),
    "boundary too long": (
        request(form(video()), content_type=f"multipart/form-data; boundary={'x' * 71}"),
        400,
        "malformed_form",
    ),
    "compressed body": (request(form(video()), "Content-Encoding: gzip"), 415, "unsupported_content_encoding"),
    "unknown expectation": (request(form(video()), "Expect: 200-ok"), 417, "expectation_failed"),
    "body that never ends": (
        head("Transfer-Encoding: chunked") + chunked([form(video())] + [b"x" * 1000] * 250),
        413,
        "body_too_large",
    ),
    "declared too large": (head(length=10**9), 413, "body_too_large"),
}

ERRORS: dict[str, tuple[Exception, int, str]] = {
    "unreadable video": (UnreadableVideo("no frame could be read"), 422, "unreadable_video"),
    "unreadable video with its own code": (UnreadableVideo("cut off", "truncated_video"), 422, "truncated_video"),
    "unsupported codec": (UnsupportedVideo("no decoder", "unsupported_codec"), 415, "unsupported_codec"),
    "video too long": (VideoLimitExceeded("too long"), 422, "video_limit_exceeded"),
    "reference that is no image": (UnusableReference("not an image"), 415, "unsupported_reference"),
    "time limit": (TimeLimitExceeded("too slow"), 504, "time_limit_exceeded"),
    "memory limit": (MemoryLimitExceeded("too big"), 500, "memory_limit_exceeded"),
    "crashed worker": (WorkerCrashed("signal 9"), 500, "worker_crashed"),
    "no worker": (PoolUnavailable("starting"), 503, "workers_unavailable"),
    "unknown failure": (CheckError("unknown"), 500, "internal_error"),
    "mistake of ours": (ZeroDivisionError("/secret/path"), 500, "internal_error"),
}


@pytest.mark.parametrize("name", FORMS)
async def test_refuses_forms(tmp_path: Path, name: str) -> None:
    """A form that is not allowed is refused before any worker sees it."""
    body, status, code = FORMS[name]
    checks = ControlledChecks()
    async with _service(tmp_path, checks) as service:
        await _expect(service, await exchange(service, request(body)), status, code)
    assert checks.requests == []


@pytest.mark.parametrize("name", REQUESTS)
async def test_refuses_requests(tmp_path: Path, name: str) -> None:
    """A request that cannot carry a form that is allowed is refused, mostly from its headers alone."""
    data, status, code = REQUESTS[name]
    checks = ControlledChecks()
    async with _service(tmp_path, checks) as service:
        await _expect(service, await exchange(service, data), status, code)
    assert checks.requests == []


@pytest.mark.parametrize("name", ERRORS)
async def test_answers_failed_checks(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Every way a check can fail has its status and code; what is not known shows nothing of itself."""
    error, status, code = ERRORS[name]
    async with _service(tmp_path, ControlledChecks(error)) as service:
        answer = await exchange(service, request(form(part("session_id", "s1"), video())))
        await _expect(service, answer, status, code)
    assert answer.document["session_id"] == "s1"
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    assert (isinstance(error, ZeroDivisionError)) == any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("name", ["no video", "video too large", "not a video"])
async def test_a_refusal_knows_the_session_that_came_before_it(tmp_path: Path, name: str) -> None:
    """A session_id that has arrived is told in the problem, on the span and in the timing points."""
    parts = {
        "no video": [],
        "video too large": [video(VIDEO[:12] + b"x" * MAX_VIDEO)],
        "not a video": [video(b"GIF89a" * 10)],
    }
    async with _service(tmp_path, ControlledChecks()) as service:
        answer = await exchange(service, request(form(part("session_id", "mine"), *parts[name])))
        assert answer.document["session_id"] == "mine"
        assert (await service.root()).attributes["liveness.session.id"] == "mine"
        assert all("session_id: mine" in point for point in service.timing_points())


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not_found"),
        ("POST", "/v1/liveness-check", 404, "not_found"),
        ("GET", "/v1/liveness-checks", 405, "method_not_allowed"),
        ("DELETE", "/readyz", 405, "method_not_allowed"),
    ],
)
async def test_unknown_paths_and_methods(tmp_path: Path, method: str, path: str, status: int, code: str) -> None:
    """What is not there is a problem document too, and no check: nothing is traced."""
    async with _service(tmp_path, ControlledChecks()) as service:
        answer = await exchange(service, f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert (answer.status, answer.document["code"]) == (status, code)
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert "trace_id" not in answer.document
        assert await service.spans() == []
    if status == 405:
        assert answer.headers["allow"] in ("POST", "GET,HEAD")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"HELO there\r\n\r\n", id="another protocol"),
        pytest.param(b"GET / HTTP/1.1\r\nBad Header\r\n\r\n", id="broken header"),
        pytest.param(b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", id="header too long"),
        pytest.param(b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 200 + b"\r\n", id="too many headers"),
        pytest.param(head("Transfer-Encoding: chunked") + b"zz\r\n", id="broken chunked encoding"),
    ],
)
async def test_what_is_not_http_is_answered_without_noise(
    tmp_path: Path, data: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """Garbage on the port is 400, closes the connection, and leaves no traceback in the log."""
    async with _service(tmp_path, ControlledChecks()) as service, connected(service) as connection:
        await connection.send(data)
        assert (await connection.answer()).status == 400
        assert await connection.closed()
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def _service(folder: Path, checks: ControlledChecks) -> Any:
    return running_service(folder, checks, max_video_size=MAX_VIDEO, max_reference_size=MAX_REFERENCE)


async def _expect(service: RunningService, answer: Answer, status: int, code: str) -> None:
    """Expect a problem document, no file left, a failed root span, and a failed session in the log."""
    document = answer.document
    assert (answer.status, document["status"], document["code"]) == (status, status, code)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert document.keys() == {"type", "title", "status", "detail", "code", "trace_id", "session_id"}
    assert ("retry-after" in answer.headers) == (status == 503)
    assert service.uploads() == []
    root = await service.root()
    assert root.trace_id == document["trace_id"]
    assert (root.status, root.attributes["error.type"]) == (ERROR_STATUS, code)
    assert root.attributes["http.response.status_code"] == status
    first, *_, last = service.timing_points()
    session = f"session_id: {document['session_id']}"
    assert first.startswith(f"VIDEO_LIVENESS_REQUEST_START - {session}, ")
    assert last == f"VIDEO_LIVENESS_FAILED - {session}, error: {code}, total_time: {root.seconds:.3f}s"
