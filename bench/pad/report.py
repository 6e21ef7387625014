"""The result of a run, as tables for people: error rates of every species by itself, and every score threshold."""

from collections import Counter
from collections.abc import Iterator, Sequence

from bench.pad.angles import gains
from bench.pad.outcome import Outcome
from bench.pad.rates import Rate
from bench.pad.species import SPECIES, Kind, Species
from bench.pad.thresholds import Trial, choices
from bench.table import aligned
from pipeline.result import Verdict

ATTACKS = ("species", "clips", "APCER", "any challenge", "presentation_attack", "inconclusive", "reasons of those")
PEOPLE = ("species", "clips", "BPCER", "inconclusive", "bona_fide", "reasons of those inconclusive")
ANGLES = ("measured", "of a true", "clips", "degrees for each degree: median (10 % to 90 %)")
THRESHOLDS = ("score threshold", "in the code", "of the other half misplaced", "would choose", "then misplaced")


def render(outcomes: Sequence[Outcome]) -> str:
    """Return the tables of one engine set."""
    parts = [
        ("Attacks (ISO/IEC 30107-3: APCER is the share answered bona_fide)", ATTACKS, list(_attacks(outcomes))),
        ("People (BPCER is the share answered presentation_attack)", PEOPLE, list(_people(outcomes))),
        ("Angles measured of people who turned to one side, or nodded", ANGLES, list(_angles(outcomes))),
        ("Score thresholds, chosen on even seeds, tried on odd ones", THRESHOLDS, list(_thresholds(outcomes))),
    ]
    return "\n".join(f"{title}\n\n{aligned(head, lines)}" for title, head, lines in parts if lines)


def _attacks(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, ...]]:
    for species, clips in _by_species(outcomes, Kind.PLANAR, Kind.PLANAR_TWICE, Kind.REPLAY):
        any_challenge = Rate(sum(bool(clip.proven_for) for clip in clips), len(clips))
        yield (
            species.name,
            str(len(clips)),
            str(_share(clips, Verdict.BONA_FIDE)),
            str(any_challenge),
            str(_share(clips, Verdict.PRESENTATION_ATTACK)),
            str(_share(clips, Verdict.INCONCLUSIVE)),
            _reasons(clips),
        )


def _people(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, ...]]:
    everybody = [clip for _, clips in _by_species(outcomes, Kind.PERFORMED) for clip in clips]
    groups = [(species.name, clips) for species, clips in _by_species(outcomes, Kind.PERFORMED)]
    groups += [("all of these", everybody)] if len(groups) > 1 else []
    groups += [(species.name, clips) for species, clips in _by_species(outcomes, Kind.NOT_PERFORMED)]
    for name, clips in groups:
        shares = [str(_share(clips, verdict)) for verdict in (Verdict.PRESENTATION_ATTACK, Verdict.INCONCLUSIVE)]
        yield name, str(len(clips)), *shares, str(_share(clips, Verdict.BONA_FIDE)), _reasons(clips)


def _thresholds(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, ...]]:
    for choice in choices(outcomes):
        name = f"{choice.measurement.constant} ({choice.measurement.unit})"
        yield name, *_trial(choice.in_code), *(_trial(choice.chosen) if choice.chosen else ("nothing to choose by", ""))


def _angles(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, ...]]:
    for gain in gains(outcomes):
        ratio = f"{gain.median:.2f} ({gain.low:.2f} to {gain.high:.2f})"
        yield gain.measured, gain.made, str(gain.clips), ratio


def _trial(trial: Trial) -> tuple[str, str]:
    misplaced = f"{trial.above.count}/{trial.above.total} above, {trial.below.count}/{trial.below.total} below"
    return f"{trial.threshold:.3g}", misplaced


def _by_species(outcomes: Sequence[Outcome], *kinds: Kind) -> Iterator[tuple[Species, list[Outcome]]]:
    for species in SPECIES:
        clips = [outcome for outcome in outcomes if outcome.species is species]
        if clips and species.kind in kinds:
            yield species, clips


def _share(clips: Sequence[Outcome], verdict: Verdict) -> Rate:
    return Rate(sum(clip.verdict is verdict for clip in clips), len(clips))


def _reasons(clips: Sequence[Outcome]) -> str:
    """Count what the inconclusive ones were told, leaving out what speaks for a person."""
    spoken_for = {"challenge_performed", "relief_found"}
    unclear = [clip for clip in clips if clip.verdict is Verdict.INCONCLUSIVE]
    counts = Counter(code for clip in unclear for code in set(clip.codes) - spoken_for)
    return ", ".join(f"{code} {count}" for code, count in counts.most_common())
