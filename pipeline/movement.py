"""How the head moved, in terms that know no camera: angles by which it turned and nodded, and its size in the picture.

Turning moves the nose across the face. Eyes and corners of the mouth are mapped to their places on an upright face by
an affine transform, which takes out roll, distance, camera motion and most of a plane's own tilt; where the nose comes
to lie gives the angle. Without a mouth among the landmarks, and for nodding, which landmark detectors hardly see, the
angle is read from parallax instead (pipeline.alignment). What detectors report of a tilted photograph is not good
enough to tell it from a head, so movement only counts together with relief: see pipeline.planarity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pipeline.alignment import PARALLAX_DEGREES, PLANE, Alignment, Reference
from pipeline.bending import HEAD_PARALLAX, Bending, measure_bending
from pipeline.contrast import Grey
from pipeline.face import has_mouth
from pipeline.frame import Image
from pipeline.observation import FrameObservation, from_usual_pose, spread
from pipeline.planarity import PlaneFitter, evened, tilt

Values = NDArray[np.float64]

LOW, HIGH = 5.0, 95.0
"""Percentiles between which a range is taken: one bad frame in twenty changes nothing."""

FEWEST_VIEWS: Final = 3
"""Views with a face from which there is movement to measure."""

SAMPLED_VIEWS: Final = 40
"""Views spread over the clip that are aligned with its typical view."""

TILTED_VIEWS: Final = 10
"""Of those, how many of the most tilted ones are tested for being views of a plane."""

PLANE_TILT: Final = 25.0
"""Degrees of tilt from which a view can show a plane: a head that turned less leaves as little unexplained."""

SHIFTED_VIEWS: Final = 6
"""Of the views, how many with the most parallax are tested for being views of a head."""

ALIGNED: Final = 0.6
"""Correlation from which an alignment is believed; below, the views show too little in common."""

LANDMARK_DEGREES: Final = 90.0
"""Degrees of turn for one IOD of the nose across the face: 0.011 IOD a degree on two people who turned by 30 degrees,
according to an independent face tracker."""

LEAP_RANGE: Final = 8.0
"""Degrees of parallax from which a gap in it means something."""

LEAP: Final = 0.45
"""Gap in the parallax, as a share of the way between both sides of it, from which relief has to be seen on one side:
pairs of photographs shown one after the other came to 0.52 and more, most people to less."""

WELL_ALIGNED: Final = 0.8
"""Correlation below which an alignment is tried again from another start."""


@dataclass(frozen=True, slots=True)
class Signal:
    """A measurement over time: seconds since the first frame, and values."""

    times: Values
    values: Values

    @property
    def range(self) -> float:
        """What the values span, but for the outermost twentieths; 0 without values."""
        return float(np.subtract(*np.percentile(self.values, (HIGH, LOW)))) if len(self.values) else 0.0

    def since(self, seconds: float) -> "Signal":
        """The part that begins at a time."""
        later = self.times >= seconds
        return Signal(self.times[later], self.values[later])


@dataclass(frozen=True, slots=True)
class Relief:
    """How far a face is from a plane: the motion a plane leaves unexplained, IOD, and the views that rests on."""

    views: int
    value: float

    @classmethod
    def of(cls, residuals: Sequence[float]) -> "Relief":
        """Take the lower quartile of what was left unexplained in some views; 0 without views."""
        return cls(len(residuals), float(np.percentile(residuals, 25)) if residuals else 0.0)


@dataclass(frozen=True, slots=True)
class ComparedView:
    """A view explained as another view of a plane: how much parallax it has, how tilted it is, what is left."""

    parallax: float
    """Degrees of turn or nod away from the typical view."""
    tilt: float
    """Degrees by which a plane would have had to turn."""
    residual: float
    """Motion the plane leaves unexplained, IOD."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What the clip shows of the head's movement."""

    landmark_turn: Signal | None
    """Degrees, growing towards the person's own left, read from landmarks; None from those without a mouth."""
    parallax_turn: Signal
    """The same read from parallax, which sees less of fast turns than landmarks do, and less noise."""
    nod: Signal
    """Degrees, growing downwards."""
    size: Signal
    """Distance between the eyes, pixels of the analysed frame."""
    leap: float
    """Largest gap in the parallax of all views, as a share of the way from the mean of those below it to the mean of
    those above: near 1 for two pictures shown one after the other, about 0.4 for a head that was seen moving."""
    unbroken: Relief
    """The relief of a head that was seen without a leap: before or after it, whichever shows more."""
    bending: Bending
    """Whether the parallax is that of a head or of a bent sheet."""
    compared: tuple[ComparedView, ...]
    """The most tilted views and those with the most parallax, each explained as a plane."""

    @property
    def turn(self) -> Signal:
        """The turn from landmarks, or from parallax without a mouth among them."""
        return self.landmark_turn if self.landmark_turn is not None else self.parallax_turn

    def parallax(self, views: int) -> float:
        """Turn or nod away from the typical view that so many compared views reach, degrees; 0 with too few."""
        return sorted((0.0,) * views + tuple(view.parallax for view in self.compared))[-views]

    def as_plane(self) -> Relief:
        """What is left unexplained of the views that turned far enough to show a plane: the lower quartile.

        A view of a plane whose alignment failed leaves much unexplained and a view of a head never little, so the low
        end tells the two apart.
        """
        return Relief.of([view.residual for view in self.compared if view.tilt >= PLANE_TILT])

    def as_head(self) -> Relief:
        """What a plane leaves unexplained of the views with the most parallax: the lower quartile.

        A reflection that runs over a print leaves much unexplained in some views, a head in all of them.
        """
        return _as_head(self.compared)

    def heads_own_relief(self) -> float:
        """The relief that only a head explains, and no bent sheet: its share of the relief as a head, IOD."""
        return self.as_head().value * min(self.bending.head_share, 1.0)


@dataclass(frozen=True, slots=True)
class _View:
    time: float
    crop: Image
    grey: Grey
    nose: Values
    eye_distance: float
    has_mouth: bool


@dataclass(frozen=True, slots=True)
class _Track:
    """Views aligned with the typical one of them."""

    typical: _View
    reference: Reference
    aligned: list[tuple[_View, Alignment]]
    """Views spread over the clip, in the order of their times."""

    @classmethod
    def of(cls, views: list[_View]) -> "_Track":
        typical = int(np.argmin(from_usual_pose(np.array([view.nose for view in views]))))
        sample = [views[index] for index in spread(len(views), SAMPLED_VIEWS) if index != typical]
        reference = Reference(views[typical].grey)
        return cls(views[typical], reference, _align(reference, sample, views[typical].time))

    @property
    def times(self) -> Values:
        """Seconds since the first frame, of the aligned views."""
        return np.array([view.time for view, _ in self.aligned])

    @property
    def parallax(self) -> Values:
        """Degrees away from the typical view, turn and nod, aligned views x 2."""
        return PARALLAX_DEGREES * np.array([alignment.parallax for _, alignment in self.aligned]).reshape(-1, 2)

    def change(self) -> float:
        """The time between the two views before and after which the head's poses differ the most, seconds.

        The split whose two means leave the least squares (one change point: Page 1955, Hinkley 1970).
        """
        times, parallax = np.append(self.times, self.typical.time), np.vstack([self.parallax, [0.0, 0.0]])
        order = np.argsort(times)
        times, parallax = times[order], parallax[order]
        before = np.arange(1, len(times))
        after = len(times) - before
        sums = parallax.cumsum(axis=0)
        apart = sums[:-1] / before[:, None] - (sums[-1] - sums[:-1]) / after[:, None]
        at = int(np.argmax((apart**2).sum(axis=1) * before * after))
        return float(times[at : at + 2].mean())


def measure_movement(observations: Sequence[FrameObservation], fitter: PlaneFitter) -> Movement | None:
    """Measure the movement over the frames that show a face; None when fewer than three do."""
    views = [view for view in map(_view, observations) if view is not None]
    if len(views) < FEWEST_VIEWS:
        return None
    times = np.array([view.time for view in views])
    track = _Track.of(views)
    parallax = track.parallax
    compared = _compare(track, fitter)
    leap = max(_leap(np.append(along_one_axis, 0.0)) for along_one_axis in parallax.T)
    landmark_turn = Signal(times, LANDMARK_DEGREES * _smoothed(np.array([view.nose[0] for view in views])))
    return Movement(
        landmark_turn=landmark_turn if views[0].has_mouth else None,
        parallax_turn=Signal(track.times, parallax[:, 0]),
        nod=Signal(track.times, parallax[:, 1]),
        size=Signal(times, _smoothed(np.array([view.eye_distance for view in views]))),
        leap=leap,
        unbroken=_on_one_side(views, track, fitter) if leap >= LEAP else _as_head(compared),
        bending=measure_bending(track.reference, [(view.grey, alignment) for view, alignment in track.aligned]),
        compared=compared,
    )


def _view(seen: FrameObservation) -> _View | None:
    if seen.face is None or seen.crop is None or seen.grey is None or seen.nose is None:
        return None
    return _View(seen.time, seen.crop, seen.grey, seen.nose, seen.face.eye_distance, has_mouth(seen.face.points))


def _smoothed(values: Values) -> Values:
    """Median of three neighbours, which removes single misplaced landmarks and keeps turning points."""
    padded = np.concatenate([values[:1], values, values[-1:]])
    return np.asarray(np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0), np.float64)


def _leap(values: Values) -> float:
    """Return the largest gap between values as a share of the way between the means on both sides of it.

    0 where they span less than LEAP_RANGE.
    """
    low, high = np.percentile(values, (3, 97))
    if high - low < LEAP_RANGE:
        return 0.0
    ordered = np.sort(np.clip(values, low, high))
    gaps = np.diff(ordered)
    at = int(np.argmax(gaps)) + 1
    return float(gaps[at - 1] / (ordered[at:].mean() - ordered[:at].mean()))


def _align(reference: Reference, views: list[_View], typical: float) -> list[tuple[_View, Alignment]]:
    """Align views with the reference, walking away from its time; those that cannot be aligned are left out.

    A view starts from where its neighbour came to lie and, should that not align well, from where it lies itself.
    """
    aligned: list[tuple[_View, Alignment]] = []
    before = [view for view in reversed(views) if view.time < typical]
    after = [view for view in views if view.time >= typical]
    for walk in (before, after):
        start = None
        for view in walk:
            alignment = reference.align(view.grey, start=start)
            if alignment.correlation < WELL_ALIGNED and start is not None:
                alignment = max(alignment, reference.align(view.grey), key=lambda found: found.correlation)
            if alignment.correlation >= ALIGNED:
                aligned.append((view, alignment))
                start = alignment.motion
    return sorted(aligned, key=lambda pair: pair[0].time)


def _compare(track: _Track, fitter: PlaneFitter, tilted: int = TILTED_VIEWS) -> tuple[ComparedView, ...]:
    """Explain the most tilted views and those with the most parallax as views of a plane, where one fits at all."""
    by_tilt = sorted(track.aligned, key=lambda pair: tilt(pair[1].plane), reverse=True)[:tilted]
    by_parallax = sorted(track.aligned, key=lambda pair: pair[1].shift, reverse=True)
    planes: dict[int, Alignment] = {}

    def fits(pair: tuple[_View, Alignment]) -> bool:
        view, _ = pair
        if id(view) not in planes:
            planes[id(view)] = track.reference.align(view.grey, PLANE)
        return planes[id(view)].correlation >= ALIGNED

    fitting = [*filter(fits, by_tilt), *islice(filter(fits, by_parallax), SHIFTED_VIEWS)]
    evened_typical = evened(track.typical.crop)
    compared = []
    for view, alignment in {id(pair[0]): pair for pair in fitting}.values():
        fit = fitter.fit(evened_typical, evened(view.crop), planes[id(view)].plane)
        compared.append(ComparedView(PARALLAX_DEGREES * alignment.shift, fit.tilt, fit.residual))
    return tuple(compared)


def _as_head(compared: Sequence[ComparedView]) -> Relief:
    shifted = [view for view in compared if view.parallax >= HEAD_PARALLAX]
    most = sorted(shifted, key=lambda view: view.parallax, reverse=True)[:SHIFTED_VIEWS]
    return Relief.of([view.residual for view in most])


def _on_one_side(views: list[_View], track: _Track, fitter: PlaneFitter) -> Relief:
    """Return the relief that is seen before the pose changes or after it, whichever is more.

    A side with a single view proves nothing, and is only taken where the other has none.
    """
    change = track.change()
    sides = [view for view in views if view.time < change], [view for view in views if view.time > change]
    reliefs = [_as_head(_compare(_Track.of(side), fitter, tilted=0)) for side in sides if len(side) >= FEWEST_VIEWS]
    return max(reliefs, key=lambda relief: (relief.views > 1, relief.value), default=Relief.of([]))
