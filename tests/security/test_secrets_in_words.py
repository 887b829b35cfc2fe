"""A secret in a wrong place is in no message, no repr and no traceback."""

import traceback
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from app.cli import cli
from app.client import AsyncImpastoClient, ImpastoClient, SettingError
from app.commands.doctor import stores
from app.commands.doctor.findings import Level
from app.contract.ports import StorageUnavailableError
from app.logs import without_credentials
from app.settings import ApiSettings, WebhookSettings
from app.stores.s3_blobs import S3BlobStore

WORD = "hunter2"
KEYS = [
    f"imp_{WORD}\0",
    f"imp_\n{WORD}",
    f"imp_{WORD}é",
    f"imp_{WORD}\x1b",
    f"imp {WORD}",
    f"imp_{WORD}\u2028.",
]
REDIS = [
    f"redis://:a/{WORD}@host",
    f"redis://u:12/{WORD}@host",
    f"redis://:a#{WORD}@host",
    f"redis://:{WORD}?@host",
    f"{WORD}@host",
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("kind", [ImpastoClient, AsyncImpastoClient])
def test_a_key_that_cannot_be_sent_is_told_without_it(
    kind: Callable[..., object], key: str
) -> None:
    with pytest.raises(SettingError) as caught:
        kind("http://a.test", api_key=key)
    told = "".join(traceback.format_exception(caught.value))
    assert WORD not in told
    assert not caught.value.retryable
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("key", [*KEYS, "", " "])
def test_a_command_tells_it_in_one_line_and_ends_with_2(key: str) -> None:
    for words in (["list"], ["submit", "a.jpg", "b.jpg", "--no-wait"], ["queue"]):
        done = CliRunner().invoke(cli, [*words, "--api-key", key])
        assert done.exit_code == 2, done.output
        assert WORD not in done.output
        assert done.stderr.count("\n") == 1


def test_a_program_is_told_that_it_need_not_try_again() -> None:
    done = CliRunner().invoke(cli, ["list", "--json", "--api-key", KEYS[0]])
    assert '"retryable": false' in done.stdout
    assert WORD not in done.output


@pytest.mark.parametrize(
    "url",
    [
        f"http://u:{WORD}/x@a.test",
        f"http://u:12/{WORD}@a.test",
        f"ftp://u:{WORD}@a.test",
        f"u:{WORD}#@a.test:1",
        f"http://u:{WORD}@a.test:99999",
    ],
)
def test_a_password_in_a_url_that_is_none_is_not_shown(url: str) -> None:
    with pytest.raises(SettingError) as caught:
        ImpastoClient(url)
    assert WORD not in "".join(traceback.format_exception(caught.value))


def test_a_password_in_a_url_is_not_shown_either() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    url = f"http://u:{WORD}@a.test"
    with ImpastoClient(url, transport=httpx.MockTransport(refuse)) as client:
        with pytest.raises(Exception, match="no service answers") as caught:
            client.ready()
        assert WORD not in str(caught.value) + client.base_url


@pytest.mark.parametrize("url", REDIS)
def test_a_redis_url_is_refused_without_its_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPASTO_REDIS_URL", url)
    with pytest.raises(ValidationError) as caught:
        ApiSettings()
    assert WORD not in "".join(traceback.format_exception(caught.value))


def test_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPASTO_REDIS_URL", f"redis://:{WORD}@host")
    monkeypatch.setenv("IMPASTO_SECRET", WORD * 8)
    monkeypatch.setenv("IMPASTO_WEBHOOK_SECRETS", f"whsec_{WORD}")
    for settings in (ApiSettings(), WebhookSettings()):
        assert WORD not in f"{settings!r} {settings}"


@pytest.mark.parametrize(
    "variables",
    [
        {"IMPASTO_BLOBS_URL": f"s3://AKIA:{WORD}@bucket"},
        {"IMPASTO_S3_ENDPOINT_URL": f"https://AKIA:{WORD}@storage.test"},
        {"IMPASTO_SECRET": WORD},
        {"IMPASTO_API_KEYS_SHA256": WORD},
        {"IMPASTO_REDIS_URL": f"redis://:a/{WORD}@host"},
    ],
)
def test_serve_names_the_setting_and_not_its_value(variables: dict[str, str]) -> None:
    done = CliRunner().invoke(cli, ["serve", "--port", "1"], env=variables)
    assert done.exit_code == 2, done.output
    assert WORD not in done.output


@pytest.mark.parametrize(
    "environment",
    [
        {"IMPASTO_BLOBS_URL": f"s3://AKIA:a/{WORD}@bucket"},
        {"IMPASTO_BLOBS_URL": f"s3://AKIA:{WORD}@bucket"},
        {
            "IMPASTO_BLOBS_URL": "s3://bucket",
            "IMPASTO_S3_ENDPOINT_URL": f"https://AKIA:a/{WORD}@storage.test",
        },
        {"IMPASTO_REDIS_URL": f"redis://:a/{WORD}@127.0.0.1:9"},
        {"IMPASTO_REDIS_URL": f"redis://:a@{WORD}@127.0.0.1:9"},
    ],
)
def test_the_doctor_shows_no_password(
    environment: dict[str, str], tmp_path: Path
) -> None:
    found = list(stores.look(tmp_path, environment))
    assert {each.level for each in found} >= {Level.PROBLEM}
    assert WORD not in repr(found)


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN"])
def test_an_object_storage_is_told_without_its_credentials(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(variable, f"{WORD}x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv(name, f"{WORD}\r\nx")
    store = S3BlobStore.open("s3://bucket", endpoint_url="http://127.0.0.1:9")
    with pytest.raises(StorageUnavailableError) as caught:
        store.check()
    assert WORD not in "".join(traceback.format_exception(caught.value))
    assert "credentials" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"at redis://:{WORD}@a@host/0 it", "at redis://***@host/0 it"),
        (f"redis://:{WORD}@h1,redis://:{WORD}@h2", "redis://***@h1,redis://***@h2"),
        ("see https://a.test/x@y", "see https://a.test/x@y"),
    ],
)
def test_logs_have_urls_without_credentials(text: str, told: str) -> None:
    assert without_credentials(text) == told
