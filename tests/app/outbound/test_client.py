"""What goes over the wire, and what ends it."""

import socket
import threading
import time
from pathlib import Path

import pytest

from app.outbound import (
    ForbiddenUrlError,
    OutboundClient,
    OutboundLimits,
    OutboundRules,
    RequestFailedError,
    UnknownHostError,
)
from app.outbound.resolver import SystemResolver
from tests.app.outbound.servers import (
    PUBLIC,
    Detour,
    Names,
    answer,
    answering,
    server_context,
    serving,
    trusting_context,
)

BOTH = frozenset({"http", "https"})
AT_HOME = OutboundRules(schemes=BOTH, allow_private=True)
LIMITS = OutboundLimits(total_s=2, dns_s=1, max_bytes=1000)
SHORT = OutboundLimits(total_s=0.3, dns_s=0.2, max_bytes=1000)


@pytest.fixture
def client() -> OutboundClient:
    return OutboundClient(rules=AT_HOME)


def test_a_name_is_resolved_once_and_its_judged_address_is_dialed() -> None:
    """Rebinding: the second answer would be this machine."""
    names = Names([[PUBLIC], ["127.0.0.1"]])
    with serving(answer(200, b"picture")) as server:
        detour = Detour(server.port)
        client = OutboundClient(
            rules=OutboundRules(schemes=BOTH), resolve=names, sockets=detour
        )
        assert client.fetch("http://rebinding.example/a?b#c", LIMITS) == b"picture"
    assert names.asked == ["rebinding.example"]
    assert detour.dialed == [(PUBLIC, 80)]
    first, *headers = server.requests[0].decode().split("\r\n")
    assert first == "GET /a?b HTTP/1.1"
    assert "Host: rebinding.example" in headers
    assert "Accept-Encoding: identity" in headers
    assert not any(line.lower().startswith("cookie") for line in headers)


def test_a_name_of_this_machine_is_dialed_by_nobody() -> None:
    detour = Detour(1)
    client = OutboundClient(resolve=Names([[PUBLIC, "127.0.0.1"]]), sockets=detour)
    with pytest.raises(ForbiddenUrlError):
        client.post("https://inside.example/", b"{}", {}, LIMITS)
    assert detour.dialed == []


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with serving(answer(204)) as server:
        detour = Detour(server.port, broken=("2606:4700::1",))
        client = OutboundClient(
            rules=OutboundRules(schemes=BOTH),
            resolve=Names([["2606:4700::1", PUBLIC]]),
            sockets=detour,
        )
        assert client.post("http://dual.example/", b"", {}, LIMITS).status == 204
    assert [host for host, _ in detour.dialed] == ["2606:4700::1", PUBLIC]


def test_tls_speaks_of_the_name_though_the_address_is_dialed(tmp_path: Path) -> None:
    with serving(answer(200, b"x"), context=server_context(tmp_path)) as server:
        client = OutboundClient(
            resolve=Names([[PUBLIC], [PUBLIC]]),
            sockets=Detour(server.port),
            trust=trusting_context(),
        )
        assert client.fetch("https://hooks.example.test/", LIMITS) == b"x"
        with pytest.raises(RequestFailedError, match=r"certificate.*mismatch"):
            client.fetch("https://other.example.test/", LIMITS)
    assert len(server.requests) == 1


def test_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with serving(answer(200), context=server_context(tmp_path)) as server:
        client = OutboundClient(resolve=Names([[PUBLIC]]), sockets=Detour(server.port))
        with pytest.raises(RequestFailedError, match="certificate was refused"):
            client.post("https://hooks.example.test/", b"{}", {}, LIMITS)
    assert server.requests == []


def test_plain_http_where_tls_is_expected_is_refused(client: OutboundClient) -> None:
    with (
        serving(answer(200)) as server,
        pytest.raises(RequestFailedError, match=r"TLS|broke"),
    ):
        client.fetch(server.url.replace("http:", "https:"), LIMITS)


def test_no_proxy_of_the_environment_is_asked(
    client: OutboundClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(answer(200, b"direct")) as server:
        assert client.fetch(server.url, LIMITS) == b"direct"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(client: OutboundClient, status: int) -> None:
    with (
        serving(answer(200)) as inside,
        serving(answer(status, Location=inside.url)) as server,
    ):
        assert client.post(server.url, b"{}", {}, LIMITS).status == status
        with pytest.raises(RequestFailedError, match=str(status)):
            client.fetch(server.url, LIMITS)
    assert inside.requests == []


def test_post_carries_body_and_headers_and_brings_the_answers_head(
    client: OutboundClient,
) -> None:
    with serving(answer(503, b"busy", Retry_After="7")) as server:
        reply = client.post(server.url, b'{"a":1}', {"webhook-id": "msg_1"}, LIMITS)
    assert reply.status == 503
    assert reply.headers["retry-after"] == "7"
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    assert body == '{"a":1}'
    assert head.startswith("POST /hook HTTP/1.1")
    assert "webhook-id: msg_1" in head
    assert head.count("Content-Length: 7") == 1
    assert f"Host: 127.0.0.1:{server.port}" in head


def chunked(*pieces: bytes) -> bytes:
    framed = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed + b"0\r\n\r\n"
    )


def test_body_may_have_its_limit_and_no_byte_more(client: OutboundClient) -> None:
    whole, longer = bytes(1000), bytes(1001)
    scripts = [answer(200, whole), answering(chunked(whole))]
    with serving(*scripts) as server:
        assert client.fetch(server.url, LIMITS) == whole
        assert client.fetch(server.url, LIMITS) == whole
    scripts = [answer(200, longer), answering(chunked(*[bytes(91)] * 11))]
    with serving(*scripts) as server:
        for _ in range(2):
            with pytest.raises(RequestFailedError, match="more than 1000 bytes"):
                client.fetch(server.url, LIMITS)
    assert len(server.requests) == 2


def test_body_without_end_is_cut_off(client: OutboundClient) -> None:
    sent = [0]

    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(bytes(65536))
            sent[0] += 65536

    with (
        serving(flood) as server,
        pytest.raises(RequestFailedError, match="more than"),
    ):
        client.fetch(server.url, LIMITS)
    assert sent[0] < 20 * 2**20


def test_compressed_bodies_are_not_unpacked(client: OutboundClient) -> None:
    with (
        serving(answer(200, b"\x1f\x8b", Content_Encoding="gzip")) as server,
        pytest.raises(RequestFailedError, match="Content-Encoding"),
    ):
        client.fetch(server.url, LIMITS)


def drip(head: bytes) -> object:
    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(100):
            time.sleep(0.05)
            connection.sendall(b"a")

    return script


@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"],
    ids=["no head", "half a head", "endless body"],
)
def test_dripping_host_is_left_at_the_deadline(
    client: OutboundClient, head: bytes
) -> None:
    """Each byte comes in time; all of them together do not."""
    with serving(drip(head)) as server:  # type: ignore[arg-type]
        began_s = time.monotonic()
        with pytest.raises(RequestFailedError, match=r"within 0\.3 seconds"):
            client.fetch(server.url, SHORT)
        assert time.monotonic() - began_s < 0.6


def test_head_without_end_is_refused(client: OutboundClient) -> None:
    lines = b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 40_000
    with serving(answering(lines)) as server, pytest.raises(RequestFailedError):
        client.fetch(server.url, LIMITS)


@pytest.mark.parametrize(
    "words", [b"SSH-2.0-OpenSSH\r\n\r\n", b"", b"HTTP/1.1 2\r\n\r\n"]
)
def test_what_is_no_http_is_a_failure(client: OutboundClient, words: bytes) -> None:
    with serving(answering(words)) as server, pytest.raises(RequestFailedError):
        client.post(server.url, b"{}", {}, LIMITS)


def test_port_where_nobody_listens_is_a_failure(client: OutboundClient) -> None:
    with serving(answer(200)) as server:
        url = server.url
    with pytest.raises(RequestFailedError, match="did not accept"):
        client.post(url, b"{}", {}, LIMITS)


def test_resolver_that_hangs_is_left_within_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(5) and [])
    began_s = time.monotonic()
    with pytest.raises(UnknownHostError, match="in time"):
        SystemResolver()("slow.example", 0.1)
    release.set()
    assert time.monotonic() - began_s < 1


def test_system_resolver_knows_this_machine_and_no_nonsense() -> None:
    resolve = SystemResolver()
    assert "127.0.0.1" in map(str, resolve("localhost", 5))
    with pytest.raises(UnknownHostError):
        resolve("no-such-host.invalid", 5)


def test_localhost_is_refused_by_what_it_resolves_to() -> None:
    with pytest.raises(ForbiddenUrlError):
        OutboundClient().check("https://localhost/")


@pytest.mark.parametrize("name", ["total_s", "dns_s", "max_bytes"])
def test_limits_refuse_nonsense(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        OutboundLimits(**{name: 0})


def test_whatever_a_lookup_meets_is_answered_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    began_s = time.monotonic()
    with pytest.raises(UnknownHostError, match="not known"):
        SystemResolver()("host.example", 5.0)
    assert time.monotonic() - began_s < 2
