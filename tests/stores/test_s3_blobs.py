"""What only an object storage can get wrong: errors, silence, signed URLs, pages."""

import http.server
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from app.cli import cli
from app.contract.ports import BlobNotFoundError, BlobStore, StorageUnavailableError
from app.settings import ApiSettings, WebhookSettings
from app.stores.blobs import DirectoryBlobStore
from app.stores.s3_blobs import Patience, S3BlobStore
from tests.object_storage import CREDENTIALS, HASTY, ObjectStorage
from worker.settings import WorkerSettings

URL = "s3://bucket/prefix"


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


class Sick(http.server.BaseHTTPRequestHandler):
    """Answers everything with one status and one body, or half of it."""

    status = 200
    body = b""
    # Who answers in 1.0 does not answer `Expect: 100-continue`; boto waits a second.
    protocol_version = "HTTP/1.1"
    claims_bytes = 0
    requests = 0

    def do_GET(self) -> None:
        type(self).requests += 1
        # What was sent must be read, or the client hears of a broken pipe.
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.status)
        self.send_header("Content-Length", str(self.claims_bytes or len(self.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.body)

    do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - as the base class asks

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sick(credentials: None) -> Iterator[tuple[type[Sick], S3BlobStore]]:
    class Mine(Sick):
        pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mine) as server:
        server.daemon_threads = True  # A kept connection is not waited for.
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield Mine, S3BlobStore.open(URL, endpoint_url=url, patience=HASTY)
        server.shutdown()
        thread.join()


def refusal(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode()


def everything(store: BlobStore) -> dict[str, Any]:
    """Return each way to ask a store."""
    return {
        "put": lambda: store.put("uploads/a", b"x"),
        "get": lambda: store.get("uploads/a"),
        "exists": lambda: store.exists("uploads/a"),
        "keys": lambda: list(store.keys("uploads")),
        "delete": lambda: store.delete("uploads/a"),
        "check": store.check,
    }


def assert_unavailable(store: BlobStore) -> None:
    for name, ask in everything(store).items():
        began_s = time.monotonic()
        with pytest.raises(StorageUnavailableError):
            ask()
        assert time.monotonic() - began_s < 5, name


_REFUSALS = [(403, "AccessDenied"), (403, "InvalidAccessKeyId"), (400, "ExpiredToken"),
             (404, "NoSuchBucket"), (501, "NotImplemented")]  # fmt: skip


def test_what_a_storage_refuses_is_an_outage_and_no_missing_blob(
    sick: tuple[type[Sick], S3BlobStore],
) -> None:
    server, store = sick
    for status, code in _REFUSALS:
        server.status, server.body = status, refusal(code)
        assert_unavailable(store)


def test_a_busy_storage_is_asked_again_and_then_given_up(
    sick: tuple[type[Sick], S3BlobStore],
) -> None:
    server, store = sick
    server.status, server.body = 503, refusal("SlowDown")
    with pytest.raises(StorageUnavailableError, match="SlowDown"):
        store.put("uploads/a", b"x")
    assert server.requests == HASTY.attempts
    with pytest.raises(StorageUnavailableError):
        store.check()
    assert server.requests == HASTY.attempts + 1, "who asks for health waits no longer"


def test_half_of_a_blob_is_none(sick: tuple[type[Sick], S3BlobStore]) -> None:
    server, store = sick
    server.body, server.claims_bytes = b"half", 8
    with pytest.raises(StorageUnavailableError):
        store.get("uploads/a")


def test_a_storage_that_says_nothing_is_given_up(credentials: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        patience = Patience(connect_s=0.2, read_s=0.2, attempts=1)
        store = S3BlobStore.open(URL, endpoint_url=url, patience=patience)
        for name in ("get", "check"):
            began_s = time.monotonic()
            with pytest.raises(StorageUnavailableError):
                everything(store)[name]()
            # A second more, since who writes asks before whether it may.
            assert time.monotonic() - began_s < 5, name


def test_a_storage_that_is_not_there_is_an_outage_within_seconds(
    credentials: None,
) -> None:
    # Port 1 refuses. As the service opens it: three attempts, pauses of at most 3 s.
    store = S3BlobStore.open(URL, endpoint_url="http://127.0.0.1:1")
    began_s = time.monotonic()
    with pytest.raises(StorageUnavailableError):
        store.put("uploads/a", b"x")
    assert time.monotonic() - began_s < 6
    began_s = time.monotonic()
    with pytest.raises(StorageUnavailableError):
        store.check()
    assert time.monotonic() - began_s < 3


def test_a_bucket_that_is_not_there_is_an_outage(storage: ObjectStorage) -> None:
    assert_unavailable(storage.store("s3://nobody-made-this"))


def test_without_credentials_nothing_is_signed_and_nothing_sent(
    storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = storage.new_bucket()
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(StorageUnavailableError, match="credentials"):
        storage.open(url).put("uploads/a", b"x")
    with pytest.raises(StorageUnavailableError, match="credentials"):
        signed(storage.open(url))


def test_a_profile_that_is_not_there_is_told_in_words(
    credentials: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(StorageUnavailableError, match="nobody"):
        S3BlobStore.open(URL)
    monkeypatch.setenv("IMPASTO_BLOBS_URL", URL)
    monkeypatch.setenv("IMPASTO_SECRET", "a secret of 32 characters, at least")
    done = CliRunner().invoke(cli, ["api"])
    assert done.exit_code == 1
    assert "cannot open s3://bucket/prefix" in done.stderr


def test_two_prefixes_of_one_bucket_are_two_stores(storage: ObjectStorage) -> None:
    bucket = storage.new_bucket().removesuffix("/some/where")
    stores = [storage.store(f"{bucket}{prefix}") for prefix in ("", "/a", "/a/b")]
    for number, store in enumerate(stores):
        store.put("styles/x", str(number).encode())
    assert [store.get("styles/x") for store in stores] == [b"0", b"1", b"2"]
    stores[1].delete("styles/x")
    assert [store.exists("styles/x") for store in stores] == [True, False, True]
    assert [list(store.keys("styles")) for store in stores] == [
        ["styles/x"],
        [],
        ["styles/x"],
    ]


def test_long_lists_come_page_by_page_with_their_ages(storage: ObjectStorage) -> None:
    url = storage.new_bucket()
    bucket = url.split("/")[2]
    store = storage.store(url, keys_a_page=2)
    names = [f"styles/{number}" for number in range(5)]
    for name in reversed(names):
        store.put(name, b"x")
    store.check()
    storage.client.put_object(Bucket=bucket, Key="some/where/styles/Not Ours", Body=b"")
    assert list(store.keys("styles")) == names
    ages_s = [time.time() - each.written_s for each in store.entries("styles")]
    assert len(ages_s) == len(names)
    assert all(abs(age_s) < 60 for age_s in ages_s)


def signed(store: S3BlobStore, *, is_download: bool = False) -> str:
    return store.signed_url(
        "results/a",
        expires_s=60,
        media_type="image/png",
        file_name="a-b_1.png",
        is_download=is_download,
    )


@pytest.mark.parametrize(
    ("is_download", "kind"), [(False, "inline"), (True, "attachment")]
)
def test_a_signed_url_opens_the_blob_under_its_name_and_kind(
    storage: ObjectStorage, *, is_download: bool, kind: str
) -> None:
    store = storage.store(storage.new_bucket())
    store.put("results/a", b"picture")
    url = signed(store, is_download=is_download)
    answer = httpx.get(url, headers={"Range": "bytes=0-2"})
    assert (answer.status_code, answer.content) == (206, b"pic")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"] == f'{kind}; filename="a-b_1.png"'
    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Expires"] == ["60"]
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in url


def test_signed_urls_lead_to_where_clients_reach_the_storage(credentials: None) -> None:
    store = S3BlobStore.open(
        URL,
        endpoint_url="http://inside:9000",
        public_endpoint_url="https://outside.example.org",
    )
    parts = urlsplit(signed(store))
    assert (parts.scheme, parts.netloc) == ("https", "outside.example.org")
    assert parts.path == "/bucket/prefix/results/a"


def test_amazons_own_is_reached_by_the_buckets_name(credentials: None) -> None:
    assert urlsplit(signed(S3BlobStore.open(URL))).netloc.startswith("bucket.s3.")


def test_no_secret_is_logged_even_at_the_lowest_level_of_ours(
    storage: ObjectStorage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store = storage.store(storage.new_bucket())
    store.put("uploads/a", b"x")
    with pytest.raises(BlobNotFoundError) as missing:
        store.get("uploads/b")
    with pytest.raises(StorageUnavailableError) as refused:
        storage.store("s3://nobody-made-this").get("uploads/a")
    told = f"{caplog.text}{missing.value}{refused.value}{refused.value.__cause__}"
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in told


@pytest.mark.parametrize(
    "url",
    ["bucket", "http://bucket", "s3://", "s3://a", "s3://Bucket", "s3://bucket/Prefix",
     "s3://bucket//a", "s3://bucket/../a", "s3://user:pass@bucket", "s3://buck\net"],
)  # fmt: skip
def test_what_is_no_bucket_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="is not s3://"):
        S3BlobStore.open(url)
    monkeypatch.setenv("IMPASTO_BLOBS_URL", url)
    with pytest.raises(ValidationError, match="blobs_url"):
        WorkerSettings()


@pytest.mark.parametrize(
    "url",
    ["storage:9000", "ftp://a", "https://user:word@a", "https://a/?b", "https://"],
)
def test_an_endpoint_is_an_http_url_without_secrets(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASTO_S3_ENDPOINT_URL", url)
    with pytest.raises(ValidationError, match="s3_endpoint_url"):
        WorkerSettings()


def test_settings_say_which_store_it_is(
    storage: ObjectStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASTO_BLOBS_URL", "")
    assert isinstance(WorkerSettings().open_blobs(), DirectoryBlobStore)
    url = storage.new_bucket()
    for name, value in storage.environment(url).items():
        monkeypatch.setenv(name, value)
    storage.store(url).put("uploads/a", b"here")
    for settings in (WorkerSettings(), ApiSettings()):
        assert settings.open_blobs().get("uploads/a") == b"here"


@pytest.mark.parametrize("kind", [ApiSettings, WebhookSettings])
def test_hosts_without_a_common_disk_must_be_told_one_secret(
    kind: type[ApiSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASTO_BLOBS_URL", URL)
    with pytest.raises(ValidationError, match="IMPASTO_SECRET must be set"):
        kind()
    WorkerSettings()  # signs nothing
    monkeypatch.setenv("IMPASTO_SECRET", "a secret of 32 characters, at least")
    one, other = kind(data_dir="a"), kind(data_dir="b")
    assert one.service_secret("links") == other.service_secret("links")


def test_a_service_without_object_storage_needs_no_boto3_and_one_with_it_says_so() -> (
    None
):
    program = """
import sys

sys.modules["boto3"] = sys.modules["botocore"] = None  # as if not installed

from app.contract.ports import StorageUnavailableError
from app.settings import ApiSettings
from app.stores.s3_blobs import S3BlobStore

ApiSettings().open_blobs()
try:
    S3BlobStore.open("s3://bucket")
except StorageUnavailableError as error:
    print(error)
try:
    ApiSettings(blobs_url="s3://bucket", secret="x" * 32)
except ValueError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("pip install 'impasto[s3]'") == 2
