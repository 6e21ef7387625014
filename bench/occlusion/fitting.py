"""Fits the filters of pipeline.occlusion by ridge regression; what is covered weighs as much as what is not."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.occlusion.examples import UNCOVERED, Example
from pipeline.contrast import Grey
from pipeline.occlusion import MOUTH, RIGHT_EYE, Part, normalised_views

Values = NDArray[np.float64]

RIDGE = 1e-3
"""Weight of the penalty on large weights."""

ON_MOUTH = ("mask", "scarf", "hand_on_mouth", "thing_at_mouth")
ON_ONE_EYE = ("hand_on_eye", "thing_at_eye", "patch_on_eye")
ON_EYES = ("sunglasses",)

Selected = Callable[[Example], Iterable[Grey]]
"""Selects, of an example, normalised views of a part; mirrored ones for the part on the left."""


def fitted_mouth(examples: Sequence[Example]) -> Part:
    """Fit the mouth's filter; each view counts mirrored as well, so that the filter is symmetric."""
    return _fitted(
        MOUTH,
        examples,
        covered=lambda one: _both_ways(one) if one.kind in ON_MOUTH else (),
        uncovered=lambda one: _both_ways(one) if one.kind in (*UNCOVERED, *ON_EYES) else (),
    )


def fitted_eye(examples: Sequence[Example]) -> Part:
    """Fit the eye's filter; what lies over one eye says nothing about the other."""
    return _fitted(
        RIGHT_EYE,
        examples,
        covered=_covered_eyes,
        uncovered=lambda one: _both_ways(one) if one.kind in (*UNCOVERED, *ON_MOUTH) else (),
    )


def _covered_eyes(example: Example) -> Iterable[Grey]:
    if example.kind in ON_EYES:
        return _both_ways(example)
    views = _views(example) if example.kind in ON_ONE_EYE else []
    return map(_mirrored, views) if example.on_left else views


def _fitted(part: Part, examples: Sequence[Example], covered: Selected, uncovered: Selected) -> Part:
    groups = [
        np.array([part.edges(view).ravel() for one in examples for view in select(one)])
        for select in (covered, uncovered)
    ]
    rows = np.concatenate(groups)
    sides = np.concatenate([np.full(len(group), side) for group, side in zip(groups, (1.0, -1.0), strict=True)])
    shares = np.concatenate([np.full(len(group), 0.5 / len(group)) for group in groups])
    weights, bias = _regressed(rows, sides, shares)
    return Part(part.left, part.top, weights.reshape(part.weights.shape), bias)


def _regressed(rows: Values, sides: Values, shares: Values) -> tuple[Values, float]:
    """Weighted ridge regression; the constant is not penalised."""
    rows = np.column_stack([rows, np.ones(len(rows))])
    normal = rows.T @ (rows * shares[:, None])
    normal.flat[:: len(normal) + 1] += [RIDGE] * (len(normal) - 1) + [0.0]
    solution = np.asarray(np.linalg.solve(normal, rows.T @ (shares * sides)), np.float64)
    return solution[:-1], float(solution[-1])


def _both_ways(example: Example) -> Iterable[Grey]:
    for view in _views(example):
        yield view
        yield _mirrored(view)


def _views(example: Example) -> list[Grey]:
    return normalised_views(example.observations) if example.is_found else []


def _mirrored(view: Grey) -> Grey:
    return np.ascontiguousarray(view[:, ::-1])
