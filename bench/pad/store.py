"""The evidence of every clip on disk, so that a run can go on where it was broken off, and score thresholds be tried.

Evidence is kept for the code that produced it: all of the pipeline and of this benchmark, but for the modules that
only weigh it. After a score threshold was changed there, every verdict is decided anew within seconds.
"""

import os
import pickle
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Final

from bench.pad.checking import Examined
from bench.pad.clips import Key
from bench.plan import ROOT
from pipeline.decision import Evidence

WEIGHING: Final = ("decision.py", "challenge.py", "quality.py")
"""Modules of the pipeline that evidence does not depend on, but for what Evidence holds."""

PRODUCING: Final = ("species.py", "clips.py", "checking.py")
"""Modules of this benchmark that it does depend on."""


@dataclass(frozen=True, slots=True)
class Store:
    """Evidence by engine set and clip, below a folder of its own for each version of the code."""

    folder: Path

    @classmethod
    def opened(cls, folder: Path, extra: Sequence[Path] = ()) -> "Store":
        """Open the store of this code and these extra files (portraits, models); evidence of others is removed."""
        current = folder / _version(extra)
        if folder.exists():
            for stale in folder.iterdir():
                if stale != current:
                    shutil.rmtree(stale)
        current.mkdir(parents=True, exist_ok=True)
        return cls(current)

    def has(self, engines: str, key: Key) -> bool:
        """Whether the evidence of a clip is there."""
        return self._path(engines, key).exists()

    def put(self, engines: str, key: Key, examined: Examined) -> None:
        """Keep the evidence of a clip: wholly, or not at all."""
        path = self._path(engines, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        partial.write_bytes(pickle.dumps(examined))
        partial.rename(path)

    def get(self, engines: str, key: Key) -> Examined:
        """Return the evidence of a clip that is there."""
        examined = pickle.loads(self._path(engines, key).read_bytes())
        assert isinstance(examined, Examined)
        return examined

    def _path(self, engines: str, key: Key) -> Path:
        return self.folder / engines / f"{key.species}-{key.seed}.pickle"


def _version(extra: Sequence[Path]) -> str:
    digest = sha256(repr([field.name for field in fields(Evidence)]).encode())
    for path in (*_sources(), *sorted(extra)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    pipeline = ROOT / "pipeline"
    yield from (path for path in sorted(pipeline.rglob("*.py")) if path.name not in WEIGHING)
    yield from (ROOT / "bench" / "pad" / name for name in PRODUCING)
