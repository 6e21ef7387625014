"""What a check leaves in traces, timing points and metrics: the same numbers in all of them."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from service.filewriter import WRITE_SIZE
from telemetry.stages import Stage
from tests.service.fakes import VIDEO, ControlledChecks
from tests.service.recorded import SERVER_KIND, read_metrics
from tests.service.running import running_service
from tests.service.wire import exchange, form, part, request, video

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT_ID = "00f067aa0ba902b7"


async def test_the_root_span_follows_http_semantic_conventions(tmp_path: Path) -> None:
    """A SERVER span under stable names, with the evidence of the check and without the client's address."""
    data = request(form(part("session_id", "abc"), video()), "User-Agent: curl/8")
    async with running_service(tmp_path, ControlledChecks()) as service:
        await exchange(service, data)
        root = await service.root()
        port = service.port
    assert (root.kind, root.status, root.parent_id) == (SERVER_KIND, 0, "")
    assert root.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/liveness-checks",
        "http.response.status_code": 200,
        "url.scheme": "http",
        "url.path": "/v1/liveness-checks",
        "network.protocol.version": "1.1",
        "server.address": "localhost",
        "server.port": 80,
        "user_agent.original": "curl/8",
        "liveness.session.id": "abc",
        "liveness.challenge.type": "head_movement",
        "liveness.challenge.performed": True,
        "liveness.upload.size": len(VIDEO),
        "liveness.verdict": "bona_fide",
        "liveness.verdict.reasons": ["challenge_performed"],
        "liveness.engine.detector": "yunet 2026may",
        "liveness.engine.embedder": "dlib_resnet 1",
    }
    assert port > 0


@pytest.mark.parametrize("host", [b"a:b:c", b"x:99999999", b"[::1", b"\xff\xfe", b""])
async def test_a_host_header_that_is_no_address_changes_nothing(tmp_path: Path, host: bytes) -> None:
    """Whatever a client writes as Host, the check is answered and its span can be exported."""
    data = request(form(video())).replace(b"Host: localhost", b"Host: " + host)
    async with running_service(tmp_path, ControlledChecks()) as service:
        assert (await exchange(service, data)).status == 200
        assert (await service.root()).attributes["http.response.status_code"] == 200


async def test_continues_the_callers_trace(tmp_path: Path) -> None:
    """The check is part of the trace that the caller names, and says so in the answer."""
    traceparent = f"00-{TRACE_ID}-{PARENT_ID}-01"
    template = "http://jaeger:16686/trace/{trace_id}"
    async with running_service(tmp_path, ControlledChecks(), trace_url=template) as service:
        answer = await exchange(service, request(form(video()), f"Traceparent: {traceparent}"))
        root = await service.root()
    assert (root.trace_id, root.parent_id) == (TRACE_ID, PARENT_ID)
    assert answer.document["trace_id"] == TRACE_ID
    assert answer.document["trace_url"] == f"http://jaeger:16686/trace/{TRACE_ID}"
    assert answer.headers["traceparent"] == f"00-{TRACE_ID}-{root.span_id}-01"


async def test_a_trace_that_is_not_kept_has_no_link(tmp_path: Path) -> None:
    """The caller has decided not to sample: the identifier is told, but no link that leads nowhere."""
    async with running_service(tmp_path, ControlledChecks(), trace_url="http://jaeger/{trace_id}") as service:
        answer = await exchange(service, request(form(video()), f"Traceparent: 00-{TRACE_ID}-{PARENT_ID}-00"))
        assert await service.spans() == []
    assert (answer.document["trace_id"], answer.document["trace_url"]) == (TRACE_ID, None)


async def test_a_service_without_tracing_answers_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the SDK disabled there is no trace to name, and timing points are written all the same."""
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    async with running_service(tmp_path, ControlledChecks(), trace_url="http://jaeger/{trace_id}") as service:
        answer = await exchange(service, request(form(video())))
        assert await service.spans() == []
        assert len(service.timing_points()) == 5
    assert (answer.status, answer.document["verdict"]) == (200, "bona_fide")
    assert (answer.document["trace_id"], answer.document["trace_url"]) == (None, None)
    assert "traceparent" not in answer.headers


async def test_gives_back_nothing_of_the_callers_context(tmp_path: Path) -> None:
    """Baggage and trace state of the caller are for the trace, not for the answer."""
    context = [f"Traceparent: 00-{TRACE_ID}-{PARENT_ID}-01", "Tracestate: vendor=secret", "Baggage: user=secret"]
    async with running_service(tmp_path, ControlledChecks()) as service:
        answer = await exchange(service, request(form(video()), *context))
    assert answer.status == 200
    assert "secret" not in str(answer.headers)


async def test_stages_are_children_of_the_request_and_overlap(tmp_path: Path) -> None:
    """The video is being written while it is still being received, inside the root span."""
    async with running_service(tmp_path, ControlledChecks()) as service:
        await exchange(service, request(form(video(VIDEO + bytes(4 * WRITE_SIZE)))))
        root = await service.root()
        stages = {span.name: span for span in await service.spans() if span != root}
    receiving, writing = stages["receive upload"], stages["write video"]
    assert stages.keys() == {"receive upload", "write video", "wait for worker"}
    assert {span.parent_id for span in stages.values()} == {root.span_id}
    assert root.start_ns <= receiving.start_ns < writing.start_ns < receiving.end_ns < writing.end_ns <= root.end_ns
    assert receiving.attributes["liveness.upload.size"] == len(VIDEO) + 4 * WRITE_SIZE
    assert 0 < writing.attributes["liveness.disk.busy_time"] <= writing.seconds


async def test_timing_points_have_the_numbers_of_the_spans(tmp_path: Path) -> None:
    """Each point of a check stands in the log once, in order, with the span's own time."""
    async with running_service(tmp_path, ControlledChecks()) as service:
        await exchange(service, request(form(video(), part("session_id", "abc"))))
        seconds = {span.name: span.seconds for span in await service.spans()}
        points = service.timing_points()
    size, receiving, writing = len(VIDEO), seconds["receive upload"], seconds["write video"]
    assert points == [
        f"VIDEO_LIVENESS_REQUEST_START - session_id: abc, challenge_type: head_movement, file_size: {size}",
        "VIDEO_FILE_RECEIVE_START - session_id: abc",
        f"VIDEO_FILE_RECEIVE_COMPLETE - session_id: abc, duration: {receiving:.3f}s, size: {size} bytes",
        f"VIDEO_FILE_SAVE_COMPLETE - session_id: abc, duration: {writing:.3f}s",
        f"VIDEO_LIVENESS_COMPLETE - session_id: abc, result: pass, total_time: {seconds[Stage.REQUEST]:.3f}s, "
        f"processing_time: 0.500s, video_receive_time: {receiving:.3f}s, "
        f"file_save_time: {writing:.3f}s",
    ]
    times = [line.split(" - ")[0] for line in (tmp_path / "performance.log").read_text().splitlines()]
    assert times == sorted(times)


async def test_concurrent_checks_keep_their_own_traces(tmp_path: Path) -> None:
    """Twenty checks at once: each span lies in the trace of its own check."""
    async with running_service(tmp_path, ControlledChecks(), queue_size=20) as service:
        parents = [f"{index:016x}" for index in range(1, 21)]
        data = [
            request(form(part("session_id", f"s{parent}"), video()), f"Traceparent: 00-{parent * 2}-{parent}-01")
            for parent in parents
        ]
        answers = await asyncio.gather(*(exchange(service, each) for each in data))
        spans = await service.spans()
    for parent, answer in zip(parents, answers, strict=True):
        assert (answer.document["session_id"], answer.document["trace_id"]) == (f"s{parent}", parent * 2)
        names = sorted(span.name for span in spans if span.trace_id == parent * 2)
        assert names == ["POST /v1/liveness-checks", "receive upload", "wait for worker", "write video"]


async def test_counts_checks_by_outcome(tmp_path: Path) -> None:
    """Metrics tell verdicts and failures apart, and hold nothing that names a session."""
    async with running_service(tmp_path, ControlledChecks()) as service:
        await exchange(service, request(form(part("session_id", "abc"), video())))
        await exchange(service, request(form(part("session_id", "abc"))))
        await service.spans()
        metrics = read_metrics(tmp_path / "traces")
    assert {tuple(sorted(point.items())) for point, value in metrics["liveness.checks"] if value == 1} == {
        (("liveness.verdict", "bona_fide"),),
        (("error.type", "missing_video"),),
    }
    durations = [attributes for attributes, _ in metrics["http.server.request.duration"]]
    assert [attributes["http.response.status_code"] for attributes in durations] == [200, 400]
    assert {"http.request.method", "http.route", "url.scheme", "network.protocol.version"} <= durations[0].keys()
    assert [value for _, value in metrics["liveness.checks.limit"]] == [4]
    assert [value for _, value in metrics["liveness.checks.active"]] == [0]
    assert len(metrics["liveness.check.queue.duration"]) == 1
    assert "abc" not in json.dumps(metrics)


async def test_nothing_recorded_names_a_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """File names, paths and contents of uploads are in no span, no timing point, no log line."""
    caplog.set_level("DEBUG", "service")
    async with running_service(tmp_path, ControlledChecks()) as service:
        await exchange(service, request(form(video(), part("reference", b"secret pixels", filename="me.jpg"))))
        await exchange(service, request(form(video(b"secret pixels"))))
        await service.spans()
    recorded = caplog.text + _written(tmp_path)
    assert len(re.findall("VIDEO_LIVENESS", recorded)) >= 4
    for secret in ("selfie", "me.jpg", "secret", str(tmp_path / "uploads")):
        assert secret not in recorded


def _written(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*") if path.suffix in (".jsonl", ".log"))
