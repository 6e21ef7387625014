"""The overall verdict: the worst level among average total time, success rate and throughput."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from telemetry.analyzer.metrics import Metrics, SessionCounts
from telemetry.analyzer.thresholds import SuccessRate, Thresholds, Throughput, TotalTime


class Grade(StrEnum):
    """What a system is worth, best first; the last is no judgement of it."""

    EXCELLENT = "excellent"
    GOOD = "good"
    NEEDS_ATTENTION = "needs_attention"
    UNACCEPTABLE = "unacceptable"
    INSUFFICIENT_DATA = "insufficient_data"


MESSAGES: Final[Mapping[Grade, str]] = {
    Grade.EXCELLENT: "The video liveness system is fast and reliable enough for production.",
    Grade.GOOD: "The video liveness system is ready for production, with a little room for improvement.",
    Grade.NEEDS_ATTENTION: "The video liveness system is functional but could benefit from optimization.",
    Grade.UNACCEPTABLE: "The video liveness system is not ready for production.",
}


class Levels(msgspec.Struct, frozen=True):
    """The level of each metric; None where it could not be measured."""

    avg_total_time: Grade | None
    success_rate: Grade | None
    throughput: Grade | None


class Assessment(msgspec.Struct, frozen=True):
    """The verdict, in words, and the levels it was taken from."""

    grade: Grade
    message: str
    levels: Levels


def assess(counts: SessionCounts, metrics: Metrics, thresholds: Thresholds) -> Assessment:
    """Judge the metrics; too few sessions are not judged."""
    levels = Levels(
        None if metrics.avg_total_time is None else _time_level(metrics.avg_total_time, thresholds.total_time),
        None if counts.success_rate is None else _success_level(counts.success_rate, thresholds.success_rate),
        None if metrics.throughput is None else _throughput_level(metrics.throughput, thresholds.throughput),
    )
    needed = thresholds.sample.min_sessions
    if counts.total < needed:
        message = f"A verdict needs {needed} sessions that ended; there are {counts.total}."
        return Assessment(Grade.INSUFFICIENT_DATA, message, levels)
    grade = _worst(levels)
    return Assessment(grade, MESSAGES[grade], levels)


def _worst(levels: Levels) -> Grade:
    """The original knows no excellent throughput: a good one does not stand in the way of an excellent grade."""
    counted = {levels.avg_total_time, levels.success_rate}
    if levels.throughput is not Grade.GOOD:
        counted.add(levels.throughput)
    return next(grade for grade in reversed(Grade) if grade in counted)


def _time_level(value: float, limits: TotalTime) -> Grade:
    if value < limits.excellent:
        return Grade.EXCELLENT
    if value < limits.good:
        return Grade.GOOD
    return Grade.NEEDS_ATTENTION if value < limits.needs_attention else Grade.UNACCEPTABLE


def _success_level(value: float, limits: SuccessRate) -> Grade:
    if value > limits.excellent:
        return Grade.EXCELLENT
    if value > limits.good:
        return Grade.GOOD
    return Grade.NEEDS_ATTENTION if value > limits.needs_attention else Grade.UNACCEPTABLE


def _throughput_level(value: float, limits: Throughput) -> Grade:
    if value > limits.good:
        return Grade.GOOD
    return Grade.NEEDS_ATTENTION if value > limits.needs_attention else Grade.UNACCEPTABLE
