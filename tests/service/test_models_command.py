"""``liveness models`` as its user sees it, and what the service does with model files when it starts."""

import asyncio
import hashlib
import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from pipeline.detectors import load_detector
from pipeline.embedders import load_embedder
from pipeline.models import CATALOGUE, MINIFASNET, SFACE, YUNET, ModelFile
from pipeline.replay import load_replay_detector
from service.exits import FAILED, INTERRUPTED, USAGE
from service.settings import Settings
from tests.service.model_server import ModelServer, serving
from tests.service.process import LIVENESS, LivenessProcess, environment

ROOT: Final = Path(__file__).parents[2]
FILES: Final = ROOT.parent / "shared" / "testdata" / "models"
PROXIES: Final = {"no_proxy": "127.0.0.1"}

WRONG: Final = b"not a model"

needs_models = pytest.mark.skipif(not FILES.is_dir(), reason="testdata with the model files is not there")


async def start(folder: Path, *command: str | Path, **settings: str) -> asyncio.subprocess.Process:
    """Start a command in a folder, with a model folder below it and the settings given."""
    ours = environment(LIVENESS_MODEL_DIR="models", **settings) | PROXIES
    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(*command, cwd=folder, env=ours, stdout=pipe, stderr=pipe)


async def run(folder: Path, *arguments: str | Path, **settings: str) -> tuple[int, str, str]:
    """Run ``liveness`` and return its exit code and what it printed on standard output and standard error."""
    process = await start(folder, LIVENESS, *arguments, **settings)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def listed(folder: Path, **settings: str) -> dict[str, Any]:
    """Return the document of ``models list --json``."""
    code, out, err = await run(folder, "models", "list", "--json", **settings)
    assert (code, err) == (0, "")
    document: dict[str, Any] = json.loads(out)
    return document


def place(folder: Path, *models: ModelFile) -> None:
    """Put the true files of models into the model folder below a folder."""
    (folder / "models").mkdir(exist_ok=True)
    for model in models:
        (folder / "models" / model.name).symlink_to(FILES / model.name)


def spoil(folder: Path, model: ModelFile) -> Path:
    """Put a wrong file into the place of a model and return its path as the command shows it."""
    (folder / "models").mkdir(exist_ok=True)
    (folder / "models" / model.name).write_bytes(WRONG)
    return Path("models") / model.name


def names(folder: Path) -> list[str]:
    """Return the names of what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def grown(path: Path, size: int) -> None:
    """Wait until a file has a size; it is looked at again and again, for another process writes it."""
    async with asyncio.timeout(30):
        while size_of(path) < size:  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)


def size_of(path: Path) -> int:
    """Return the bytes of a file, 0 when there is none."""
    return path.stat().st_size if path.exists() else 0


async def test_list_says_what_is_known_and_what_is_taken_without_any_file(tmp_path: Path) -> None:
    """Without files the packaged engines are taken; the table is plain text in a pipe."""
    code, out, err = await run(tmp_path, "models", "list")

    assert (code, err) == (0, "")
    assert [line.split()[:2] for line in out.splitlines()] == [
        ["model", "files"],
        ["yunet", "missing"],
        ["sface", "missing"],
        ["minifasnet", "missing"],
        ["engines"],
        ["detector", "auto"],
        ["embedder", "auto"],
        ["replay_detector", "auto"],
    ]
    assert [line.split()[2] for line in out.splitlines()[5:]] == ["dlib_hog", "dlib_resnet", "off"]
    assert [model.name in out for model in CATALOGUE] == [True] * len(CATALOGUE)
    assert "\x1b" not in out


PACKAGED: Final = {model.role: model.packaged for model in CATALOGUE}
"""What each setting is when it wants no model file."""


@needs_models
@pytest.mark.parametrize(
    ("models", "pinned", "taken"),
    [
        ((), {}, [False, False, False]),
        ((YUNET,), {}, [True, False, False]),
        ((YUNET, MINIFASNET), {}, [True, False, True]),
        ((YUNET, MINIFASNET), PACKAGED, [False, False, False]),
    ],
)
async def test_list_names_the_engines_that_a_worker_loads(
    tmp_path: Path, models: Sequence[ModelFile], pinned: dict[str, str], taken: list[bool]
) -> None:
    """What the list promises is what a worker does with the same files and settings."""
    place(tmp_path, *models)

    document = await listed(tmp_path, **{f"LIVENESS_{role.upper()}": value for role, value in pinned.items()})

    config = Settings.model_validate({"model_dir": tmp_path / "models", **pinned}).pipeline()
    replay_detector = load_replay_detector(config)
    loaded = [load_detector(config).name, load_embedder(config).name, getattr(replay_detector, "name", "off")]
    assert [name == model.version for name, model in zip(loaded, CATALOGUE, strict=True)] == taken
    assert [choice["engine"] for choice in document["engines"].values()] == [
        model.engine if used else model.packaged for model, used in zip(CATALOGUE, taken, strict=True)
    ]
    assert [entry["state"] == "verified" for entry in document["models"]] == [model in models for model in CATALOGUE]


async def test_list_shows_a_wrong_file_with_both_digests_and_the_refusal(tmp_path: Path) -> None:
    """Whoever looks why the service does not start sees the same line as at its start."""
    path = spoil(tmp_path, YUNET)

    document = await listed(tmp_path)

    entry, choice = document["models"][0], document["engines"]["detector"]
    assert entry["state"] == "wrong"
    assert entry["problem"].startswith(f"{path} is not yunet-2026may: its SHA-256 is ")
    assert entry["problem"].endswith(YUNET.exports[0].sha256)
    assert choice == {"setting": "auto", "engine": None, "problem": entry["problem"]}
    assert entry["problem"] in (await run(tmp_path, "models", "list"))[1]


async def test_list_lets_a_wrong_file_be_that_no_setting_takes(tmp_path: Path) -> None:
    """An engine pinned to the packaged one does not look at the file."""
    spoil(tmp_path, YUNET)

    document = await listed(tmp_path, LIVENESS_DETECTOR="dlib_hog")

    assert document["models"][0]["state"] == "wrong"
    assert document["engines"]["detector"] == {"setting": "dlib_hog", "engine": "dlib_hog", "problem": None}


async def test_list_refuses_a_pinned_engine_without_its_file(tmp_path: Path) -> None:
    """The message says how to get it."""
    document = await listed(tmp_path, LIVENESS_EMBEDDER="sface")

    choice = document["engines"]["embedder"]
    assert (choice["setting"], choice["engine"]) == ("sface", None)
    assert choice["problem"] == f"models/{SFACE.name} is missing; `liveness models download sface` fetches it"


@needs_models
async def test_download_copies_named_models_from_a_folder(tmp_path: Path) -> None:
    """Paths go to standard output, messages to standard error; what was not named is not touched."""
    code, out, err = await run(tmp_path, "models", "download", "minifasnet", "yunet", "--from", FILES)

    assert code == 0
    assert out.splitlines() == [f"models/{MINIFASNET.name}", f"models/{YUNET.name}"]
    assert err.splitlines() == [
        f"minifasnet: from {FILES / MINIFASNET.name}",
        f"yunet: from {FILES / YUNET.name}",
    ]
    assert names(tmp_path / "models") == [MINIFASNET.name, YUNET.name]


@needs_models
async def test_download_goes_on_with_the_others_when_one_fails(tmp_path: Path) -> None:
    """Without names all models are asked for; each that cannot be had is one line, and the exit code tells."""
    code, out, err = await run(tmp_path, "models", "download", "--from", FILES, "--to", "elsewhere")

    assert code == FAILED
    assert out.splitlines() == [f"elsewhere/{YUNET.name}", f"elsewhere/{MINIFASNET.name}"]
    assert [line for line in err.splitlines() if line.startswith("liveness: ")] == [
        f"liveness: sface: {FILES / SFACE.name}: No such file or directory"
    ]
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "nobody is none of yunet, sface, minifasnet"),
        (["--from", "nowhere"], "nowhere is no folder, and no address that begins with https:// or http://"),
        (["--from", "http://"], "http:// is not an address"),
        (["--from", "http://host:port/"], "http://host:port/ is not an address"),
        (["--from", "ftp://127.0.0.1/"], "no address that begins with https:// or http://"),
    ],
)
async def test_download_refuses_arguments_that_cannot_be(tmp_path: Path, arguments: list[str], message: str) -> None:
    """Nothing is made for a mistyped command."""
    code, out, err = await run(tmp_path, "models", "download", *arguments)

    assert (code, out) == (USAGE, "")
    assert message in err.splitlines()[-1]
    assert names(tmp_path) == []


async def test_download_without_a_network_is_one_line(tmp_path: Path) -> None:
    """The official address leads to nothing when the resolver knows no names, or the proxy is not there."""
    settings = {"https_proxy": "http://127.0.0.1:1"}
    code, out, err = await run(tmp_path, "models", "download", "yunet", **settings)

    assert (code, out) == (FAILED, "")
    asked, refused = err.splitlines()
    assert asked == f"yunet: from {YUNET.address}"
    assert refused.startswith(f"liveness: yunet: {YUNET.address}: Cannot connect to host 127.0.0.1:1 ")
    assert names(tmp_path / "models") == []


@needs_models
async def test_killed_download_leaves_only_a_part_and_the_next_one_goes_on(tmp_path: Path) -> None:
    """SIGKILL in the middle: nothing is in the place of the model, and what had come is not fetched again."""
    content = (FILES / YUNET.name).read_bytes()
    async with serving(ModelServer(content, stall_after=len(content) // 2)) as server:
        process = await start(tmp_path, LIVENESS, "models", "download", "yunet", "--from", server.url)
        await grown(tmp_path / "models" / f"{YUNET.name}.part", len(content) // 2)
        process.kill()
        await process.communicate()
        left = names(tmp_path / "models")
        server.stall_after = None
        code, _, err = await run(tmp_path, "models", "download", "yunet", "--from", server.url)

    assert left == [f"{YUNET.name}.part", f"{YUNET.name}.part.etag"]
    assert (code, server.requests[1].headers["Range"]) == (0, f"bytes={len(content) // 2}-")
    assert f"going on after {len(content) // 2:,} bytes" in err
    assert names(tmp_path / "models") == [YUNET.name]


@needs_models
async def test_interrupted_download_ends_without_a_traceback(tmp_path: Path) -> None:
    """Ctrl-C keeps what can be gone on with."""
    content = (FILES / YUNET.name).read_bytes()
    async with serving(ModelServer(content, stall_after=1000)) as server:
        process = await start(tmp_path, LIVENESS, "models", "download", "yunet", "--from", server.url)
        await grown(tmp_path / "models" / f"{YUNET.name}.part", 1000)
        process.send_signal(signal.SIGINT)
        _, err = await process.communicate()

    assert process.returncode == INTERRUPTED
    assert err.decode().splitlines() == [f"yunet: from {server.url}/{YUNET.name}"]
    assert (tmp_path / "models" / f"{YUNET.name}.part").stat().st_size == 1000


@needs_models
async def test_file_that_cannot_be_written_whole_is_no_file(tmp_path: Path) -> None:
    """The operating system refuses to write on, as it does when the disk is full."""
    command = f"ulimit -f 100; exec {LIVENESS} models download minifasnet --from {FILES}"
    process = await start(tmp_path, "sh", "-c", command)
    _, err = await process.communicate()

    assert process.returncode == FAILED
    assert err.decode().splitlines()[1] == (
        f"liveness: minifasnet: models/{MINIFASNET.name}.part cannot be written: File too large"
    )
    assert names(tmp_path / "models") == []


@needs_models
async def test_terminal_gets_a_moving_bar_and_output_stays_clean(tmp_path: Path) -> None:
    """The bar goes where messages go; standard output has the path alone."""
    content = (FILES / YUNET.name).read_bytes()
    master, terminal = os.openpty()
    ours = environment(LIVENESS_MODEL_DIR="models", TERM="xterm", COLUMNS="100") | PROXIES
    async with serving(ModelServer(content)) as server:
        process = await asyncio.create_subprocess_exec(
            *(LIVENESS, "models", "download", "yunet", "--from", server.url),
            cwd=tmp_path,
            env=ours,
            stdout=asyncio.subprocess.PIPE,
            stderr=terminal,
        )
        out, _ = await process.communicate()
    shown = os.read(master, 1 << 16).decode()
    os.close(terminal)
    os.close(master)

    assert out.decode() == f"models/{YUNET.name}\n"
    assert "━" in shown
    assert "229.7/229.7 kB" in shown


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["check", "clip.mp4"]])
async def test_wrong_file_stops_the_start_with_its_name_and_both_digests(tmp_path: Path, command: list[str]) -> None:
    """One line and exit code 5, whatever the number of workers; nobody guesses which model it might be."""
    (tmp_path / "clip.mp4").touch()
    path = spoil(tmp_path, SFACE)

    code, out, err = await run(tmp_path, *command)

    assert (code, out, len(err.splitlines())) == (FAILED, "", 1)
    assert f"{path} is not sface-2021dec: its SHA-256 is {hashlib.sha256(WRONG).hexdigest()}, " in err
    assert f"not {SFACE.exports[0].sha256}" in err


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.engine)
async def test_pinned_engine_without_its_file_stops_the_start(tmp_path: Path, model: ModelFile) -> None:
    """The packaged engine is not taken silently for one that was asked for."""
    code, out, err = await run(tmp_path, "serve", "--port", "0", **{f"LIVENESS_{model.role.upper()}": model.engine})

    assert (code, out, len(err.splitlines())) == (FAILED, "", 1)
    assert f"models/{model.name} is missing" in err


@needs_models
async def test_service_starts_with_verified_files(tmp_path: Path) -> None:
    """Pinned engines whose files are right are taken."""
    place(tmp_path, YUNET, MINIFASNET)
    pinned = {"LIVENESS_DETECTOR": "yunet", "LIVENESS_REPLAY_DETECTOR": "minifasnet", "LIVENESS_WORKERS": "1"}
    process = LivenessProcess(tmp_path, ["serve", "--port", "0"], LIVENESS_MODEL_DIR="models", **pinned)
    try:
        assert await asyncio.to_thread(lambda: process.port) > 0
        assert await asyncio.to_thread(process.stop) == 0
    finally:
        await asyncio.to_thread(process.kill)


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.engine)
def test_catalogue_and_settings_name_the_same_engines(model: ModelFile) -> None:
    """Each setting takes ``auto``, the model and the packaged engine."""
    for value in ("auto", model.engine, model.packaged):
        assert getattr(Settings.model_validate({model.role: value}), model.role) == value


def test_documentation_has_every_model_and_every_option() -> None:
    """docs/models.md names each file with digest, size, licence and address, and what can be typed."""
    text = (ROOT / "docs" / "models.md").read_text()
    facts = [fact for model in CATALOGUE for fact in (model.name, model.version, model.licence, model.project)]
    digests = [export.sha256 for model in CATALOGUE for export in model.exports]
    sizes = [f"{export.size:,}" for model in CATALOGUE for export in model.exports]
    addresses = [model.address for model in CATALOGUE if model.address is not None]
    options = ["models list", "--json", "models download", "--from", "--to"]

    assert [fact for fact in (*facts, *digests, *sizes, *addresses, *options) if fact not in text] == []
