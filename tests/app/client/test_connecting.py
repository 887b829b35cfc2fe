"""Where the service is, as people say it."""

from pathlib import Path

import httpx
import pytest

from app.client import DEFAULT_URL, ClientError, ImpastoClient, SettingError
from app.client.calls import Call
from app.client.connecting import client_headers, is_local, service_url


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ("localhost:8000", "http://localhost:8000"),
        ("localhost:8000/", "http://localhost:8000"),
        (" http://a.test//\r\n", "http://a.test"),
        ("127.0.0.1:80", "http://127.0.0.1:80"),
        ("a.test", "http://a.test"),
        ("//a.test:1", "http://a.test:1"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("::1", "http://[::1]"),
        ("2001:db8::7/", "http://[2001:db8::7]"),
        ("https://a.test/impasto/", "https://a.test/impasto"),
        ("HTTPS://A.test", "HTTPS://A.test"),
    ],
)
def test_a_url_is_what_people_mean(told: str, url: str) -> None:
    assert service_url(told) == url
    assert httpx.URL(url).host


def test_the_environment_says_it_where_nobody_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMPASTO_URL", "localhost:8000\r")
    assert service_url(None) == "http://localhost:8000"
    monkeypatch.setenv("IMPASTO_URL", "\r")
    assert service_url(None) == DEFAULT_URL


@pytest.mark.parametrize(
    "told",
    [
        *["", " ", "ftp://a.test", "http://", "http://[::1", "a.test:x"],
        *["a.test:99999", "http://a b", "http://a.test\0", "C:\\x"],
    ],
)
def test_what_is_no_url_is_refused_in_words(told: str) -> None:
    with pytest.raises(SettingError, match="the service's URL"):
        service_url(told)


@pytest.mark.parametrize("url", ["localhost:1", "[::1]:1", "127.0.0.1"])
def test_this_machine_is_asked_without_a_proxy(url: str) -> None:
    assert is_local(service_url(url))


@pytest.mark.parametrize("key", ["imp_x\r", "imp_x\r\n", " imp_x\t", "imp_x\u00a0"])
def test_what_stands_around_a_key_is_left_off(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client_headers(key)["Authorization"] == "Bearer imp_x"
    monkeypatch.setenv("IMPASTO_API_KEY", key)
    assert client_headers(None)["Authorization"] == "Bearer imp_x"


def test_an_empty_variable_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPASTO_API_KEY", "\r")
    assert "Authorization" not in client_headers(None)


@pytest.mark.parametrize("value", ["schlüssel", "a\r\nb", "a\0", " a", ""])
def test_a_header_that_cannot_be_sent_is_refused_in_words(value: str) -> None:
    with pytest.raises(SettingError, match="Idempotency-Key must be printable"):
        Call(method="POST", path="/", headers={"Idempotency-Key": value})


@pytest.mark.parametrize("path", ["a\0b.png", "a\0b/c.png", "n" * 256, "p/" * 2049])
def test_a_file_that_no_system_has_is_refused_in_words(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with ImpastoClient() as client, pytest.raises(ClientError, match="cannot read"):
        client.submit(path, [b"x"])
    with (
        ImpastoClient(
            transport=httpx.MockTransport(lambda _: httpx.Response(200, content=b"x"))
        ) as client,
        pytest.raises(ClientError, match="cannot write"),
    ):
        client.save("job", f"{path}.png")
    assert list(tmp_path.iterdir()) == []
