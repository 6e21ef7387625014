"""Sessions by recipe: a day's rhythm, two workers that can be busy, some slow, some failing, some without an end."""

import heapq
from typing import Final

from telemetry.analyzer.generator.arrivals import arrivals
from telemetry.analyzer.generator.check_steps import Timeline, analysis, upload
from telemetry.analyzer.generator.draw import Draw
from telemetry.analyzer.generator.endings import HTTP_STATUS, fail, lose
from telemetry.analyzer.generator.model import Attributes, Recipe, Session, Step
from telemetry.stages import Attribute, Stage

WORKERS: Final = 2
CHALLENGE: Final = "head_movement"
BYTES_PER_SECOND: Final = 420_000
"""Size of a second of video from a phone."""

SLOWNESS: Final = (4.0, 9.0)
VERDICTS: Final = {"bona_fide": 0.8, "inconclusive": 0.13, "presentation_attack": 0.07}


def make_sessions(recipe: Recipe) -> list[Session]:
    """Return the sessions, by the moment they come in."""
    draw = Draw(str(recipe.seed))
    moments = arrivals(draw, recipe.sessions, recipe.start_ns, recipe.days)
    slow = set(draw.places(round(recipe.slow_share * recipe.sessions), recipe.sessions))
    failures = round(recipe.failure_rate * recipe.sessions)
    unlucky = draw.places(min(failures + recipe.incomplete, recipe.sessions), recipe.sessions)
    failing, lost = set(unlucky[recipe.incomplete :]), set(unlucky[: recipe.incomplete])
    free_ns = [0] * WORKERS
    sessions = []
    for place, moment_ns in enumerate(moments):
        session = _check(draw, moment_ns, free_ns[0], slowness=draw.between(*SLOWNESS) if place in slow else 1.0)
        session = fail(draw, session) if place in failing else lose(draw, session) if place in lost else session
        heapq.heapreplace(free_ns, max((step.end_ns for step in session.steps), default=moment_ns))
        sessions.append(session)
    return sessions


def _check(draw: Draw, start_ns: int, worker_free_ns: int, *, slowness: float) -> Session:
    video_seconds = min(draw.around(5.0, 0.35), 30.0)
    file_size = round(video_seconds * BYTES_PER_SECOND * draw.between(0.6, 1.4))
    identifier, trace_id = draw.hex_id(6), draw.hex_id(16)
    timeline = Timeline(start_ns)
    upload(draw, timeline, file_size)
    waiting = max(worker_free_ns - timeline.now_ns, 0) / 1e9 + draw.around(0.0006, 0.4)
    timeline.run(Stage.WAIT_FOR_WORKER, waiting)
    analysis(draw, timeline, video_seconds, slowness)
    timeline.rest(draw.around(0.0009, 0.4))
    verdict = draw.choice(VERDICTS)
    root = Step(Stage.REQUEST, start_ns, timeline.now_ns - start_ns, _root_attributes(identifier, verdict))
    return Session(identifier, trace_id, CHALLENGE, file_size, start_ns, (root, *timeline.steps), verdict)


def _root_attributes(identifier: str, verdict: str) -> Attributes:
    return {
        "http.request.method": "POST",
        "http.route": "/v1/liveness-checks",
        HTTP_STATUS: 200,
        Attribute.SESSION_ID: identifier,
        Attribute.CHALLENGE: CHALLENGE,
        Attribute.VERDICT: verdict,
    }
