"""Exit codes of the ``liveness`` command; docs/operations.md lists them."""

from collections.abc import Mapping
from typing import Final

from pipeline.result import Verdict

USAGE: Final = 2
"""Arguments, settings or files named on the command line cannot be used."""
UNUSABLE_UPLOAD: Final = 4
"""The video or the reference cannot be checked; trying again will not help."""
FAILED: Final = 5
"""The check or the service failed: a limit, a crash, workers or an address that cannot be had."""
INTERRUPTED: Final = 130
"""Ctrl-C, by the custom of shells."""

VERDICTS: Final[Mapping[Verdict, int]] = {
    Verdict.BONA_FIDE: 0,
    Verdict.PRESENTATION_ATTACK: 1,
    Verdict.INCONCLUSIVE: 3,
}
"""``liveness check``, when there is a result."""
