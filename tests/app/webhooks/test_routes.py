"""The log of deliveries over HTTP, and sending one again."""

from datetime import UTC, datetime
from typing import Any

from app.contract.deliveries import DeliveryAttempt, DeliveryState
from app.contract.jobs import new_job_id
from app.contract.ports import LedgerUnavailableError
from app.contract.webhooks import Webhook, WebhookEvent
from tests.app.conftest import House, an_outcome
from tests.stores.slips import new_job

URL = "https://hooks.example/a"


def told_job(house: House, owner: str | None = None) -> str:
    """Return the id of a job whose start and success are to be told."""
    events = (WebhookEvent.STARTED, WebhookEvent.SUCCEEDED)
    slip = new_job().model_copy(
        update={"webhook": Webhook(url=URL, events=events), "owner": owner}
    )
    house.ledger.create(slip)
    house.ledger.claim(slip.id, "w")
    house.ledger.succeed(slip.id, 1, an_outcome(slip.id, 1))
    return slip.id


def deliver(house: House, status_code: int) -> None:
    """Try the message that is due, and give up if it fails."""
    due = house.outbox.take(30.0)
    assert due is not None
    is_good = status_code == 200
    attempt = DeliveryAttempt(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        status_code=status_code,
        error=None if is_good else "The host answered otherwise.",
        duration_seconds=0.5,
    )
    state = DeliveryState.DELIVERED if is_good else DeliveryState.FAILED
    house.outbox.settle(due, due.delivery.after(attempt, state), None)


def log_of(house: House, job_id: str) -> list[dict[str, Any]]:
    answer = house.client.get(f"/v1/jobs/{job_id}/deliveries")
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"data"}
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


def test_each_delivery_is_listed_from_the_moment_it_is_due(house: House) -> None:
    first, second = log_of(house, told_job(house))
    assert set(first) == {
        *("n", "id", "type", "url", "state", "attempts", "next_attempt_at")
    }
    assert [first["n"], second["n"]] == [0, 1]
    assert [first["type"], second["type"]] == ["job.started", "job.succeeded"]
    assert first["id"].startswith("msg_")
    assert first["url"] == URL
    assert (first["state"], first["attempts"]) == ("pending", [])
    assert first["next_attempt_at"].endswith("Z")


def test_tries_are_listed_with_how_they_went(house: House) -> None:
    job_id = told_job(house)
    deliver(house, 500)
    deliver(house, 200)
    first, second = log_of(house, job_id)
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


def test_job_without_a_webhook_has_no_deliveries(house: House) -> None:
    assert log_of(house, house.succeeded()) == []


def test_failed_delivery_is_sent_again_as_the_same_message(house: House) -> None:
    job_id = told_job(house)
    deliver(house, 500)
    before, _ = log_of(house, job_id)
    answer = house.client.post(f"/v1/jobs/{job_id}/deliveries/0/redeliver")
    assert answer.status_code == 202
    assert answer.json()["id"] == before["id"]
    assert answer.json()["state"] == "pending"
    assert len(answer.json()["attempts"]) == 1
    assert house.webhook_bell.rings == 1
    assert log_of(house, job_id)[0] == answer.json()


def test_redelivery_is_due_though_its_bell_is_not_heard(build_house: Any) -> None:
    class DeadBell:
        def ring(self) -> None:
            raise LedgerUnavailableError("refused")

    house = build_house(webhook_bell=DeadBell())
    job_id = told_job(house)
    deliver(house, 500)
    deliver(house, 200)
    answer = house.client.post(f"/v1/jobs/{job_id}/deliveries/1/redeliver")
    assert answer.status_code == 202
    assert house.outbox.needs_bell()


def test_delivery_that_is_not_there_cannot_be_sent_again(house: House) -> None:
    job_id = told_job(house)
    answer = house.client.post(f"/v1/jobs/{job_id}/deliveries/2/redeliver")
    assert (answer.status_code, answer.json()["code"]) == (404, "delivery_not_found")
    assert answer.json()["job_id"] == job_id
    for number, code in (
        ("-1", "out_of_range"),
        (str(2**70), "out_of_range"),
        ("x", "invalid_value"),
        ("1.5", "invalid_value"),
    ):
        answer = house.client.post(f"/v1/jobs/{job_id}/deliveries/{number}/redeliver")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert house.webhook_bell.rings == 0


def test_unknown_job_and_job_of_another_key_are_the_same(house: House) -> None:
    other = told_job(house, owner="key_2")
    for job_id in (new_job_id(), "job_1", "..", other):
        for answer in (
            house.client.get(f"/v1/jobs/{job_id}/deliveries"),
            house.client.post(f"/v1/jobs/{job_id}/deliveries/0/redeliver"),
        ):
            assert answer.status_code == 404
            assert answer.json()["code"] in {"job_not_found", "not_found"}


def test_secret_is_shown_nowhere(house: House) -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    slip = new_job().model_copy(update={"webhook": Webhook(url=URL, secret=secret)})
    house.ledger.create(slip)
    house.ledger.request_cancel(slip.id)
    for path in ("", "/deliveries"):
        answer = house.client.get(f"/v1/jobs/{slip.id}{path}")
        assert URL in answer.text
        assert "whsec_" not in answer.text
