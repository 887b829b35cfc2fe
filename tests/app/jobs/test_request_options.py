"""What headers and terms ask for: deadlines, traces, time to live, whom to tell."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.contract.messages.webhooks import Webhook
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_routes import assert_problem
from tests.app.submissions.sending import a_job, receive_with, send

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_time_to_live_is_kept(api: ApiHarness) -> None:
    assert api.submit().json()["ttl_seconds"] == 86_400
    assert api.submit(ttl_seconds="3600").json()["ttl_seconds"] == 3600
    assert send(api, a_job(ttl_seconds=604_800)).json()["ttl_seconds"] == 604_800


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3599", "out_of_range"),
        ("604801", "out_of_range"),
        ("-1", "out_of_range"),
        ("nan", "not_finite"),
        ("3600.0", "invalid_value"),
        ("1e4", "invalid_value"),
        ("9" * 400, "invalid_value"),
        ("an hour", "invalid_value"),
    ],
)
def test_a_form_says_the_time_to_live_in_whole_seconds(
    api: ApiHarness, text: str, code: str
) -> None:
    body = assert_problem(api.submit(ttl_seconds=text), 422, code)
    assert body["errors"][0]["field"] == "/ttl_seconds"
    assert api.is_untouched


@pytest.mark.parametrize("text", ["90s", "90", "90 s", "90.0s"])
def test_a_job_may_be_canceled_after_a_while(api: ApiHarness, text: str) -> None:
    before = datetime.now(UTC)
    job = send(api, a_job(), Cancel_After=text).json()
    deadline = datetime.fromisoformat(job["deadline_at"])
    assert timedelta(0) <= deadline - before - timedelta(seconds=90) < timedelta(0, 5)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "invalid_value"),
        ("soon", "invalid_value"),
        ("-5s", "invalid_value"),
        ("90m", "invalid_value"),
        ("1e3", "invalid_value"),
        ("nan", "invalid_value"),
        ("9999999999", "invalid_value"),
        ("0", "out_of_range"),
        ("0.5s", "out_of_range"),
        ("604801s", "out_of_range"),
    ],
)
def test_a_deadline_that_is_none_is_refused(
    api: ApiHarness, text: str, code: str
) -> None:
    body = assert_problem(send(api, a_job(), Cancel_After=text), 422, code)
    assert body["errors"][0]["field"] == "/Cancel-After"
    assert api.is_untouched


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (TRACE, TRACE),
        (TRACE.replace("00-", "ff-", 1), None),
        (TRACE.upper(), None),
        (f"{TRACE}-x", None),
        (TRACE.replace("00-", "01-", 1), TRACE),
        (TRACE.replace("00-", "cc-", 1) + "-what-comes-later", TRACE),
        (TRACE.replace("00-", "01-", 1)[:-2] + "fe", TRACE[:-2] + "00"),
        (TRACE.replace("00-", "01-", 1) + "more", None),
        (f"{TRACE}-", None),
        ("00-" + "0" * 32 + "-00f067aa0ba902b7-01", None),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01", None),
        ("x", None),
    ],
)
def test_a_trace_is_kept_if_it_is_one(
    api: ApiHarness, text: str, kept: str | None
) -> None:
    answer = send(api, a_job(), traceparent=text)
    assert answer.status_code == 202
    assert api.ledger.get(answer.json()["id"]).traceparent == kept


def test_the_job_knows_how_its_client_reached_us(api: ApiHarness) -> None:
    job_id = send(api, a_job()).json()["id"]
    assert api.ledger.get(job_id).origin == "http://testserver"


def test_a_webhook_is_kept_and_its_secret_not_shown(api: ApiHarness) -> None:
    secret = "whsec_" + "A" * 32
    hook = {"url": "https://x.example/h", "secret": secret, "events": ["job.started"]}
    answer = send(api, a_job(webhook=hook))
    assert answer.json()["webhook"] == {
        "url": "https://x.example/h",
        "events": ["job.started"],
    }
    assert secret not in answer.text
    assert api.ledger.get(answer.json()["id"]).webhook.secret == secret
    form = api.submit(webhook='{"url": "https://x.example/h"}')
    assert form.json()["webhook"]["events"] == [
        "job.succeeded",
        "job.failed",
        "job.canceled",
    ]


@pytest.mark.parametrize(
    ("text", "code", "field"),
    [
        ("https://x.example", "invalid_value", "/webhook"),
        ('{"url": "ftp://x"}', "webhook_url_forbidden", "/webhook/url"),
        ('{"url": "https://x", "url": "https://y"}', "invalid_value", "/webhook"),
        ('{"url": "https://x", "events": []}', "invalid_value", "/webhook/events"),
        ('{"url": "https://x", "events": ["x"]}', "invalid_value", "/webhook/events/0"),
        ('{"url": "https://x", "a/b": 1}', "unknown_field", "/webhook/a~1b"),
    ],
)
def test_a_bad_webhook_of_a_form_is_refused(
    api: ApiHarness, text: str, code: str, field: str
) -> None:
    body = assert_problem(api.submit(webhook=text), 422, code)
    assert body["errors"][0]["field"] == field
    assert api.is_untouched


def test_whoever_judges_webhooks_is_asked(api: ApiHarness) -> None:
    asked: list[Any] = []

    def judge(value: Any) -> Webhook:
        asked.append(value)
        return Webhook(url="https://judged.example")

    receive_with(api, accept_webhook=judge)
    job = api.submit(webhook='{"url": "anything"}').json()
    assert asked == [{"url": "anything"}]
    assert job["webhook"]["url"] == "https://judged.example"


@pytest.mark.parametrize("accept", ["text/html", "image/bmp", "application/json;q=0"])
def test_who_takes_nothing_we_make_is_told_so_first(
    api: ApiHarness, accept: str
) -> None:
    answer = send(api, b"x" * 10, Accept=accept)
    assert_problem(answer, 406, "not_acceptable")
