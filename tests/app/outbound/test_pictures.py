"""Pictures by URL: off by default, and every failure a problem that names the field."""

import pytest

from app.outbound import OutboundClient, OutboundLimits, OutboundRules
from app.outbound.pictures import PictureFetcher
from app.problems import ProblemError
from tests.app.outbound.servers import PUBLIC, Detour, Names, answer, serving

LIMITS = OutboundLimits(total_s=0.5, dns_s=0.3, max_bytes=100)
RULES = OutboundRules(schemes=frozenset({"http"}))


def fetcher(port: int, *, is_enabled: bool = True) -> PictureFetcher:
    client = OutboundClient(RULES, Names([[PUBLIC]]), Detour(port))
    return PictureFetcher(client, LIMITS, is_enabled)


def code_of(fetcher: PictureFetcher, url: str = "http://pictures.example/a") -> str:
    with pytest.raises(ProblemError) as caught:
        fetcher.fetch(url, "/content/url")
    (entry,) = caught.value.errors
    assert (entry.field, entry.actual) == ("/content/url", url)
    assert caught.value.detail.startswith("content/url: ")
    assert caught.value.kind.status == 422
    return str(caught.value.code)


def test_bytes_of_a_public_url_come_when_it_is_on() -> None:
    with serving(answer(200, b"jpeg")) as server:
        fetched = fetcher(server.port).fetch(
            "http://pictures.example/a", "/content/url"
        )
    assert fetched == b"jpeg"


def test_nothing_is_asked_when_it_is_off() -> None:
    with serving(answer(200, b"jpeg")) as server:
        assert code_of(fetcher(server.port, is_enabled=False)) == "url_input_disabled"
    assert server.requests == []
    assert not PictureFetcher(OutboundClient(), LIMITS).is_enabled


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "http://10.0.0.1/", "ftp://a/"])
def test_private_url_is_forbidden(url: str) -> None:
    assert code_of(fetcher(1), url) == "url_forbidden"


@pytest.mark.parametrize("status", [204, 301, 404, 500])
def test_other_answers_are_failures(status: int) -> None:
    with serving(answer(status)) as server:
        assert code_of(fetcher(server.port)) == "url_fetch_failed"


def test_too_much_is_a_failure() -> None:
    with serving(answer(200, bytes(101))) as server:
        assert code_of(fetcher(server.port)) == "url_fetch_failed"


def test_host_that_is_not_known_is_a_failure() -> None:
    client = OutboundClient(RULES, Names([]))
    assert (
        code_of(PictureFetcher(client, LIMITS, is_enabled=True)) == "url_fetch_failed"
    )
