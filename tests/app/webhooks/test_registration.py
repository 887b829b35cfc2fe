"""What a submission may say in `webhook`."""

from typing import Any

import pytest

from app.contract.messages.webhooks import DEFAULT_WEBHOOK_EVENTS, WebhookEvent
from app.outbound import OutboundClient
from app.problems import ProblemError
from app.webhooks.registration import Registrar
from tests.app.outbound.servers import PUBLIC, Names

URL = "https://hooks.example/a"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def registrar(*addresses: str) -> Registrar:
    names = Names([list(addresses or (PUBLIC,))])
    return Registrar(OutboundClient(resolve=names).check)


def refusal(value: Any, *addresses: str) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        registrar(*addresses).accept(value)
    return caught.value


def test_url_alone_is_enough() -> None:
    webhook = registrar().accept({"url": URL})
    assert webhook.url == URL
    assert webhook.secret is None
    assert webhook.events == DEFAULT_WEBHOOK_EVENTS


def test_secret_and_events_are_taken() -> None:
    value = {"url": URL, "secret": SECRET, "events": ["job.started"]}
    webhook = registrar().accept(value)
    assert webhook.secret == SECRET
    assert webhook.events == (WebhookEvent.STARTED,)


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example/", "https://10.0.0.1/", "https://u:p@hooks.example/", "x"],
)
def test_forbidden_url_is_named(url: str) -> None:
    error = refusal({"url": url})
    assert error.code == "webhook_url_forbidden"
    (entry,) = error.errors
    assert (entry.field, entry.actual) == ("/webhook/url", url)


def test_name_that_leads_inside_is_forbidden() -> None:
    assert refusal({"url": URL}, "10.0.0.1").code == "webhook_url_forbidden"


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("https://hooks.example", "/webhook"),
        (None, "/webhook"),
        ([], "/webhook"),
        ({}, "/webhook/url"),
        ({"url": 7}, "/webhook/url"),
        ({"url": "https://hooks.example/" + "a" * 2048}, "/webhook/url"),
        ({"url": URL, "events": []}, "/webhook/events"),
        ({"url": URL, "events": ["job.painted"]}, "/webhook/events/0"),
        ({"url": URL, "secret": "hunter2"}, "/webhook/secret"),
        ({"url": URL, "secret": "whsec_" + "A" * 25}, "/webhook/secret"),
        ({"url": URL, "secret": "whsec_" + "A" * 28}, "/webhook/secret"),
    ],
)
def test_value_of_the_wrong_kind_is_named(value: Any, field: str) -> None:
    error = refusal(value)
    assert error.code == "invalid_value"
    assert error.errors[0].field == field
    assert error.detail


def test_secret_that_is_none_is_not_repeated() -> None:
    error = refusal({"url": URL, "secret": "whsec_hunter2hunter2hunter2"})
    assert "hunter2" not in f"{error} {error.errors}"


def test_unknown_member_is_named() -> None:
    error = refusal({"url": URL, "sekret": "x"})
    assert error.code == "unknown_field"
    assert error.errors[0].field == "/webhook/sekret"
