"""A blob store may be slow: nobody waits for it in the event loop, where all would."""

import asyncio
from typing import Any

from app.contract.jobs import Preview
from app.contract.records.wire import preview_key
from app.settings import ApiSettings
from tests.app.conftest import PICTURE, ApiHarness, an_outcome
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


def upload_a_style(api: ApiHarness) -> str:
    answer = api.client.post(
        "/v1/styles", files={"image": PICTURE}, data={"title": "A"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def look_at_styles(api: ApiHarness) -> None:
    style_id = upload_a_style(api)
    for path in ("", "/image", "/image?size=320"):
        url = f"/v1/styles/{style_id}{path}"
        assert api.client.get(url).status_code == 200, path
    send(api, a_job(styles=[{"style_id": style_id}]))
    assert api.client.delete(f"/v1/styles/{style_id}").status_code == 204


def submit(api: ApiHarness) -> None:
    assert api.submit().status_code == 202
    assert send(api, a_job()).status_code == 202
    first = send(api, a_job(params={"seed": 7}), Idempotency_Key="k")
    again = send(api, a_job(params={"seed": 7}), Idempotency_Key="k")
    assert first.json()["id"] == again.json()["id"]


def submit_a_batch(api: ApiHarness) -> None:
    body = {"contents": [data()], "styles": [data()]}
    batch = send(api, body, "/v1/batches")
    assert batch.status_code == 202
    url = batch.headers["location"]
    assert api.client.get(f"{url}/sheet").status_code in {200, 409}


def fetch(api: ApiHarness) -> None:
    job_id = api.succeeded()
    for path in ("result", "result?proxy=1", "result?format=jpeg", "preview"):
        answer = api.client.get(f"/v1/jobs/{job_id}/{path}")
        assert answer.status_code == 200, path
    assert api.client.get(f"/v1/jobs/{job_id}/inputs/content").status_code == 200
    assert api.client.get("/readyz").status_code == 503


def look_at_a_preview(api: ApiHarness) -> None:
    job_id = api.running()
    key = preview_key(job_id, 1, 3)
    api.blobs.put(key, PICTURE)
    preview = Preview(step=3, blob_key=key, width=64, height=48)
    api.ledger.note_preview(job_id, 1, preview)
    assert api.client.get(f"/v1/jobs/{job_id}/preview").status_code == 200


def try_again(api: ApiHarness) -> None:
    answer = api.client.post(f"/v1/jobs/{api.failed()}/retry", json={})
    assert answer.status_code == 202, answer.text


def wait_for_the_picture(api: ApiHarness) -> None:
    body = a_job(params={"seed": 9})
    job_id = send(api, body).json()["id"]
    api.ledger.claim(job_id, "worker")
    api.blobs.put(f"results/{job_id}/1.png", PICTURE)
    api.ledger.succeed(job_id, 1, an_outcome(job_id, len(PICTURE)))
    answer = send(api, body, Accept="image/png", Prefer="wait=1")
    assert answer.content == PICTURE


def test_nobody_waits_for_a_blob_in_the_event_loop() -> None:
    asked: set[str] = set()
    for do in (look_at_styles, submit, submit_a_batch, fetch, look_at_a_preview,
               try_again, wait_for_the_picture):  # fmt: skip
        api = ApiHarness(ApiSettings(download_redirects=True), blobs=Slow())
        do(api)
        assert api.blobs.blocked == set(), do.__name__
        asked |= api.blobs.asked
    assert asked == METHODS
