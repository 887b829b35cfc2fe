"""A blob store may be slow: nobody waits for it in the event loop, where all would."""

import asyncio
from typing import Any

from app.contract.jobs import Preview
from app.contract.wire import preview_key
from app.settings import ApiSettings
from tests.app.conftest import PICTURE, House, an_outcome
from tests.app.submissions.sending import a_job, data, send
from tests.fakes import MemoryBlobStore

METHODS = {"put", "get", "exists", "keys", "delete", "check", "signed_url"}


class Slow(MemoryBlobStore):
    """Notes which of its methods was called where waiting would stop all others."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()
        self.blocked: set[str] = set()

    def __getattribute__(self, name: str) -> Any:
        method = super().__getattribute__(name)
        if name not in METHODS:
            return method

        def call(*args: Any, **options: Any) -> Any:
            self.asked.add(name)
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                pass  # a thread of its own
            else:
                self.blocked.add(name)
            return method(*args, **options)

        return call


def upload_a_style(house: House) -> str:
    answer = house.client.post(
        "/v1/styles", files={"image": PICTURE}, data={"title": "A"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def look_at_styles(house: House) -> None:
    style_id = upload_a_style(house)
    for path in ("", "/image", "/image?size=320"):
        url = f"/v1/styles/{style_id}{path}"
        assert house.client.get(url).status_code == 200, path
    send(house, a_job(styles=[{"style_id": style_id}]))
    assert house.client.delete(f"/v1/styles/{style_id}").status_code == 204


def submit(house: House) -> None:
    assert house.submit().status_code == 202
    assert send(house, a_job()).status_code == 202
    first = send(house, a_job(params={"seed": 7}), Idempotency_Key="k")
    again = send(house, a_job(params={"seed": 7}), Idempotency_Key="k")
    assert first.json()["id"] == again.json()["id"]


def submit_a_batch(house: House) -> None:
    body = {"contents": [data()], "styles": [data()]}
    batch = send(house, body, "/v1/batches")
    assert batch.status_code == 202
    url = batch.headers["location"]
    assert house.client.get(f"{url}/sheet").status_code in {200, 409}


def fetch(house: House) -> None:
    job_id = house.succeeded()
    for path in ("result", "result?proxy=1", "result?format=jpeg", "preview"):
        answer = house.client.get(f"/v1/jobs/{job_id}/{path}")
        assert answer.status_code == 200, path
    assert house.client.get(f"/v1/jobs/{job_id}/inputs/content").status_code == 200
    assert house.client.get("/readyz").status_code == 503


def look_at_a_preview(house: House) -> None:
    job_id = house.running()
    key = preview_key(job_id, 1, 3)
    house.blobs.put(key, PICTURE)
    preview = Preview(step=3, blob_key=key, width=64, height=48)
    house.ledger.note_preview(job_id, 1, preview)
    assert house.client.get(f"/v1/jobs/{job_id}/preview").status_code == 200


def try_again(house: House) -> None:
    answer = house.client.post(f"/v1/jobs/{house.failed()}/retry", json={})
    assert answer.status_code == 202, answer.text


def wait_for_the_picture(house: House) -> None:
    body = a_job(params={"seed": 9})
    job_id = send(house, body).json()["id"]
    house.ledger.claim(job_id, "worker")
    house.blobs.put(f"results/{job_id}/1.png", PICTURE)
    house.ledger.succeed(job_id, 1, an_outcome(job_id, len(PICTURE)))
    answer = send(house, body, Accept="image/png", Prefer="wait=1")
    assert answer.content == PICTURE


def test_nobody_waits_for_a_blob_in_the_event_loop() -> None:
    asked: set[str] = set()
    for do in (look_at_styles, submit, submit_a_batch, fetch, look_at_a_preview,
               try_again, wait_for_the_picture):  # fmt: skip
        house = House(ApiSettings(download_redirects=True), blobs=Slow())
        do(house)
        assert house.blobs.blocked == set(), do.__name__
        asked |= house.blobs.asked
    assert asked == METHODS
