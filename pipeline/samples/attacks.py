"""Presentation attacks: what is held in front of the camera instead of a head, and how it is moved."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from pipeline.frame import Image
from pipeline.samples.camera import DISTANCE, View
from pipeline.samples.canvas import HEIGHT, LEFT, PIXELS_PER_UNIT, TOP, WIDTH, pixel
from pipeline.samples.gestures import Take, held_up, performed, rocked, scaled, shaken, towards, zoomed
from pipeline.samples.head import Head
from pipeline.samples.motion import Motion, Pose, together, wobble
from pipeline.samples.photograph import plain_room
from pipeline.samples.scene import flat, live_head
from pipeline.samples.sheet import HOLE, Bend, Glare, Sheet

Rng = np.random.Generator

Draw = Callable[[float, View], Image]
"""Draws what a view shows at a time (seconds)."""

SHRINK: Final = 2
"""Photographs of turned heads are rendered on half the canvas: still finer than any of these videos."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What is in front of the camera, and how long it is filmed."""

    draw: Draw
    seconds: float
    head: Motion | None = None
    """How the head of a person in it truly moves."""


Attack = Callable[[Head, str, Rng], Footage]
"""Presents a head's picture to a service that asks for a challenge."""


def still_photo(head: Head, _challenge: str, rng: Rng) -> Footage:
    """A print, held."""
    return _moved_print(head, Take(held_up(rng), rng.uniform(2.5, 3.0)), rng)


def shaken_photo(head: Head, _challenge: str, rng: Rng) -> Footage:
    """A print, shaken."""
    return _moved_print(head, shaken(rng), rng)


def waved_photo(head: Head, _challenge: str, rng: Rng) -> Footage:
    """A print turned to one side or both, as if it looked left and right."""
    pose = Pose(yaw=_signed(rng, 15, 45), pitch=rng.uniform(-8, 8), x=rng.uniform(-0.2, 0.2))
    return _moved_print(head, rocked(pose, rng), rng)


def tilted_photo(head: Head, _challenge: str, rng: Rng) -> Footage:
    """A print tilted up and down, as if it nodded."""
    pose = Pose(pitch=_signed(rng, 15, 45), yaw=rng.uniform(-8, 8), y=rng.uniform(-0.2, 0.2))
    return _moved_print(head, rocked(pose, rng), rng)


def turned_photo(head: Head, challenge: str, rng: Rng) -> Footage:
    """A print turned by up to 45 degrees around any axis, its head leaning to one side, mostly as it was asked to."""
    return _moved_print(head, _any_turn(challenge, rng), rng)


def zoomed_photo(head: Head, _challenge: str, rng: Rng) -> Footage:
    """A print moved towards the camera and away from it."""
    return _moved_print(head, zoomed(rng), rng)


def bent_photo(head: Head, challenge: str, rng: Rng) -> Footage:
    """A print bent around a cylinder, from slightly to as much as a head is, or hollow, and turned."""
    radius = float(np.exp(rng.uniform(np.log(1.4), np.log(6)))) * (1 if rng.random() < 0.75 else -1)
    bend = Bend(radius, rng.choice((0.0, 90.0, rng.uniform(-60, 60)), p=(0.6, 0.15, 0.25)))
    sheet, take, behind = Sheet.print_of(head), _any_turn(challenge, rng), plain_room()
    return Footage(lambda at, view: bend.over(sheet, flat(behind, Pose(), view), take.motion(at), view), take.seconds)


def eyes_cut_photo(head: Head, challenge: str, rng: Rng) -> Footage:
    """A print with holes for the eyes, worn in front of a face whose own eyes look and blink through them."""
    sheet, take, behind = Sheet.print_of(head).with_holes(), _any_turn(challenge, rng), plain_room()
    eyes = _Eyes(head, rng)

    def draw(at: float, view: View) -> Image:
        pose = take.motion(at)
        return sheet.over(eyes.over(flat(behind, Pose(), view), pose, at, view), pose, view)

    return Footage(draw, take.seconds)


def two_photos_cut(head: Head, challenge: str, rng: Rng) -> Footage:
    """A print of a head looking ahead, then at once one of the same head turned as asked."""
    prints, motions, seconds = _two_prints(head, challenge, rng)
    change, behind = rng.uniform(0.35, 0.6) * seconds, plain_room()

    def draw(at: float, view: View) -> Image:
        shown = int(at >= change)
        return prints[shown].over(flat(behind, Pose(), view), motions[shown](at), view)

    return Footage(draw, seconds)


def two_photos_slid(head: Head, challenge: str, rng: Rng) -> Footage:
    """The same two prints, the second slid over the first."""
    prints, motions, seconds = _two_prints(head, challenge, rng)
    begin, takes = rng.uniform(0.3, 0.5) * seconds, rng.uniform(0.25, 0.7)
    side, behind = _signed(rng, 1, 1), plain_room()

    def draw(at: float, view: View) -> Image:
        below = prints[0].over(flat(behind, Pose(), view), motions[0](at), view)
        away = Pose(x=side * 3.2 * (1 - min(max((at - begin) / takes, 0.0), 1.0)), distance=-0.02)
        return below if at < begin else prints[1].over(below, motions[1](at) + away, view)

    return Footage(draw, seconds)


def photo_in_scene(head: Head, challenge: str, rng: Rng) -> Footage:
    """A print, mostly cut out along the person's outline, moved about in front of the room it was taken in."""
    sheet = Sheet.cut_out(head) if rng.random() < 0.7 else Sheet.print_of(head)
    walk = _walk(rng)
    take = _any_turn(challenge, rng)
    motion = together(take.motion, walk)
    return Footage(lambda at, view: sheet.over(flat(head.background, Pose(), view), motion(at), view), take.seconds)


def phone_photo(head: Head, challenge: str, rng: Rng) -> Footage:
    """The photograph shown on a phone, which is moved."""
    return _moved(Sheet.phone(head.portrait.image), _any_turn(challenge, rng), rng)


def phone_replay(head: Head, challenge: str, rng: Rng) -> Footage:
    """A recording of the person doing what is asked, played on a phone that is moved as well."""
    recorded, scene, behind = performed(challenge, rng), live_head(head), plain_room()
    motion = held_up(rng, rng.uniform(1, 3))

    def draw(at: float, view: View) -> Image:
        sheet = Sheet.phone(_on_canvas(scene(recorded.motion(at), _canvas_view())))
        return sheet.over(flat(behind, Pose(), view), motion(at), view)

    return Footage(draw, recorded.seconds)


def _moved_print(head: Head, take: Take, rng: Rng) -> Footage:
    return _moved(Sheet.print_of(head), take, rng)


def _moved(sheet: Sheet, take: Take, rng: Rng) -> Footage:
    """A sheet in front of a room; every third one reflects a lamp."""
    behind = plain_room()
    spot = Glare(rng.uniform(-1.5, 1.5), rng.uniform(-1.5, 1.5)) if rng.random() < 0.33 else None

    def draw(at: float, view: View) -> Image:
        pose = take.motion(at)
        frame = sheet.over(flat(behind, Pose(), view), pose, view)
        return frame if spot is None else spot.on(frame, sheet, pose, view)

    return Footage(draw, take.seconds)


def _signed(rng: Rng, low: float, high: float) -> float:
    return float(rng.uniform(low, high) * rng.choice((-1, 1)))


def _any_turn(challenge: str, rng: Rng) -> Take:
    """Turn a sheet by 20 to 45 degrees in the direction asked for, or in any, with a lean of up to 30 degrees."""
    degrees, away = rng.uniform(20, 45), rng.uniform(0, 2 * np.pi)
    if rng.random() < 0.6:
        pose = scaled(towards(challenge, rng), degrees)
    else:
        pose = Pose(yaw=degrees * np.cos(away), pitch=degrees * np.sin(away))
    take = rocked(pose + Pose(roll=rng.uniform(-8, 8)), rng)
    lean = Pose(roll=rng.uniform(-22, 22) if rng.random() < 0.5 else 0.0)
    return Take(lambda at: take.motion(at) + lean, take.seconds)


def _walk(rng: Rng) -> Motion:
    """Carry something about, by up to half a face's width."""
    across, down = wobble(rng, (0.2, 0.6)), wobble(rng, (0.2, 0.6))
    return lambda at: Pose(x=0.35 * across(at), y=0.2 * down(at))


def _two_prints(head: Head, challenge: str, rng: Rng) -> tuple[tuple[Sheet, Sheet], tuple[Motion, Motion], float]:
    """Print a head looking ahead and turned by 15 to 35 degrees (nodding: by 12 to 22)."""
    scene = live_head(head)
    direction = towards(challenge, rng)
    turned = scaled(direction, rng.uniform(15, 35) if direction.yaw else rng.uniform(12, 22))
    views = (Pose(rng.uniform(-5, 5), rng.uniform(-4, 4)), turned + Pose(rng.uniform(-3, 3), rng.uniform(-3, 3)))
    first, second = (_on_canvas(scene(pose, _canvas_view())) for pose in views)
    cover = Sheet.print_of(head).cover
    tilt = rng.uniform(0, 25)
    motions = tuple(together(rocked(scaled(direction, tilt), rng).motion, held_up(rng, 0.5)) for _ in range(2))
    return (Sheet(first, cover), Sheet(second, cover)), (motions[0], motions[1]), rng.uniform(2.6, 3.4)


def _canvas_view() -> View:
    """The view that puts the plane of the eyes where the canvas has it, on a canvas shrunk by SHRINK."""
    unit = PIXELS_PER_UNIT / SHRINK
    return View(WIDTH // SHRINK, HEIGHT // SHRINK, unit * DISTANCE, (-LEFT * unit, -TOP * unit))


def _on_canvas(image: Image) -> Image:
    return np.asarray(cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR), np.uint8)


class _Eyes:
    """The eyes behind a print: another layer, further away, that looks about and blinks."""

    def __init__(self, head: Head, rng: Rng) -> None:
        lids = head.portrait.image.copy()
        axes = (round(1.6 * HOLE[0] * PIXELS_PER_UNIT), round(1.6 * HOLE[1] * PIXELS_PER_UNIT))
        skin = np.median(head.portrait.image[slice(*_rows(0.5, 0.7)), slice(*_columns(-0.7, -0.4))], axis=(0, 1))
        for x in (-0.5, 0.5):
            cv2.ellipse(lids, pixel(x, 0), axes, 0, 0, 360, skin.tolist(), -1)
        whole = np.ones((HEIGHT, WIDTH), np.float32)
        self._open, self._closed = Sheet(head.portrait.image, whole), Sheet(lids, whole)
        self._depth = Pose(distance=rng.uniform(0.1, 0.35))
        self._gaze = wobble(rng, (0.3, 1.5)), wobble(rng, (0.3, 1.5))
        self._blinks = rng.uniform(0.3, 3.0, 2)

    def over(self, behind: Image, pose: Pose, at: float, view: View) -> Image:
        """Draw the wearer's eyes, moving along with the print and on their own."""
        own = Pose(x=0.02 * self._gaze[0](at), y=0.01 * self._gaze[1](at))
        blinking = bool((np.abs(self._blinks - at) < 0.08).any())
        return (self._closed if blinking else self._open).over(behind, pose + self._depth + own, view)


def _rows(top: float, bottom: float) -> tuple[int, int]:
    return pixel(0, top)[1], pixel(0, bottom)[1]


def _columns(left: float, right: float) -> tuple[int, int]:
    return pixel(left, 0)[0], pixel(right, 0)[0]
