"""The files around the code agree with each other: pins, targets, Python versions, documents."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-build.txt", "bench/requirements.txt"]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def project() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(lock: str) -> list[str]:
    """Return the entries of a lock file, each with its hashes on one line."""
    text = (ROOT / lock).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]


def pinned_names(lock: str) -> set[str]:
    """Return the names a lock file pins."""
    return names_of(pins(lock))


def names_of(requirements: list[str]) -> set[str]:
    """Return the normalised names of requirements."""
    return {re.split(r"[^\w.-]", one)[0].replace("_", "-").lower() for one in requirements}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_one_version_and_a_hash(lock: str) -> None:
    """Nothing is installed that was not looked at when the lock was made."""
    loose = [pin for pin in pins(lock) if not re.match(r"[\w.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", pin)]

    assert loose == []


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_names_no_index(lock: str) -> None:
    """Where packages come from is decided where they are installed."""
    assert re.findall(r"https?://|--index|--find-links|--trusted", (ROOT / lock).read_text()) == []


def test_locks_cover_what_the_project_asks_for() -> None:
    """A dependency added to pyproject.toml without `make lock` is found here."""
    wanted = names_of(project()["project"]["dependencies"])
    groups = project()["dependency-groups"]

    assert wanted - pinned_names("requirements.txt") == set()
    assert (wanted | names_of(groups["dev"])) - pinned_names("requirements-dev.txt") == set()
    assert names_of(groups["build"]) - pinned_names("requirements-build.txt") == set()


@pytest.mark.parametrize("lock", ["requirements-dev.txt", "bench/requirements.txt"])
def test_what_is_tested_and_measured_is_what_is_deployed(lock: str) -> None:
    """Every pin of the service is the same, hash by hash, where it is tested and where it is measured."""
    assert set(pins("requirements.txt")) - set(pins(lock)) == set()


def test_python_versions_are_the_same_everywhere() -> None:
    """The package, the search for an interpreter, the test targets and CI name the same versions."""
    declared = re.findall(r"Python :: (3\.\d+)", "\n".join(project()["project"]["classifiers"]))

    assert project()["project"]["requires-python"] == f">={declared[0]},<3.{int(declared[-1][2:]) + 1}"
    for file in ("Makefile", ".ci/run"):
        assert " ".join(declared) in (ROOT / file).read_text()
    assert f"supported=({' '.join(reversed(declared))})" in (ROOT / ".ci/find-python").read_text()


def test_help_lists_every_target_a_person_would_type() -> None:
    """`make` alone says what there is."""
    run = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, check=True)

    listed = set(re.findall(r"^  ([a-z-]+) ", run.stdout, re.MULTILINE))
    assert listed >= {"setup", "demo", "test", "test-all", "lint", "bench", "lock", "tools", "ci-local"}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_only_what_exists(document: Path) -> None:
    """Relative links lead to files of the checkout, and `make x` is a target of the Makefile."""
    text = document.read_text()
    links = re.findall(r"\]\((?!\w+:|#)([^)#]+)", text)
    targets = re.findall(r"`(?:\$ )?make ([a-z-]+)", text) + re.findall(r"^ *\$? ?make ([a-z-]+)", text, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text()

    assert [link for link in links if not (document.parent / link).exists()] == []
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_index_of_decisions_lists_every_record() -> None:
    """docs/adr/README.md names each record once, and no other."""
    records = sorted(path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md"))

    index = (ROOT / "docs/adr/README.md").read_text()

    assert re.findall(r"^\| \[\d{4}\]\((.+?)\)", index, re.MULTILINE) == records
