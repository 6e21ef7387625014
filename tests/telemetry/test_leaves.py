"""Stages whose spans are made after they ran: the same spans as if they had been made at once."""

import time
from itertools import pairwise

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from pipeline.errors import UnreadableVideo
from telemetry.leaves import leaves_of
from telemetry.spans import StageRecorder
from telemetry.stages import Attribute, Stage


def test_spans_are_made_when_the_block_ends(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """Nothing is made while frames are analysed; then each stage is a span with its attributes."""
    with leaves_of(recorder) as leaves:
        for index in range(3):
            with leaves.stage(Stage.ANALYZE_FRAME) as leaf:
                leaf.set({Attribute.FRAME_INDEX: index})
        made_early = exporter.get_finished_spans()

    spans = exporter.get_finished_spans()
    assert made_early == ()
    assert [span.attributes and span.attributes[Attribute.FRAME_INDEX] for span in spans] == [0, 1, 2]


def test_spans_have_the_times_of_their_stages(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """They begin and end when the work did, one after the other, and count towards the stage's seconds."""
    before = time.time_ns()
    with leaves_of(recorder) as leaves:
        for _ in range(3):
            with leaves.stage(Stage.ANALYZE_FRAME):
                pass
        after = time.time_ns()

    times = [moment for span in exporter.get_finished_spans() for moment in (span.start_time, span.end_time)]
    moments = [before, *[moment for moment in times if moment is not None]]
    assert all(earlier <= later for earlier, later in pairwise(moments))
    assert moments[-2] <= after
    assert recorder.seconds[Stage.ANALYZE_FRAME] >= 0


def test_spans_are_children_of_the_recorders_stage(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """They hang where they would have, had they been made at once."""
    analysis = recorder.start(Stage.ANALYZE_VIDEO)

    with leaves_of(recorder.under(analysis)) as leaves, leaves.stage(Stage.ANALYZE_FRAME):
        pass

    assert [span.parent for span in exporter.get_finished_spans()] == [analysis.span.get_span_context()]


def test_failure_in_a_stage_is_recorded(recorder: StageRecorder, exporter: InMemorySpanExporter) -> None:
    """The stage that failed says so with the error's code, and those before it are not lost."""

    def analyze() -> None:
        with leaves_of(recorder) as leaves:
            with leaves.stage(Stage.ANALYZE_FRAME):
                pass
            with leaves.stage(Stage.ANALYZE_FRAME):
                raise UnreadableVideo("damaged")

    with pytest.raises(UnreadableVideo):
        analyze()

    fine, failed = exporter.get_finished_spans()
    assert (fine.status.status_code, failed.status.status_code) == (StatusCode.UNSET, StatusCode.ERROR)
    assert failed.attributes is not None
    assert failed.attributes[Attribute.ERROR_TYPE] == "unreadable_video"
