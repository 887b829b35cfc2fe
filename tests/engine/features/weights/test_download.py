"""A download happens only if allowed, and gives the published file or nothing."""

import hashlib
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from tests.engine.conftest import StoppedError
from worker.engine import WeightsError
from worker.engine.features.weights import VggNetwork, load, load_weights
from worker.engine.features.weights.download import (
    DownloadLimits,
    download,
    official_address,
)

from .conftest import describe, trained

pytestmark = pytest.mark.usefixtures("narrow_networks")
NETWORK = VggNetwork.VGG16_TORCHVISION


class Shelf(ThreadingHTTPServer):
    """Serves one file, and can be told to serve it badly."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = content
        self.claimed_bytes: int | None = len(content)
        self.status = 200
        self.requests = 0
        self.released = threading.Event()
        self.silent = False

    def url(self) -> str:
        digits = hashlib.sha256(self.content).hexdigest()[:8]
        return f"http://127.0.0.1:{self.server_port}/models/vgg16-{digits}.pth"


class _Handler(BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        self.server.requests += 1
        self.send_response(self.server.status)
        if self.server.claimed_bytes is not None:
            self.send_header("Content-Length", str(self.server.claimed_bytes))
        self.end_headers()
        if self.server.silent:
            self.server.released.wait(10)
        else:
            self.wfile.write(self.server.content)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    buffer = io.BytesIO()
    torch.save(trained(NETWORK), buffer)
    with Shelf(buffer.getvalue()) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        sha256 = hashlib.sha256(server.content).hexdigest()
        describe(monkeypatch, NETWORK, published_sha256=sha256)
        monkeypatch.setattr(load, "official_address", lambda _: server.url())
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


def test_nothing_is_fetched_unless_allowed(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="allow the download"):
        load_weights(NETWORK, cache_dir=tmp_path)
    assert shelf.requests == 0


def test_an_allowed_download_is_kept_decoded_and_fetched_once(
    shelf: Shelf, tmp_path: Path
) -> None:
    first = load_weights(NETWORK, cache_dir=tmp_path, download=True)
    kernel = trained(NETWORK)["features.28.weight"]
    assert torch.equal(first.tensors["conv5_3.weight"], kernel)
    again = load_weights(NETWORK, cache_dir=tmp_path, download=True)
    assert again.sha256 == first.sha256
    assert shelf.requests == 1
    assert [path.suffix for path in tmp_path.iterdir()] == [".safetensors"]


def test_a_file_that_was_tampered_with_is_refused_by_its_whole_hash(
    shelf: Shelf, tmp_path: Path
) -> None:
    # Its name fits its content, as a forger would see to; the known hash does not.
    shelf.content = shelf.content[:-1] + b"?"
    with pytest.raises(WeightsError, match=r"has SHA-256 .*, must be"):
        load_weights(NETWORK, cache_dir=tmp_path, download=True)
    assert list(tmp_path.iterdir()) == []


def test_where_the_whole_hash_is_unknown_the_names_digits_decide(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = NETWORK.description.published_sha256[:8]
    describe(monkeypatch, NETWORK, published_sha256=digits)
    url = shelf.url()
    monkeypatch.setattr(load, "official_address", lambda _: url)
    sound, shelf.content = shelf.content, shelf.content[:-1] + b"?"
    with pytest.raises(WeightsError, match=f"must begin with {digits}"):
        load_weights(NETWORK, cache_dir=tmp_path, download=True)
    shelf.content = sound
    load_weights(NETWORK, cache_dir=tmp_path, download=True)


def test_the_operators_hash_must_fit_the_download(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="must be 0000"):
        load_weights(NETWORK, cache_dir=tmp_path, download=True, sha256="0" * 64)


def test_a_connection_that_breaks_is_a_clear_error(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.claimed_bytes = len(shelf.content) + 100
    with pytest.raises(WeightsError, match=r"broke off after \d+ of \d+ bytes"):
        download(shelf.url(), tmp_path)


def test_too_many_bytes_are_refused_before_they_are_sent(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.claimed_bytes = 700_000_001
    with pytest.raises(WeightsError, match="sends 700000001 bytes or more, may send"):
        download(shelf.url(), tmp_path)


def test_too_many_bytes_that_nobody_announced_are_refused(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.claimed_bytes = None
    limits = DownloadLimits(max_bytes=len(shelf.content) - 1)
    with pytest.raises(WeightsError, match=f"may send {limits.max_bytes}"):
        download(shelf.url(), tmp_path, limits)


def test_a_silent_server_is_left(shelf: Shelf, tmp_path: Path) -> None:
    shelf.silent = True
    with pytest.raises(WeightsError, match=r"timed out.*check the network"):
        download(shelf.url(), tmp_path, DownloadLimits(silence_s=0.1))


def test_a_slow_download_ends_at_its_deadline(shelf: Shelf, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="took longer than 1e-09 s"):
        download(shelf.url(), tmp_path, DownloadLimits(total_s=1e-9))


def test_another_answer_than_the_file_is_a_clear_error(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.status = 404
    with pytest.raises(WeightsError, match=r"404.*name the file with --path"):
        load_weights(NETWORK, cache_dir=tmp_path, download=True)


def test_no_network_is_a_clear_error(shelf: Shelf, tmp_path: Path) -> None:
    with Shelf(b"nobody listens") as closed:
        url = closed.url()
    with pytest.raises(WeightsError, match=r"could not be fetched.*check the network"):
        download(url, tmp_path)


@pytest.mark.filterwarnings("ignore")  # torchvision's own, about its image library
def test_the_addresses_are_torchvisions_and_encrypted() -> None:
    for network in (VggNetwork.VGG16_TORCHVISION, VggNetwork.VGG19_TORCHVISION):
        url = official_address(network)
        digits = network.description.published_sha256[:8]
        assert url.startswith("https://download.pytorch.org/")
        assert url.endswith(f"-{digits}.pth")


def test_oxfords_vgg16_is_not_downloaded(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"can not be downloaded: .*00b39a1b"):
        load_weights(VggNetwork.VGG16, cache_dir=tmp_path, download=True)


@pytest.mark.parametrize("name", ["silence_s", "total_s", "max_bytes"])
def test_limits_that_nothing_passes_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        DownloadLimits(**{name: 0})


def test_a_job_that_waits_for_a_download_shows_life_and_may_be_ended(
    shelf: Shelf, tmp_path: Path
) -> None:
    calls: list[None] = []

    def stop_at_the_second() -> None:
        calls.append(None)
        if len(calls) == 2:
            raise StoppedError

    shelf.content += bytes(3 << 20)
    shelf.claimed_bytes = len(shelf.content)
    with pytest.raises(StoppedError):
        load_weights(
            NETWORK, cache_dir=tmp_path, download=True, check=stop_at_the_second
        )
    assert len(calls) == 2
    assert list(tmp_path.iterdir()) == []
