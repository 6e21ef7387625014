"""The client that uploads, against the real bare receiver."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.programs import Server, receiving
from bench.wire import Body, post


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Server]:
    """The bare receiver, running."""
    with receiving(tmp_path) as server:
        yield server


def test_upload_is_received_whole(receiver: Server) -> None:
    """The receiver gets every byte that the client says it sends."""
    body = Body.of([b"ftyp", memoryview(bytes(3 << 20))])

    answer = post(receiver.port, body)

    assert answer.document["size"] == body.size


def test_receiver_leaves_nothing_behind(receiver: Server, tmp_path: Path) -> None:
    """The disk is as it was, so that the next upload meets the same conditions."""
    post(receiver.port, Body.of([b"ftyp"]))

    assert [path.name for path in tmp_path.iterdir()] == ["bare.log"]


def test_memory_of_a_server_is_read(receiver: Server) -> None:
    """The peak begins at what is resident."""
    receiver.forget_peak()

    assert 0 < receiver.resident() <= receiver.peak() + (1 << 20)


def test_refused_upload_is_an_error(receiver: Server) -> None:
    """A server that does not answer 200 measures nothing."""
    with pytest.raises(RuntimeError, match="404"):
        post(receiver.port, Body.of([b"ftyp"]), path="/elsewhere")
