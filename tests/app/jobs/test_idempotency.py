"""One Idempotency-Key, one job: repeated, contradicted, at once, and after a crash."""

import asyncio
import re
import threading
import time
from typing import Any

import httpx
import pytest
import redis

from app.contract.batches import Batch
from app.contract.jobs import NewJob
from app.contract.ports import IdempotencyInProgressError, LedgerUnavailableError
from app.jobs.documentation import SUBMISSION_EXTRA
from app.stores.ledger.rules import LedgerRules
from app.stores.reservations import RedisReservations
from app.submissions.idempotency import under_way
from tests.app.conftest import PICTURE, ApiHarness, an_outcome
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import plain
from tests.app.submissions.sending import STYLE_ID, a_job, data, send
from tests.ledgers import ScratchLedger

OTHER = data(plain(color=(1, 2, 3)))


def test_the_same_request_again_is_answered_with_the_same_job(api: ApiHarness) -> None:
    first = send(api, a_job(), Idempotency_Key="k1")
    again = send(api, a_job(), Idempotency_Key='"k1"')
    assert first.status_code == again.status_code == 202
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert api.doorbell.rung == [first.json()["id"]]
    assert api.ledger.queue_depth() == 1


def test_a_form_and_json_that_say_the_same_are_the_same(api: ApiHarness) -> None:
    files = {"content": ("a", PICTURE), "style": ("b", PICTURE)}
    first = api.client.post(
        "/v1/jobs",
        files=files,
        data={"size": "256", "style_weight": "2", "metadata": '{"a": 1}'},
        headers={"Idempotency-Key": "k"},
    )
    body = a_job(params={"style_weights": [2], "size": 256}, metadata={"a": 1})
    again = send(api, body, Idempotency_Key="k")
    assert again.json()["id"] == first.json()["id"]


def test_a_replay_shows_the_job_as_it_is_now(api: ApiHarness) -> None:
    first = send(api, a_job(), Idempotency_Key="k1").json()
    api.ledger.requests.cancel(first["id"])
    again = send(api, a_job(), Idempotency_Key="k1")
    assert again.status_code == 202
    assert again.json()["status"] == "canceled"


CHANGES: dict[str, dict[str, Any]] = {
    "another photograph": {"content": OTHER},
    "another painting": {"styles": [OTHER]},
    "one of the library": {"styles": [{"style_id": STYLE_ID}]},
    "one more": {"styles": [data(), data()]},
    "a mask": {"masks": [data(plain(mode="L", color=255))]},
    "a parameter": {"params": {"size": 512}},
    "notes": {"metadata": {"x": 1}},
    "a webhook": {"webhook": {"url": "https://x.example"}},
    "a time to live": {"ttl_seconds": 3600},
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_key_with_another_request_is_refused(api: ApiHarness, name: str) -> None:
    assert send(api, a_job(), Idempotency_Key="k").status_code == 202
    answer = send(api, a_job(**CHANGES[name]), Idempotency_Key="k")
    assert_problem(answer, 422, "idempotency_key_reused")
    assert api.ledger.queue_depth() == 1


def test_a_refused_request_does_not_use_up_its_key(api: ApiHarness) -> None:
    for bad in (a_job(params={"steps": 0}), a_job(content=data(b"x")), "{"):
        assert send(api, bad, Idempotency_Key="k").status_code in {400, 415, 422}
    assert send(api, a_job(), Idempotency_Key="k").status_code == 202


def test_validation_does_not_use_up_its_key(api: ApiHarness) -> None:
    send(api, a_job(), "/v1/jobs?validate_only=true", Idempotency_Key="k")
    answer = send(api, a_job(content=OTHER), Idempotency_Key="k")
    assert answer.status_code == 202


def test_a_full_queue_can_be_tried_again_with_the_same_key() -> None:
    api = ApiHarness(ledger=ScratchLedger(LedgerRules(queue_limit=100)))
    api.ledger._rules = LedgerRules(queue_limit=1)
    waiting = api.queued()
    assert send(api, a_job(), Idempotency_Key="k").status_code == 503
    api.ledger.requests.cancel(waiting)
    answer = send(api, a_job(), Idempotency_Key="k")
    assert answer.status_code == 202
    assert "idempotent-replayed" not in answer.headers


def test_a_replay_is_answered_although_the_queue_is_full(api: ApiHarness) -> None:
    first = send(api, a_job(), Idempotency_Key="k").json()
    api.ledger._rules = LedgerRules(queue_limit=1)
    again = send(api, a_job(), Idempotency_Key="k")
    assert (again.status_code, again.json()["id"]) == (202, first["id"])


class PatientReservations(RedisReservations):
    """Holds the first request back until the second one was turned away."""

    def __init__(self, client: redis.Redis) -> None:
        super().__init__(client)
        self.turned_away = threading.Event()

    def begin(self, owner: str | None, key: str, patience_s: float) -> str:
        try:
            return super().begin(owner, key, patience_s)
        except IdempotencyInProgressError:
            self.turned_away.set()
            raise

    def remember(self, *args: Any) -> str:
        assert self.turned_away.wait(10)
        return super().remember(*args)


def test_two_at_once_make_one_job() -> None:
    ledger = ScratchLedger()
    api = ApiHarness(ledger=ledger, reservations=PatientReservations(ledger.client))

    async def scenario() -> list[httpx.Response]:
        transport = httpx.ASGITransport(api.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as http:
            headers = {"Idempotency-Key": "k"}
            sent = [http.post("/v1/jobs", json=a_job(), headers=headers) for _ in "ab"]
            return list(await asyncio.gather(*sent))

    answers = asyncio.run(scenario())
    assert sorted(each.status_code for each in answers) == [202, 409]
    (late,) = (each for each in answers if each.status_code == 409)
    assert late.json()["code"] == "idempotency_in_progress"
    assert late.headers["retry-after"] == "1"
    assert api.ledger.queue_depth() == 1


class DyingLedger(ScratchLedger):
    """Loses its connection once, just before the job is recorded."""

    has_died = False

    def create(self, *jobs: NewJob, batch: Batch | None = None) -> bool:
        if not self.has_died:
            self.has_died = True
            raise LedgerUnavailableError("gone")
        return super().create(*jobs, batch=batch)


def test_a_crash_before_the_job_is_recorded_is_healed() -> None:
    class NotingReservations(RedisReservations):
        ids: list[str] = []  # noqa: RUF012

        def remember(self, *args: Any) -> str:
            self.ids.append(super().remember(*args))
            return self.ids[-1]

    ledger = DyingLedger()
    api = ApiHarness(ledger=ledger, reservations=NotingReservations(ledger.client))
    answer = send(api, a_job(), Idempotency_Key="k")
    assert_problem(answer, 503, "broker_unavailable")
    healed = send(api, a_job(), Idempotency_Key="k")
    assert healed.status_code == 202
    assert "idempotent-replayed" not in healed.headers
    assert api.reservations.ids == [healed.json()["id"]] * 2
    again = send(api, a_job(), Idempotency_Key="k")
    assert again.headers["idempotent-replayed"] == "true"
    assert api.doorbell.rung == [healed.json()["id"]]


def test_a_key_that_was_under_way_is_free_after_any_end(api: ApiHarness) -> None:
    assert send(api, "{", Idempotency_Key="k").status_code == 400
    assert api.ledger.client.keys("*:under-way") == []


@pytest.mark.parametrize(
    "key", ["", " ", '""', '"open', 'a"' + "\x7f", "x" * 256, '"a\\b"', "ü".encode()]
)
def test_a_key_that_is_none_is_refused(api: ApiHarness, key: str | bytes) -> None:
    value = key if isinstance(key, bytes) else key.encode()
    answer = api.client.post(
        "/v1/jobs", json=a_job(), headers={b"Idempotency-Key": value}
    )
    assert_problem(answer, 400, "malformed_request")
    assert api.is_untouched


@pytest.mark.parametrize("key", ["x" * 255, "a b,c;d", '"a\\"b\\\\c"', "ab=="])
def test_printable_keys_are_taken(api: ApiHarness, key: str) -> None:
    assert send(api, a_job(), Idempotency_Key=key).status_code == 202


def test_two_keys_are_none(api: ApiHarness) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = api.client.post("/v1/jobs", json=a_job(), headers=headers)
    assert_problem(answer, 400, "malformed_request")


def test_a_retry_has_keys_too(api: ApiHarness) -> None:
    job_id = api.queued()
    path = f"/v1/jobs/{job_id}/retry"
    first = send(api, {"params": {"seed": 1}}, path, Idempotency_Key="k")
    again = send(api, {"params": {"seed": 1}}, path, Idempotency_Key="k")
    assert first.json()["id"] == again.json()["id"] != job_id
    assert again.headers["idempotent-replayed"] == "true"
    for body, elsewhere in (
        ({"params": {"seed": 2}}, path),
        ({"params": {"seed": 1}}, f"/v1/jobs/{first.json()['id']}/retry"),
        (a_job(), "/v1/jobs"),
    ):
        answer = send(api, body, elsewhere, Idempotency_Key="k")
        assert_problem(answer, 422, "idempotency_key_reused")


def test_a_replay_of_a_reused_job_is_answered_as_the_first(api: ApiHarness) -> None:
    job_id = send(api, a_job(params={"seed": 1})).json()["id"]
    api.ledger.claim(job_id, "w")
    api.blobs.put(f"results/{job_id}/1.png", PICTURE)
    api.ledger.succeed(job_id, 1, an_outcome(job_id, len(PICTURE)))
    body = a_job(params={"seed": 1})
    answers = [send(api, body, Idempotency_Key="k") for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"


def test_the_document_says_which_keys_are_taken(api: ApiHarness) -> None:
    (pattern,) = [
        each["schema"]["pattern"]
        for each in SUBMISSION_EXTRA["parameters"]
        if each["name"] == "Idempotency-Key"
    ]
    for key in ("k", "x" * 255, "a b,c;d", '"a\\"b\\\\c"', '" "', "ab=="):
        assert re.fullmatch(pattern, key)
        assert send(api, a_job(), Idempotency_Key=key).status_code == 202
    for key in ("", " ", '""', '"open', "x" * 256, '"a\\b"', "ü"):
        assert not re.fullmatch(pattern, key)


def test_request_under_way_for_long_keeps_its_key_and_a_dead_one_loses_it() -> None:
    reservations = ScratchLedger().reservations
    patience_s = 0.3

    async def stay() -> None:
        async with under_way(reservations, None, "k", patience_s):
            await asyncio.sleep(2 * patience_s)
            with pytest.raises(IdempotencyInProgressError):
                reservations.begin(None, "k", patience_s)

    asyncio.run(stay())
    reservations.begin(None, "k", patience_s)  # ended at once
    time.sleep(1.1 * patience_s)
    reservations.begin(None, "k", patience_s)  # nobody renewed it
