"""The log of deliveries over HTTP, and sending one again."""

from datetime import UTC, datetime
from typing import Any

from app.contract.jobs import new_job_id
from app.contract.messages.deliveries import DeliveryAttempt, DeliveryState
from app.contract.messages.webhooks import Webhook, WebhookEvent
from app.contract.ports import LedgerUnavailableError
from tests.app.conftest import ApiHarness, an_outcome
from tests.stores.new_jobs import new_job

URL = "https://hooks.example/a"


def told_job(api: ApiHarness, owner: str | None = None) -> str:
    """Return the id of a job whose start and success are to be told."""
    events = (WebhookEvent.STARTED, WebhookEvent.SUCCEEDED)
    submitted_job = new_job().model_copy(
        update={"webhook": Webhook(url=URL, events=events), "owner": owner}
    )
    api.ledger.create(submitted_job)
    api.ledger.claim(submitted_job.id, "w")
    api.ledger.succeed(submitted_job.id, 1, an_outcome(submitted_job.id, 1))
    return submitted_job.id


def deliver(api: ApiHarness, status_code: int) -> None:
    """Try the message that is due, and give up if it fails."""
    due = api.outbox.take(30.0)
    assert due is not None
    is_good = status_code == 200
    attempt = DeliveryAttempt(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        status_code=status_code,
        error=None if is_good else "The host answered otherwise.",
        duration_seconds=0.5,
    )
    state = DeliveryState.DELIVERED if is_good else DeliveryState.FAILED
    api.outbox.settle(due, due.delivery.after(attempt, state), None)


def log_of(api: ApiHarness, job_id: str) -> list[dict[str, Any]]:
    answer = api.client.get(f"/v1/jobs/{job_id}/deliveries")
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"data"}
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def test_each_delivery_is_listed_from_the_moment_it_is_due(api: ApiHarness) -> None:
    first, second = log_of(api, told_job(api))
    assert set(first) == {
        *("n", "id", "type", "url", "state", "attempts", "next_attempt_at")
    }
    assert [first["n"], second["n"]] == [0, 1]
    assert [first["type"], second["type"]] == ["job.started", "job.succeeded"]
    assert first["id"].startswith("msg_")
    assert first["url"] == URL
    assert (first["state"], first["attempts"]) == ("pending", [])
    assert first["next_attempt_at"].endswith("Z")


def test_tries_are_listed_with_how_they_went(api: ApiHarness) -> None:
    job_id = told_job(api)
    deliver(api, 500)
    deliver(api, 200)
    first, second = log_of(api, job_id)
    assert (first["state"], second["state"]) == ("failed", "delivered")
    assert first["attempts"] == [
        {
            "at": "2026-01-01T00:00:00Z",
            "status_code": 500,
            "error": "The host answered otherwise.",
            "duration_seconds": 0.5,
        }
    ]
    assert second["attempts"][0]["error"] is None
    assert first["next_attempt_at"] is None


def test_job_without_a_webhook_has_no_deliveries(api: ApiHarness) -> None:
    assert log_of(api, api.succeeded()) == []


def test_failed_delivery_is_sent_again_as_the_same_message(api: ApiHarness) -> None:
    job_id = told_job(api)
    deliver(api, 500)
    before, _ = log_of(api, job_id)
    answer = api.client.post(f"/v1/jobs/{job_id}/deliveries/0/redeliver")
    assert answer.status_code == 202
    assert answer.json()["id"] == before["id"]
    assert answer.json()["state"] == "pending"
    assert len(answer.json()["attempts"]) == 1
    assert api.webhook_bell.rings == 1
    assert log_of(api, job_id)[0] == answer.json()


def test_redelivery_is_due_though_its_bell_is_not_heard(build_api: Any) -> None:
    class DeadBell:
        def ring(self) -> None:
            raise LedgerUnavailableError("refused")

    api = build_api(webhook_bell=DeadBell())
    job_id = told_job(api)
    deliver(api, 500)
    deliver(api, 200)
    answer = api.client.post(f"/v1/jobs/{job_id}/deliveries/1/redeliver")
    assert answer.status_code == 202
    assert api.outbox.needs_bell()


def test_delivery_that_is_not_there_cannot_be_sent_again(api: ApiHarness) -> None:
    job_id = told_job(api)
    answer = api.client.post(f"/v1/jobs/{job_id}/deliveries/2/redeliver")
    assert (answer.status_code, answer.json()["code"]) == (404, "delivery_not_found")
    assert answer.json()["job_id"] == job_id
    for number, code in (
        ("-1", "out_of_range"),
        (str(2**70), "out_of_range"),
        ("x", "invalid_value"),
        ("1.5", "invalid_value"),
    ):
        answer = api.client.post(f"/v1/jobs/{job_id}/deliveries/{number}/redeliver")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert api.webhook_bell.rings == 0


def test_unknown_job_and_job_of_another_key_are_the_same(api: ApiHarness) -> None:
    other = told_job(api, owner="key_2")
    for job_id in (new_job_id(), "job_1", "..", other):
        for answer in (
            api.client.get(f"/v1/jobs/{job_id}/deliveries"),
            api.client.post(f"/v1/jobs/{job_id}/deliveries/0/redeliver"),
        ):
            assert answer.status_code == 404
            assert answer.json()["code"] in {"job_not_found", "not_found"}


def test_secret_is_shown_nowhere(api: ApiHarness) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    submitted_job = new_job().model_copy(
        update={"webhook": Webhook(url=URL, secret=secret)}
    )
    api.ledger.create(submitted_job)
    api.ledger.requests.cancel(submitted_job.id)
    for path in ("", "/deliveries"):
        answer = api.client.get(f"/v1/jobs/{submitted_job.id}{path}")
        assert URL in answer.text
        assert "whsec_" not in answer.text
