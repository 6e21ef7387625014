"""``liveness serve`` as a process: real workers, real videos, real signals."""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from telemetry.stages import PARENTS, Stage
from tests.service.fakes import VIDEO
from tests.service.process import LISTENING, LivenessProcess, serving
from tests.service.recorded import ERROR_STATUS
from tests.service.videos import write_video
from tests.service.wire import connected, exchange, form, head, part, request, video

MEBIBYTE = 1 << 20
MEMORY_GROWTH = 16 * MEBIBYTE


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A real video of two seconds."""
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4").read_bytes()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivenessProcess]:
    """A service with two workers and room for twenty checks."""
    with serving(tmp_path_factory.mktemp("service"), LIVENESS_QUEUE_SIZE="18") as running:
        yield running
        assert running.stop() == 0
        assert running.upload_folders() == []
        assert not [line for line in running.output if "Traceback" in line or " ERROR " in line]


async def test_checks_a_real_video(service: LivenessProcess, clip: bytes) -> None:
    """A clip without anybody in it is inconclusive, and every stage it went through is told."""
    answer = await exchange(service, request(form(part("session_id", "real"), video(clip))))
    document = answer.document
    assert (answer.status, document["verdict"]) == (200, "inconclusive")
    assert "no_face" in [reason["code"] for reason in document["reasons"]]
    assert (document["video"]["width"], document["video"]["height"]) == (320, 240)
    assert {"receive upload", "write video", "wait for worker", "analyze video", "open video"} <= set(
        document["timings"]
    )
    assert service.uploads() == []
    line = f"INFO service.observe trace_id={document['trace_id']} check real: inconclusive, status 200, "
    await asyncio.to_thread(service.wait_for_line, line)


async def test_twenty_checks_at_once_keep_their_own_traces(service: LivenessProcess, clip: bytes) -> None:
    """Each of twenty checks lies in the trace its caller named, with all its spans where they belong."""
    parents = [f"{index:016x}" for index in range(1, 21)]
    data = [
        request(form(part("session_id", f"s{parent}"), video(clip)), f"Traceparent: 00-{parent * 2}-{parent}-01")
        for parent in parents
    ]
    answers = await asyncio.gather(*(exchange(service, each) for each in data))
    assert [answer.document["trace_id"] for answer in answers] == [parent * 2 for parent in parents]
    assert [answer.document["session_id"] for answer in answers] == [f"s{parent}" for parent in parents]
    assert {answer.status for answer in answers} == {200}


async def test_refuses_what_real_workers_cannot_read(service: LivenessProcess, clip: bytes) -> None:
    """A cut file is 422, a reference that is no picture 415; both are gone, and the next check works."""
    for parts, status, code in [
        ([video(clip[: len(clip) // 2])], 422, "truncated_video"),
        ([video(VIDEO)], 422, "truncated_video"),
        ([video(clip), part("reference", b"GIF89a no picture")], 415, "unsupported_reference"),
    ]:
        answer = await exchange(service, request(form(*parts)))
        assert (answer.status, answer.document["code"]) == (status, code)
        assert service.uploads() == []
    assert (await exchange(service, request(form(video(clip))))).status == 200


async def test_memory_does_not_grow_with_the_video(service: LivenessProcess, clip: bytes) -> None:
    """While 128 MiB arrive, the service needs no more than 16 MiB beyond what it had."""
    await exchange(service, request(form(video(clip))))
    before = service.peak_memory()
    block, blocks = bytes(MEBIBYTE), 128
    start, end = form(video(clip), closed=False)[:-2], form()
    async with connected(service) as connection:
        await connection.send(head(length=len(start) + blocks * MEBIBYTE + 2 + len(end)) + start)
        for _ in range(blocks):
            await connection.send(block)
        await connection.send(b"\r\n" + end)
        answer = await connection.answer()
    assert answer.status in (200, 422)
    assert service.peak_memory() - before <= MEMORY_GROWTH


async def test_sigterm_finishes_what_has_begun(tmp_path: Path, clip: bytes) -> None:
    """An upload under way is received, checked and answered; then all is flushed and the exit code is 0."""
    body = form(part("session_id", "last"), video(clip))
    with serving(tmp_path, LIVENESS_WORKERS="1") as service:
        async with connected(service) as connection:
            await connection.send(head("Expect: 100-continue", length=len(body)))
            assert (await connection.answer()).status == 100
            service.send(signal.SIGTERM)
            await asyncio.to_thread(service.wait_for_line, "stopping, 1 checks under way")
            with pytest.raises(ConnectionRefusedError):
                await exchange(service, request(body))
            await connection.send(body)
            assert (await connection.answer()).status == 200
        assert await asyncio.to_thread(service.exit_code) == 0
    assert service.upload_folders() == []
    _expect_whole_trace(service)


async def test_a_second_signal_gives_up(tmp_path: Path) -> None:
    """An upload under way is refused and removed at once; the exit code names the signal."""
    body = form(video(VIDEO + bytes(2 * MEBIBYTE)))
    with serving(tmp_path, LIVENESS_WORKERS="1") as service:
        async with connected(service) as connection:
            await connection.send(head("Expect: 100-continue", length=len(body)))
            assert (await connection.answer()).status == 100
            await connection.send(body[:-1])
            service.send(signal.SIGTERM)
            await asyncio.to_thread(service.wait_for_line, "stopping, 1 checks under way")
            service.send(signal.SIGINT)
            answer = await connection.answer()
            assert (answer.status, answer.document["code"]) == (503, "shutting_down")
        assert await asyncio.to_thread(service.exit_code) == 128 + signal.SIGINT
    assert service.upload_folders() == []
    (root,) = [span for span in service.spans() if span.name == Stage.REQUEST]
    assert (root.status, root.attributes["error.type"]) == (ERROR_STATUS, "shutting_down")


async def test_a_killed_worker_fails_its_check_alone(tmp_path: Path) -> None:
    """SIGKILL in the middle of a check is that check's error, with its span and timing points; the next one works."""
    long_clip = write_video(tmp_path / "long.mp4", seconds=50, size=(640, 480)).read_bytes()
    with serving(tmp_path, LIVENESS_WORKERS="1") as service:
        (worker,) = await asyncio.to_thread(_workers, service)
        checking = asyncio.create_task(exchange(service, request(form(part("session_id", "killed"), video(long_clip)))))
        await asyncio.to_thread(service.wait_for_timing_point, "VIDEO_PROCESSING_START")
        worker.kill()
        answer = await checking
        assert (answer.status, answer.document["code"]) == (500, "worker_crashed")
        assert service.uploads() == []
        again = await exchange(service, request(form(video(write_video(tmp_path / "short.mp4").read_bytes()))))
        assert again.status == 200
        assert await asyncio.to_thread(service.stop) == 0
    root = next(span for span in service.spans() if span.attributes.get("liveness.session.id") == "killed")
    assert (root.status, root.attributes["error.type"]) == (ERROR_STATUS, "worker_crashed")
    killed = [point.split(" - ")[0] for point in service.timing_points() if "session_id: killed" in point]
    assert killed[-2:] == ["VIDEO_PROCESSING_COMPLETE", "VIDEO_LIVENESS_FAILED"]


async def test_the_time_limit_fails_the_check_that_exceeds_it(tmp_path: Path, clip: bytes) -> None:
    """A check that takes too long is answered so and removed, and the service goes on with another worker."""
    with serving(tmp_path, LIVENESS_WORKERS="1", LIVENESS_TIME_LIMIT="0.001") as service:
        for _ in range(2):
            answer = await exchange(service, request(form(video(clip))))
            assert (answer.status, answer.document["code"]) == (504, "time_limit_exceeded")
            assert service.uploads() == []
        assert await asyncio.to_thread(service.stop) == 0


@pytest.mark.parametrize(
    ("settings", "code", "message"),
    [
        ({"LIVENESS_PORT": "many", "LIVENESS_WORKERS": "0"}, 2, "liveness: LIVENESS_WORKERS: "),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "smoke", "OTEL_TRACES_EXPORTER": "otlp"},
            2,
            "OTEL_EXPORTER_OTLP_PROTOCOL=smoke",
        ),
        ({"LIVENESS_UPLOAD_DIR": "/dev/null/uploads"}, 5, "liveness: cannot serve: "),
        ({"LIVENESS_HOST": "192.0.2.1"}, 5, "liveness: cannot serve: "),
        ({"LIVENESS_DETECTOR": "yunet"}, 5, "liveness: cannot serve: "),
    ],
)
def test_says_in_one_line_why_it_cannot_start(
    tmp_path: Path, settings: dict[str, str], code: int, message: str
) -> None:
    """What is wrong with settings, folders, addresses or models is said without a traceback."""
    process = LivenessProcess(tmp_path, ["serve"], **{"LIVENESS_PORT": "0", "LIVENESS_WORKERS": "1", **settings})
    try:
        assert process.exit_code() == code
        process.wait_for_line(message)
        assert LISTENING not in "".join(process.output)
    finally:
        process.kill()
    assert "Traceback" not in "".join(process.output)


def test_warns_about_what_is_no_setting(tmp_path: Path) -> None:
    """A misspelt variable does not stop the service, and does not go unnoticed."""
    with serving(tmp_path, LIVENESS_WORKERS="1", LIVENESS_PROT="1") as service:
        service.wait_for_line("LIVENESS_PROT is not a setting")
        service.wait_for_line(LISTENING)
        assert service.stop() == 0


def _workers(service: LivenessProcess) -> list[psutil.Process]:
    service.wait_for_line(LISTENING)
    return service.workers()


def _expect_whole_trace(service: LivenessProcess) -> None:
    """Expect one trace with every stage of a check without reference below its parent, and all timing points."""
    spans = {span.span_id: span for span in service.spans()}
    (root,) = [span for span in spans.values() if not span.parent_id]
    assert root.name == Stage.REQUEST
    for span in spans.values():
        assert span.trace_id == root.trace_id
        if span is not root:
            assert spans[span.parent_id].name == PARENTS[Stage(span.name)]
    assert {span.name for span in spans.values()} >= {*PARENTS} - {
        Stage.DETECT_REPLAY,
        Stage.COMPARE_FACES,
        Stage.ANALYZE_MOVEMENT,
    }
    assert [point.split(" - ")[0] for point in service.timing_points()] == [
        "VIDEO_LIVENESS_REQUEST_START",
        "VIDEO_FILE_RECEIVE_START",
        "VIDEO_FILE_RECEIVE_COMPLETE",
        "VIDEO_FILE_SAVE_COMPLETE",
        "VIDEO_PROCESSING_START",
        "VIDEO_PROCESSING_COMPLETE",
        "VIDEO_LIVENESS_COMPLETE",
    ]
