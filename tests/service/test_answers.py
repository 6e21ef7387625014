"""A check over HTTP as its caller sees it, with workers that the test controls."""

import dataclasses
import math
from pathlib import Path

import pytest

from pipeline.result import Comparison, ComparisonOutcome, Verdict
from tests.service.fakes import RESULT, VIDEO, ControlledChecks
from tests.service.running import running_service
from tests.service.wire import chunked, connected, exchange, form, head, part, request, video


async def test_answers_with_the_documented_fields(tmp_path: Path) -> None:
    """The answer has exactly the fields of docs/api.md, floats rounded, nothing from inside."""
    async with running_service(tmp_path, ControlledChecks()) as service:
        answer = await exchange(service, request(form(part("session_id", "abc.1-2_3"), video())))
    document = answer.document
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert list(document) == [
        "session_id",
        "verdict",
        "reasons",
        "challenge",
        "comparison",
        "video",
        "engines",
        "timings",
        "trace_id",
        "trace_url",
    ]
    assert document["session_id"] == "abc.1-2_3"
    assert document["verdict"] == "bona_fide"
    assert document["reasons"] == [
        {
            "code": "challenge_performed",
            "message": "The head was turned.",
            "value": 0.4123,
            "threshold": 0.25,
            "unit": "inter-ocular distances",
        }
    ]
    assert document["challenge"] == {"type": "head_movement", "performed": True}
    assert document["comparison"] is None
    assert document["video"] == {
        "container": "mov",
        "codec": "h264",
        "width": 720,
        "height": 1280,
        "rotation": 90,
        "duration": 3.3333,
        "frames_decoded": 100,
        "frames_analyzed": 25,
    }
    assert document["engines"]["replay_detector"] is None
    assert list(document["timings"]) == [
        "receive upload",
        "write video",
        "wait for worker",
        "analyze video",
        "open video",
    ]
    assert document["trace_url"] is None


async def test_a_comparison_is_told_beside_the_verdict(tmp_path: Path) -> None:
    """A person who does not match the reference is still bona fide; what no number can say is null."""
    comparison = Comparison(ComparisonOutcome.NOT_POSSIBLE, math.nan, 0.57, 0)
    checks = ControlledChecks(dataclasses.replace(RESULT, comparison=comparison))
    async with running_service(tmp_path, checks) as service:
        answer = await exchange(service, request(form(video(), part("reference", b"\xff\xd8\xff picture"))))
    assert answer.document["verdict"] == "bona_fide"
    expected = {"outcome": "not_possible", "score": None, "threshold": 0.57, "frames": 0, "reason": None}
    assert expected == answer.document["comparison"]


@pytest.mark.parametrize("verdict", Verdict)
async def test_every_verdict_is_200(tmp_path: Path, verdict: Verdict) -> None:
    """A verdict is a result, whatever it says."""
    async with running_service(tmp_path, ControlledChecks(dataclasses.replace(RESULT, verdict=verdict))) as service:
        answer = await exchange(service, request(form(video())))
    assert (200, verdict.value) == (answer.status, answer.document["verdict"])


@pytest.mark.parametrize("video_first", [True, False])
async def test_takes_the_fields_in_any_order(tmp_path: Path, video_first: bool) -> None:
    """The worker gets the same check wherever the video stands in the form, and no path of the client's."""
    checks = ControlledChecks()
    fields = [part("challenge_type", "head_movement"), part("session_id", "s1"), part("reference", b"picture")]
    parts = [video(), *fields] if video_first else [*fields, video()]
    async with running_service(tmp_path, checks) as service:
        answer = await exchange(service, request(form(*parts)))
        assert answer.status == 200
        assert service.uploads() == []
    (check,) = checks.requests
    assert (check.challenge, check.session_id) == ("head_movement", "s1")
    assert (checks.videos, checks.references) == ([VIDEO], [b"picture"])
    assert (check.video.name, check.reference and check.reference.name) == ("video", "reference")


async def test_hands_on_a_sequence_of_gestures(tmp_path: Path) -> None:
    """A challenge of several gestures reaches the worker as it was sent."""
    checks = ControlledChecks()
    async with running_service(tmp_path, checks) as service:
        answer = await exchange(service, request(form(part("challenge_type", "turn_left,nod"), video())))
    assert answer.status == 200
    assert [check.challenge for check in checks.requests] == ["turn_left,nod"]


async def test_makes_a_session_id_and_takes_the_default_challenge(tmp_path: Path) -> None:
    """A form with nothing but a video is enough."""
    checks = ControlledChecks()
    async with running_service(tmp_path, checks) as service:
        first, second = [await exchange(service, request(form(video()))) for _ in range(2)]
    assert len(first.document["session_id"]) == 32
    assert first.document["session_id"] != second.document["session_id"]
    assert {check.challenge for check in checks.requests} == {"head_movement"}
    assert checks.references == [None, None]


async def test_takes_a_body_in_chunked_encoding(tmp_path: Path) -> None:
    """A client need not know how long its body will be; every byte arrives, however the body is cut up."""
    checks = ControlledChecks()
    body = form(part("session_id", "cut-up"), video())
    async with running_service(tmp_path, checks) as service:
        for size in (1, 7, 64):
            pieces = (body[start : start + size] for start in range(0, len(body), size))
            answer = await exchange(service, head("Transfer-Encoding: chunked") + chunked(pieces))
            assert (answer.status, answer.document["session_id"]) == (200, "cut-up")
    assert checks.videos == [VIDEO] * 3


async def test_a_large_video_arrives_byte_for_byte(tmp_path: Path) -> None:
    """A video of several buffers, with parts of the boundary in it, is written as it was sent."""
    content = VIDEO + b"\r\n--boundary-of-a-tes\r\n--" * 200_000 + VIDEO
    checks = ControlledChecks()
    async with running_service(tmp_path, checks) as service:
        answer = await exchange(service, request(form(video(content))))
    assert answer.status == 200
    assert checks.videos[0] == content


async def test_identity_transfer_encodings_are_taken(tmp_path: Path) -> None:
    """Android's Retrofit says of every part that it is binary, which changes nothing."""
    checks = ControlledChecks()
    async with running_service(tmp_path, checks) as service:
        answer = await exchange(service, request(form(video(VIDEO, "Content-Transfer-Encoding: binary"))))
    assert answer.status == 200
    assert checks.videos == [VIDEO]


async def test_invites_a_body_that_is_wanted(tmp_path: Path) -> None:
    """A client that asks before it sends is invited, then answered."""
    body = form(video())
    async with running_service(tmp_path, ControlledChecks()) as service, connected(service) as connection:
        await connection.send(head("Expect: 100-continue", length=len(body)))
        assert (await connection.answer()).status == 100
        await connection.send(body)
        assert (await connection.answer()).status == 200


async def test_a_connection_serves_one_check_after_another(tmp_path: Path) -> None:
    """Keep-alive works after an answer and after a refusal whose body was read."""
    async with running_service(tmp_path, ControlledChecks()) as service, connected(service) as connection:
        for body, status in [(form(video()), 200), (form(part("session_id", "x")), 400), (form(video()), 200)]:
            await connection.send(request(body))
            assert status == (await connection.answer()).status


async def test_timings_are_told_in_a_header(tmp_path: Path) -> None:
    """Server-Timing has the stages as tokens, in milliseconds, with their names as descriptions."""
    async with running_service(tmp_path, ControlledChecks()) as service:
        answer = await exchange(service, request(form(video())))
    timings = answer.headers["server-timing"].split(", ")
    assert 'analyze-video;dur=500.000;desc="analyze video"' in timings
    assert [timing.split(";")[0] for timing in timings[:3]] == ["receive-upload", "write-video", "wait-for-worker"]
