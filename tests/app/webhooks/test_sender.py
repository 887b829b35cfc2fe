"""Messages on their way to a real server of this machine."""

import hashlib
import hmac
import json
import threading
import time
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from app.contract.kinds import KINDS
from app.contract.messages.deliveries import Delivery, DeliveryState
from app.contract.messages.webhooks import Webhook, WebhookEvent
from app.contract.ports import LedgerUnavailableError
from app.contract.views.jobs import JobView
from app.http.access.links import Links
from app.outbound import OutboundRules
from app.webhooks.messages import MAX_BODY_BYTES
from app.webhooks.sender import LEASE_S
from tests.app.outbound.servers import answer, serving
from tests.app.webhooks.jobs import ALL_EVENTS, KEY, LIMITS, Mail
from tests.stores.new_jobs import new_job


@pytest.fixture
def mail() -> Mail:
    return Mail()


def the_delivery(mail: Mail, job_id: str) -> Delivery:
    (delivery,) = mail.outbox.deliveries(job_id)
    return delivery


def parts(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value for name, value in lines}, body


def is_signed(request: bytes, key: bytes) -> bool:
    """Check a signature as a receiver would, written from the specification."""
    headers, body = parts(request)
    start = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode()
    expected = hmac.new(key, start + body, hashlib.sha256).digest()
    texts = (text.split(",") for text in headers["webhook-signature"].split())
    return any(v == "v1" and b64decode(text) == expected for v, text in texts)


def test_success_is_told_once_signed_and_as_get_shows_the_job(mail: Mail) -> None:
    with serving(answer(204)) as server:
        job_id = mail.succeeded(server.url)
        job = mail.ledger.get(job_id)
        shown = JobView.of(job, Links("https://impasto.example"), KINDS)
        assert mail.sender.deliver_all() == 1
        mail.clock.pass_time(100_000)
        assert mail.sender.deliver_all() == 0
    (request,) = server.requests
    headers, body = parts(request)
    delivery = the_delivery(mail, job_id)
    assert request.startswith(b"POST /hook HTTP/1.1\r\n")
    assert headers["content-type"] == "application/json"
    assert headers["webhook-id"] == delivery.id
    assert headers["webhook-timestamp"] == "1767225600"
    assert is_signed(request, KEY)
    assert not is_signed(request, bytes(32))
    message = json.loads(body)
    assert set(message) == {"type", "timestamp", "data"}
    assert message["type"] == "job.succeeded"
    assert message["timestamp"] == "2026-01-01T00:00:00Z"
    assert message["data"] == json.loads(shown.model_dump_json(by_alias=True))
    assert message["data"]["urls"]["self"].startswith("https://impasto.example/v1/")
    assert len(body) < MAX_BODY_BYTES


def test_answer_is_logged(mail: Mail) -> None:
    with serving(answer(200, b"thanks")) as server:
        job_id = mail.succeeded(server.url)
        mail.sender.deliver_all()
    delivery = the_delivery(mail, job_id)
    (attempt,) = delivery.attempts
    assert delivery.state is DeliveryState.DELIVERED
    assert (attempt.status_code, attempt.error) == (200, None)
    assert attempt.at == datetime(2026, 1, 1, tzinfo=UTC)
    assert 0 <= attempt.duration_seconds < 0.5


def test_only_events_that_were_asked_for_are_told(mail: Mail) -> None:
    with serving(answer(200)) as server:
        mail.succeeded(server.url)
        mail.succeeded(server.url, events=ALL_EVENTS)
        mail.succeeded(server.url, events=(WebhookEvent.FAILED,))
        canceled = mail.submit(server.url)
        mail.ledger.requests.cancel(canceled)
        assert mail.sender.deliver_all() == 4
    types = [json.loads(parts(each)[1])["type"] for each in server.requests]
    assert sorted(types) == [
        "job.canceled",
        "job.started",
        "job.succeeded",
        "job.succeeded",
    ]


def test_failed_try_is_repeated_with_the_same_id_and_a_new_time(mail: Mail) -> None:
    with serving(answer(500), answer(200)) as server:
        job_id = mail.succeeded(server.url)
        assert mail.sender.deliver_all() == 1
        waiting = the_delivery(mail, job_id)
        assert waiting.state is DeliveryState.PENDING
        assert waiting.next_attempt_at == datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)
        mail.clock.pass_time(4.9)
        assert mail.sender.deliver_all() == 0
        mail.clock.pass_time(0.2)
        assert mail.sender.deliver_all() == 1
    first, second = map(parts, server.requests)
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert first[0]["webhook-timestamp"] != second[0]["webhook-timestamp"]
    assert all(is_signed(each, KEY) for each in server.requests)
    delivery = the_delivery(mail, job_id)
    assert delivery.state is DeliveryState.DELIVERED
    assert [each.status_code for each in delivery.attempts] == [500, 200]
    assert delivery.attempts[0].error == "The host answered 500, not 2xx."
    assert delivery.attempts[1].error is None


def test_eight_tries_at_their_times_and_then_no_more(mail: Mail) -> None:
    began_s, tries_s = mail.clock(), []
    with serving(answer(500)) as server:
        job_id = mail.succeeded(server.url)
        while mail.sender.deliver_all():
            tries_s.append(round(mail.clock() - began_s))
            if (next_at := the_delivery(mail, job_id).next_attempt_at) is not None:
                mail.clock.pass_time(next_at.timestamp() + 0.02 - mail.clock())
    assert tries_s == [0, 5, 60, 300, 1800, 7200, 18_000, 36_000]
    delivery = the_delivery(mail, job_id)
    assert (delivery.state, len(delivery.attempts)) == (DeliveryState.FAILED, 8)


def test_gone_ends_it_at_once(mail: Mail) -> None:
    with serving(answer(410, Retry_After="1")) as server:
        job_id = mail.succeeded(server.url)
        mail.sender.deliver_all()
        mail.clock.pass_time(100_000)
        assert mail.sender.deliver_all() == 0
    delivery = the_delivery(mail, job_id)
    assert delivery.state is DeliveryState.FAILED
    assert delivery.next_attempt_at is None
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("asked", "pause"), [("90", 90), ("Thu, 01 Jan 2026 00:02:00 GMT", 120), ("1", 5)]
)
def test_retry_after_is_obeyed(mail: Mail, asked: str, pause: int) -> None:
    with serving(answer(503, Retry_After=asked)) as server:
        job_id = mail.succeeded(server.url)
        mail.sender.deliver_all()
    next_at = the_delivery(mail, job_id).next_attempt_at
    assert next_at is not None
    assert next_at.timestamp() - mail.clock() == pause


def test_slow_server_is_left_at_the_deadline(mail: Mail) -> None:
    with serving(lambda connection: time.sleep(0.8)) as server:
        job_id = mail.succeeded(server.url)
        began_s = time.monotonic()
        mail.sender.deliver_all()
        assert time.monotonic() - began_s < LIMITS.total_s + 0.25
    (attempt,) = the_delivery(mail, job_id).attempts
    assert attempt.status_code is None
    assert attempt.error == "The host did not answer within 0.5 seconds."
    assert attempt.duration_seconds >= LIMITS.total_s


def test_lease_outlasts_the_longest_try() -> None:
    from app.webhook_process import LIMITS  # noqa: PLC0415

    assert 2 * LIMITS.total_s < LEASE_S


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_a_failure_and_not_followed(mail: Mail, status: int) -> None:
    with (
        serving(answer(200)) as elsewhere,
        serving(answer(status, Location=elsewhere.url)) as server,
    ):
        job_id = mail.succeeded(server.url)
        mail.sender.deliver_all()
    assert elsewhere.requests == []
    delivery = the_delivery(mail, job_id)
    assert delivery.state is DeliveryState.PENDING
    assert delivery.attempts[0].status_code == status


def test_private_address_is_refused_at_delivery_too() -> None:
    """The name may lead elsewhere by now, or the operator has changed the rules."""
    mail = Mail(rules=OutboundRules(schemes=frozenset({"http"})))
    with serving(answer(200)) as server:
        job_id = mail.succeeded(server.url.replace(f":{server.port}", ""))
        mail.sender.deliver_all()
    assert server.requests == []
    (attempt,) = the_delivery(mail, job_id).attempts
    assert attempt.error == "Its host is not on the public internet."


def test_jobs_own_secret_replaces_that_of_the_service(mail: Mail) -> None:
    own = bytes(range(7, 39))
    secret = "whsec_" + b64encode(own).decode()
    with serving(answer(200)) as server:
        mail.succeeded(server.url, secret=secret)
        mail.sender.deliver_all()
    (request,) = server.requests
    assert is_signed(request, own)
    assert not is_signed(request, KEY)
    assert secret.encode() not in request


def test_old_and_new_secret_sign_while_the_services_rotates() -> None:
    mail = Mail(keys=(bytes(24), KEY))
    with serving(answer(200)) as server:
        mail.succeeded(server.url)
        mail.sender.deliver_all()
    assert is_signed(server.requests[0], KEY)
    assert is_signed(server.requests[0], bytes(24))


def test_metadata_too_long_for_a_message_are_left_out_and_it_says_so(
    mail: Mail,
) -> None:
    with serving(answer(200)) as server:
        submitted_job = new_job().model_copy(
            update={
                "webhook": Webhook(url=server.url),
                "metadata": {"text": "ü" * 10_000},
            }
        )
        mail.ledger.requests.cancel(mail.record(submitted_job))
        mail.sender.deliver_all()
    _, body = parts(server.requests[-1])
    message = json.loads(body)
    assert len(body) < MAX_BODY_BYTES
    assert message["truncated"] == ["metadata"]
    assert message["data"]["metadata"] == {}
    assert message["data"]["id"] == submitted_job.id


@pytest.mark.parametrize("text", ["ü" * 5000, '"\\', "\x00\n"])
def test_metadata_of_every_text_arrive_as_they_were_sent(mail: Mail, text: str) -> None:
    with serving(answer(200)) as server:
        submitted_job = new_job().model_copy(
            update={"webhook": Webhook(url=server.url), "metadata": {"text": text}}
        )
        mail.ledger.requests.cancel(mail.record(submitted_job))
        mail.sender.deliver_all()
    (request,) = server.requests
    message = json.loads(parts(request)[1])
    assert message["data"]["metadata"] == {"text": text}
    assert "truncated" not in message
    assert is_signed(request, KEY)


def test_message_of_a_deleted_job_is_dropped(mail: Mail) -> None:
    mail.ledger.make_due("job_gone", WebhookEvent.SUCCEEDED)
    assert mail.sender.deliver_all() == 1
    assert mail.outbox.deliveries("job_gone") == []
    assert not mail.outbox.needs_bell()


def test_message_that_cannot_be_made_does_not_hold_up_the_others(
    mail: Mail, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(answer(200)) as server:
        broken = mail.succeeded(server.url, secret="whsec_" + "A" * 25)
        mail.succeeded(server.url)
        assert mail.sender.deliver_all() == 2
    assert "base64" in caplog.text
    (attempt,) = the_delivery(mail, broken).attempts
    assert attempt.error == "The service could not make the message."
    assert len(server.requests) == 1


def test_try_of_a_dead_process_is_taken_up_again(mail: Mail) -> None:
    with serving(answer(200)) as server:
        job_id = mail.succeeded(server.url)
        assert mail.outbox.take(LEASE_S) is not None  # and then it died
        assert mail.sender.deliver_all() == 0
        mail.clock.pass_time(LEASE_S)
        assert mail.sender.deliver_all() == 1
    assert the_delivery(mail, job_id).state is DeliveryState.DELIVERED


def test_process_that_must_leave_begins_no_new_try(mail: Mail) -> None:
    with serving(answer(200)) as server:
        mail.succeeded(server.url)
        mail.sender.stopping.set()
        assert mail.sender.deliver_all() == 0
    assert server.requests == []


def test_several_threads_send_each_message_once(mail: Mail) -> None:
    with serving(answer(200)) as server:
        for _ in range(20):
            mail.succeeded(server.url)
        threads = [threading.Thread(target=mail.sender.deliver_all) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    ids = [parts(each)[0]["webhook-id"] for each in server.requests]
    assert len(ids) == len(set(ids)) == 20


def test_outage_of_the_outbox_is_for_the_caller_to_see(mail: Mail) -> None:
    class Down:
        def take(self, lease_s: float) -> Any:
            raise LedgerUnavailableError("refused")

    object.__setattr__(mail.sender, "outbox", Down())
    with pytest.raises(LedgerUnavailableError):
        mail.sender.deliver_all()
