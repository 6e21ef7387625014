"""Model files arrive whole and verified, or not at all: real servers and folders, well-behaved and not."""

import hashlib
import io
import shutil
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from yarl import URL

from pipeline.model_store import PartFile
from pipeline.models import FileState, ModelError, ModelFile
from service import model_download
from service.model_download import REDIRECTS, DownloadFailed, bring, origin_of
from tests.service.model_server import ETAG, ModelServer, model_of, serving

CONTENT = bytes(range(256)) * 4096
"""A mebibyte, sent in several blocks."""
MODEL = model_of(CONTENT)
HALF = len(CONTENT) // 2


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to the loopback interface whatever the environment says of proxies."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def fetch(place: str | Path | None, folder: Path, model: ModelFile = MODEL) -> Path:
    """Bring a model file into a folder and return its path."""
    async with origin_of(URL(place) if isinstance(place, str) else place) as origin:
        return await bring(model, origin, folder, io.StringIO())


async def refusal(place: str | Path | None, folder: Path, model: ModelFile = MODEL) -> str:
    """Fail to bring a model file into a folder and return the message, which is one line."""
    with pytest.raises((DownloadFailed, ModelError)) as caught:
        await fetch(place, folder, model)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def names(folder: Path) -> list[str]:
    """Return the names of what is in a folder."""
    return sorted(path.name for path in folder.iterdir())


async def break_off(server: ModelServer, folder: Path, after: int = HALF) -> str:
    """Have a download break off after some bytes, and return the message."""
    server.cut_after = after
    message = await refusal(server.url, folder)
    server.cut_after = None
    return message


async def test_file_arrives_in_its_place_and_nothing_beside_it(tmp_path: Path) -> None:
    """The folder is made; the file has the bytes of the server and its ordinary permissions."""
    async with serving(ModelServer(CONTENT)) as server:
        path = await fetch(server.url, tmp_path / "new" / "models")

    assert (path.name, path.read_bytes() == CONTENT) == (MODEL.name, True)
    assert names(tmp_path / "new" / "models") == [MODEL.name]
    assert path.stat().st_mode & 0o444 == 0o444


async def test_official_address_is_asked_when_no_other_is_named(tmp_path: Path) -> None:
    """The path of the address is kept, for the name there may be another one."""
    async with serving(ModelServer(CONTENT)) as server:
        path = await fetch(None, tmp_path, model_of(CONTENT, f"{server.url}/releases/Upstream.onnx"))

    assert path.read_bytes() == CONTENT
    assert [request.path for request in server.requests] == ["/releases/Upstream.onnx"]


async def test_named_server_is_asked_for_the_file_by_its_own_name(tmp_path: Path) -> None:
    """``--from`` is the folder on the server, with or without a slash at its end."""
    async with serving(ModelServer(CONTENT)) as server:
        await fetch(f"{server.url}/mirror/models/", tmp_path / "1")
        await fetch(f"{server.url}/mirror/models", tmp_path / "2")

    assert [request.path for request in server.requests] == [f"/mirror/models/{MODEL.name}"] * 2


async def test_model_without_an_official_address_needs_a_named_one(tmp_path: Path) -> None:
    """The message says what to do."""
    assert "--from" in await refusal(None, tmp_path)


async def test_file_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    """A second download costs no traffic."""
    async with serving(ModelServer(CONTENT)) as server:
        first = await fetch(server.url, tmp_path)
        second = await fetch(server.url, tmp_path)

    assert first == second
    assert len(server.requests) == 1


async def test_wrong_file_in_its_place_is_replaced(tmp_path: Path) -> None:
    """Who asks for a download wants the right file."""
    (tmp_path / MODEL.name).write_bytes(b"not a model")
    async with serving(ModelServer(CONTENT)) as server:
        await fetch(server.url, tmp_path)

    assert MODEL.examine(tmp_path).state is FileState.VERIFIED


async def test_download_that_breaks_off_goes_on_where_it_ended(tmp_path: Path) -> None:
    """The rest is asked for on condition that the file is still the same; nothing is in its place before that."""
    async with serving(ModelServer(CONTENT)) as server:
        message = await break_off(server, tmp_path)
        left = names(tmp_path)
        size = (tmp_path / f"{MODEL.name}.part").stat().st_size
        path = await fetch(server.url, tmp_path)

    assert "the connection was cut" in message
    assert f"{size:,} bytes are kept" in message
    assert left == [f"{MODEL.name}.part", f"{MODEL.name}.part.etag"]
    assert server.requests[1].headers["Range"] == f"bytes={size}-"
    assert server.requests[1].headers["If-Range"] == ETAG
    assert path.read_bytes() == CONTENT
    assert names(tmp_path) == [MODEL.name]


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
async def test_part_of_a_version_without_a_name_is_not_kept(tmp_path: Path, etag: str | None) -> None:
    """Without a strong ETag nobody can tell whether the rest would belong to it."""
    async with serving(ModelServer(CONTENT, etag=etag)) as server:
        message = await break_off(server, tmp_path)

    assert "kept" not in message
    assert names(tmp_path) == []


async def test_server_that_ignores_ranges_starts_over(tmp_path: Path) -> None:
    """Its whole file replaces the part instead of being added to it."""
    async with serving(ModelServer(CONTENT, ranges=False)) as server:
        await break_off(server, tmp_path)
        path = await fetch(server.url, tmp_path)

    assert "Range" in server.requests[1].headers
    assert path.read_bytes() == CONTENT


async def test_file_that_changed_on_the_server_starts_over(tmp_path: Path) -> None:
    """A part of an older file is not mixed with the newer one."""
    async with serving(ModelServer(bytes(len(CONTENT)))) as server:
        await break_off(server, tmp_path)
        server.content, server.etag = CONTENT, '"version-2"'
        path = await fetch(server.url, tmp_path)

    assert path.read_bytes() == CONTENT


async def test_part_in_the_wrong_place_is_not_taken(tmp_path: Path) -> None:
    """A server that sends another range than the one asked for is asked for all."""
    async with serving(ModelServer(CONTENT, misplaced=True)) as server:
        await break_off(server, tmp_path)
        path = await fetch(server.url, tmp_path)

    assert ["Range" in request.headers for request in server.requests] == [False, True, False]
    assert path.read_bytes() == CONTENT


async def test_part_that_is_longer_than_the_servers_file_starts_over(tmp_path: Path) -> None:
    """Range Not Satisfiable says that the part is none of this file."""
    async with serving(ModelServer(bytes(len(CONTENT)))) as server:
        await break_off(server, tmp_path)
        server.content = b"short"
        message = await refusal(server.url, tmp_path)

    assert ["Range" in request.headers for request in server.requests] == [False, True, False]
    assert f"is not {MODEL.version}" in message
    assert names(tmp_path) == []


@pytest.mark.parametrize("noted", ["", "no quotes", '"two\nlines"', "\udcff"])
async def test_damaged_note_of_the_version_starts_over(tmp_path: Path, noted: str) -> None:
    """What stands in the note is sent to a server, so it is looked at first."""
    (tmp_path / f"{MODEL.name}.part").write_bytes(bytes(HALF))
    (tmp_path / f"{MODEL.name}.part.etag").write_text(noted, errors="surrogateescape")
    async with serving(ModelServer(CONTENT)) as server:
        path = await fetch(server.url, tmp_path)

    assert "Range" not in server.requests[0].headers
    assert path.read_bytes() == CONTENT


async def test_complete_part_is_put_in_its_place_without_a_server(tmp_path: Path) -> None:
    """A process may end between the last byte and the move."""
    (tmp_path / f"{MODEL.name}.part").write_bytes(CONTENT)
    (tmp_path / f"{MODEL.name}.part.etag").write_text(ETAG)
    async with serving(ModelServer(CONTENT)) as server:
        path = await fetch(server.url, tmp_path)

    assert server.requests == []
    assert path.read_bytes() == CONTENT
    assert names(tmp_path) == [MODEL.name]


async def test_part_spoilt_on_the_disk_is_noticed_and_removed(tmp_path: Path) -> None:
    """What is checked is the file as it lies there, not the bytes as they came; the next try starts over."""
    async with serving(ModelServer(CONTENT)) as server:
        await break_off(server, tmp_path)
        part = tmp_path / f"{MODEL.name}.part"
        part.write_bytes(bytes(part.stat().st_size))
        message = await refusal(server.url, tmp_path)
        left = names(tmp_path)
        path = await fetch(server.url, tmp_path)

    assert f"is not {MODEL.version}" in message
    assert left == []
    assert path.read_bytes() == CONTENT


async def test_wrong_file_is_refused_with_both_digests_and_removed(tmp_path: Path) -> None:
    """A file that was in its place before stays as it was."""
    (tmp_path / MODEL.name).write_bytes(b"as before")
    wrong = CONTENT[:-1] + b"!"
    async with serving(ModelServer(wrong)) as server:
        message = await refusal(server.url, tmp_path)

    assert hashlib.sha256(wrong).hexdigest() in message
    assert MODEL.exports[0].sha256 in message
    assert f"{server.url}/{MODEL.name}" in message
    assert names(tmp_path) == [MODEL.name]
    assert (tmp_path / MODEL.name).read_bytes() == b"as before"


async def test_file_that_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    """The download stops at the known size, however much a server has."""
    async with serving(ModelServer(CONTENT + b"!", stall_after=len(CONTENT) + 1)) as server:
        message = await refusal(server.url, tmp_path)

    assert f"has more than {len(CONTENT):,} bytes" in message
    assert names(tmp_path) == []


async def test_server_that_announces_more_than_it_sends_is_a_cut_connection(tmp_path: Path) -> None:
    """A length that lies upwards makes the file incomplete, whatever came."""
    async with serving(ModelServer(CONTENT, announced=len(CONTENT) + 1, cut_after=HALF)) as server:
        message = await refusal(server.url, tmp_path)

    assert "the connection was cut" in message
    assert MODEL.examine(tmp_path).state is FileState.MISSING


async def test_server_that_announces_less_than_it_has_sends_a_wrong_file(tmp_path: Path) -> None:
    """A length that lies downwards ends the file too early, which its digest shows."""
    async with serving(ModelServer(CONTENT, announced=HALF)) as server:
        message = await refusal(server.url, tmp_path)

    assert hashlib.sha256(CONTENT[:HALF]).hexdigest() in message
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "Not Found"), (503, "Service Unavailable"), (206, "Partial Content")]
)
async def test_answer_without_a_file_is_told_with_its_status(tmp_path: Path, status: int, reason: str) -> None:
    """The page that comes with it is not taken for a file."""
    async with serving(ModelServer(CONTENT, status=status)) as server:
        message = await refusal(server.url, tmp_path)

    assert message == f"{server.url}/{MODEL.name}: HTTP {status} {reason}"
    assert names(tmp_path) == []


async def test_part_survives_a_server_that_is_out_of_order(tmp_path: Path) -> None:
    """What was fetched is not lost because the next answer is an error."""
    async with serving(ModelServer(CONTENT)) as server:
        await break_off(server, tmp_path)
        server.status = 503
        await refusal(server.url, tmp_path)
        server.status = 200
        path = await fetch(server.url, tmp_path)

    assert "Range" in server.requests[2].headers
    assert path.read_bytes() == CONTENT


async def test_redirect_to_another_server_is_followed(tmp_path: Path) -> None:
    """The official addresses lead to servers for large files."""
    async with (
        serving(ModelServer(CONTENT)) as store,
        serving(ModelServer(b"", location=f"{store.url}/blob")) as server,
    ):
        path = await fetch(server.url, tmp_path)

    assert path.read_bytes() == CONTENT


async def test_redirects_without_end_are_given_up(tmp_path: Path) -> None:
    """As many are followed as the message says."""
    async with serving(ModelServer(CONTENT, location="/again")) as server:
        message = await refusal(server.url, tmp_path)

    assert f"redirected more than {REDIRECTS} times" in message
    assert len(server.requests) == REDIRECTS + 1


async def test_redirect_to_a_file_of_this_machine_is_refused(tmp_path: Path) -> None:
    """A server does not get to name local files."""
    (tmp_path / "local").write_bytes(CONTENT)
    async with serving(ModelServer(CONTENT, location=(tmp_path / "local").as_uri())) as server:
        message = await refusal(server.url, tmp_path / "models")

    assert "file:///" in message
    assert names(tmp_path / "models") == []


async def test_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One line says which address cannot be reached and why."""
    async with serving(ModelServer(CONTENT)) as server:
        address = server.url

    message = await refusal(address, tmp_path)

    assert message.startswith(f"{address}/{MODEL.name}: Cannot connect to host 127.0.0.1")
    assert names(tmp_path) == []


async def test_server_that_falls_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for silence, not for the whole, and what came before is kept."""
    monkeypatch.setattr(model_download, "SILENCE_LIMIT", 0.2)
    async with serving(ModelServer(CONTENT, stall_after=HALF)) as server:
        message = await refusal(server.url, tmp_path)

    assert "Timeout on reading data" in message
    assert "bytes are kept" in message


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    """A server's TLS with a certificate that nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, *request, *files], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


async def test_server_without_a_trusted_certificate_is_refused(tmp_path: Path, self_signed: ssl.SSLContext) -> None:
    """HTTPS is verified, though the digest would show a wrong file anyway."""
    async with serving(ModelServer(CONTENT), self_signed) as server:
        message = await refusal(server.url, tmp_path / "models")

    assert "certificate verify failed" in message
    assert server.requests == []


async def test_secrets_of_an_address_are_not_shown(tmp_path: Path) -> None:
    """The name and password of a mirror end up neither in messages nor in logs."""
    async with serving(ModelServer(CONTENT, status=403)) as server:
        address = server.url.replace("http://", "http://name:password@")
        message = await refusal(address, tmp_path)

    assert "password" not in message
    assert server.requests[0].headers["Authorization"].startswith("Basic ")


async def test_two_downloads_do_not_write_into_one_file(tmp_path: Path) -> None:
    """The second is refused at once, and does not disturb the first."""
    with PartFile(MODEL, tmp_path, "first") as first:
        async with serving(ModelServer(CONTENT)) as server:
            message = await refusal(server.url, tmp_path)
        first.write(CONTENT)
        first.install()

    assert "is being written by another process" in message
    assert (tmp_path / MODEL.name).read_bytes() == CONTENT
    assert names(tmp_path) == [MODEL.name]


async def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """The message has the path and the reason of the operating system."""
    (tmp_path / "file").touch()

    message = await refusal(tmp_path, tmp_path / "file")

    assert message == f"{tmp_path / 'file' / MODEL.name}.part cannot be written: File exists"


async def test_file_is_copied_from_a_folder_with_the_same_check(tmp_path: Path) -> None:
    """An air-gapped machine gets its files this way; a part of an earlier download is of no use to it."""
    source, folder = tmp_path / "medium", tmp_path / "models"
    source.mkdir()
    (source / MODEL.name).write_bytes(CONTENT)
    async with serving(ModelServer(CONTENT)) as server:
        await break_off(server, folder)

    path = await fetch(source, folder)

    assert path.read_bytes() == CONTENT
    assert names(folder) == [MODEL.name]


@pytest.mark.parametrize("damage", [b"", b"longer than it should be"])
async def test_wrong_file_of_a_folder_is_refused(tmp_path: Path, damage: bytes) -> None:
    """Neither a truncated copy nor one with something added gets in."""
    (tmp_path / MODEL.name).write_bytes(CONTENT[:-1] + damage)

    message = await refusal(tmp_path, tmp_path / "models")

    assert message.startswith(f"{tmp_path / MODEL.name} is not {MODEL.version}")
    assert names(tmp_path / "models") == []


async def test_file_that_a_folder_lacks_is_named(tmp_path: Path) -> None:
    """The message has the path that was looked for."""
    assert await refusal(tmp_path, tmp_path / "models") == f"{tmp_path / MODEL.name}: No such file or directory"
    assert names(tmp_path / "models") == []


async def test_every_export_of_a_model_is_taken(tmp_path: Path) -> None:
    """A model may be published in more than one form."""
    other = b"the same weights in another form"
    both = replace(MODEL, exports=(*MODEL.exports, *model_of(other).exports))
    (tmp_path / MODEL.name).write_bytes(other)

    path = await fetch(tmp_path, tmp_path / "models", both)

    assert path.read_bytes() == other
