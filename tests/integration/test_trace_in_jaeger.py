"""A check of a real video, sent through the real Collector, as the real Jaeger shows it."""

import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from telemetry.stages import PARENTS, Stage
from telemetry.timing_lines import DetailLine, TimingPoint
from tests.integration.backends import Collector, Jaeger, Sample, StoredSpan
from tests.integration.liveness import Service, running_service

ONCE = set(PARENTS) - {Stage.ANALYZE_FRAME, Stage.DETECT_REPLAY}
"""Every stage below the root that a check with a reference has once; no anti-spoofing model is present."""

EVENTS = (set(TimingPoint) - {TimingPoint.FAILED}) | set(DetailLine)
"""The timing points and detail lines of a check that was answered."""

CALLS = "traces_span_metrics_calls_total"
"""What the Collector counts spans in."""

Tree = Counter[tuple[str, str | None]]
"""How often a span occurs below a parent."""

SERVER = 2
"""The number of the span kind in OTLP."""


@pytest.fixture(scope="module", params=["grpc", "http/protobuf"])
def service(
    request: pytest.FixtureRequest, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service that sends to the Collector, over each protocol."""
    folder = tmp_path_factory.mktemp("service")
    with running_service(folder, collector.endpoints[request.param], request.param) as running:
        yield running


def expected_tree(answer: dict[str, Any]) -> Tree:
    """Return how often each (span, parent) occurs in the trace of an answered check."""
    tree: Tree = Counter((stage.value, PARENTS[stage].value) for stage in ONCE)
    tree[(Stage.ANALYZE_FRAME, Stage.ANALYZE_VIDEO)] = answer["video"]["frames_analyzed"]
    tree[(Stage.REQUEST, None)] = 1
    return tree


def tree_of(spans: list[StoredSpan]) -> Tree:
    """Return how often each (span, parent) occurs among spans."""
    return Counter((span.name, span.parent) for span in spans)


async def test_jaeger_shows_the_whole_tree_of_a_check(service: Service, jaeger: Jaeger, video: Path) -> None:
    """Every span of the service and its worker is there, once, below its parent, in one trace, unfailed."""
    answer = await service.check(video)
    assert answer["status"] == 200, answer
    expected = expected_tree(answer)

    spans = await jaeger.trace(answer["trace_id"], lambda spans: len(spans) >= expected.total())

    assert answer["video"]["frames_analyzed"] > 0
    assert tree_of(spans) == expected
    assert {span.service for span in spans} == {"video-liveness"}
    assert [span.name for span in spans if span.failed] == []
    assert [span.name for span in spans if span.kind == SERVER] == [Stage.REQUEST]


async def test_a_callers_trace_is_continued(service: Service, jaeger: Jaeger, video: Path) -> None:
    """The check's spans are in the trace that the caller's traceparent names, below the span that it names."""
    trace_id, caller = secrets.token_hex(16), secrets.token_hex(8)

    answer = await service.check(video, {"traceparent": f"00-{trace_id}-{caller}-01"})
    spans = await jaeger.trace(trace_id, lambda spans: len(spans) >= expected_tree(answer).total())

    assert answer["trace_id"] == trace_id
    assert tree_of(spans) == expected_tree(answer)
    assert [span.parent_id for span in spans if span.name == Stage.REQUEST] == [caller]


async def test_jaeger_shows_a_refused_check_as_failed(service: Service, jaeger: Jaeger, tmp_path: Path) -> None:
    """The root carries the error status, the stable code of the answer and its HTTP status."""
    (tmp_path / "text.mp4").write_text("not a video")

    answer = await service.check(tmp_path / "text.mp4")
    spans = await jaeger.trace(answer["trace_id"], lambda spans: Stage.REQUEST in {span.name for span in spans})

    root = next(span for span in spans if span.name == Stage.REQUEST)
    assert root.failed
    assert root.attributes["error.type"] == answer["code"] == "unsupported_video"
    assert int(root.attributes["http.response.status_code"]) == answer["status"] == 415


async def test_timing_points_arrive_in_the_checks_trace(service: Service, collector: Collector, video: Path) -> None:
    """The Collector receives each timing point and detail line once, as a log event of the trace."""
    answer = await service.check(video)

    records = await collector.log_records(answer["trace_id"], lambda records: len(records) >= len(EVENTS))

    assert Counter(record["eventName"] for record in records) == Counter(EVENTS)


async def test_metrics_arrive_where_prometheus_reads_them(service: Service, collector: Collector, video: Path) -> None:
    """The service's own counters, and those the Collector makes of the spans of every stage."""
    answer = await service.check(video)
    wanted = [
        ("liveness_checks_total", {"liveness_verdict": answer["verdict"]}),
        ("http_server_request_duration_seconds_count", {"http_response_status_code": "200"}),
        (CALLS, {"span_name": Stage.REQUEST.value, "liveness_verdict": answer["verdict"]}),
        *((CALLS, {"span_name": stage.value, "service_name": "video-liveness"}) for stage in ONCE),
    ]

    samples = await collector.samples(lambda samples: missing(wanted, samples) == [])

    assert missing(wanted, samples) == []


def missing(wanted: list[Sample], samples: list[Sample]) -> list[Sample]:
    """Return what is wanted and matches no sample by name and all its labels."""
    return [
        (name, labels)
        for name, labels in wanted
        if not any(name == seen and labels.items() <= given.items() for seen, given in samples)
    ]
