"""What is presented: people who do as they are asked, people who do not, and every attack species (ISO/IEC 30107-3)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from pipeline.samples import attacks
from pipeline.samples.attacks import Footage
from pipeline.samples.gestures import Take, kept_still, performed
from pipeline.samples.head import Head
from pipeline.samples.lamp import Lamp
from pipeline.samples.scene import live_head

Rng = np.random.Generator

TURNS: Final = ("head_movement", "turn_left", "turn_right")
NODS: Final = ("nod", "look_up", "look_down")
SEQUENCES: Final = ("turn_left,nod",)
CHALLENGES: Final = (*TURNS, *NODS, *SEQUENCES)


class Kind(Enum):
    """What is right to answer."""

    PERFORMED = "bona fide, performed"
    NOT_PERFORMED = "bona fide, not performed"
    PLANAR = "attack with one picture"
    PLANAR_TWICE = "attack with two pictures"
    """Planar as well, but two views of a head differ as a head does: relief cannot tell."""
    REPLAY = "replay attack"


@dataclass(frozen=True, slots=True)
class Species:
    """One kind of presentation: how it is filmed, what it is asked, and which share of the usual number of clips."""

    name: str
    kind: Kind
    film: Callable[[Head, str, Rng], Footage]
    challenges: tuple[str, ...] = CHALLENGES
    share: float = 1.0
    """Of the clips: fewer where no goal is set."""

    def challenge(self, seed: int) -> str:
        """Return what the clip of a seed is asked; every challenge falls on even seeds and on odd ones."""
        return self.challenges[seed // 2 % len(self.challenges)]


def _person(head: Head, take: Take, rng: Rng) -> Footage:
    """Film a person, every other one with a lamp to one side."""
    lamp = Lamp(rng.uniform(-60, 60), rng.uniform(-10, 45), rng.uniform(0.2, 0.7)) if rng.random() < 0.5 else None
    scene = live_head(head, lamp)
    return Footage(lambda at, view: scene(take.motion(at), view), take.seconds, take.motion)


def _performing(head: Head, challenge: str, rng: Rng) -> Footage:
    return _person(head, performed(challenge, rng), rng)


def _keeping_still(head: Head, _challenge: str, rng: Rng) -> Footage:
    return _person(head, kept_still(rng), rng)


SPECIES: Final = (
    Species("person_turns", Kind.PERFORMED, _performing, TURNS),
    Species("person_nods", Kind.PERFORMED, _performing, NODS),
    Species("person_does_both", Kind.PERFORMED, _performing, SEQUENCES),
    Species("person_keeps_still", Kind.NOT_PERFORMED, _keeping_still, share=0.25),
    Species("photo_still", Kind.PLANAR, attacks.still_photo),
    Species("photo_shaken", Kind.PLANAR, attacks.shaken_photo),
    Species("photo_tilted", Kind.PLANAR, attacks.tilted_photo),
    Species("photo_waved", Kind.PLANAR, attacks.waved_photo),
    Species("photo_turned", Kind.PLANAR, attacks.turned_photo),
    Species("photo_zoomed", Kind.PLANAR, attacks.zoomed_photo),
    Species("photo_bent", Kind.PLANAR, attacks.bent_photo),
    Species("photo_eyes_cut", Kind.PLANAR, attacks.eyes_cut_photo),
    Species("two_photos_cut", Kind.PLANAR_TWICE, attacks.two_photos_cut),
    Species("two_photos_slid", Kind.PLANAR_TWICE, attacks.two_photos_slid),
    Species("photo_in_scene", Kind.PLANAR, attacks.photo_in_scene),
    Species("phone_photo", Kind.PLANAR, attacks.phone_photo),
    Species("phone_replay", Kind.REPLAY, attacks.phone_replay, share=0.25),
)

BY_NAME: Final = {species.name: species for species in SPECIES}
