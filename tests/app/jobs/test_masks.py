"""A painting's mask is replaced while the job waits or runs."""

import io
from typing import Any

import pytest
from PIL import Image

from app.contract.changes import AppliedChange
from app.contract.records.wire import upload_key
from app.stores.ledger import requests
from tests.app.archive.lossy_api import janitor_of, lose_everything
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_controls import change, controls
from tests.app.jobs.test_routes import assert_problem
from tests.app.pictures import HEIGHT, WIDTH, encode, plain
from tests.app.rounds import make_round

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def half(size: tuple[int, int] = (WIDTH, HEIGHT)) -> bytes:
    """Return a mask whose left half is white."""
    mask = Image.new("RGB", size, BLACK)
    mask.paste(WHITE, (0, 0, size[0] // 2, size[1]))
    return encode(mask)


def put(
    api: ApiHarness,
    job_id: str,
    mask: bytes,
    number: int | str = 0,
    media_type: str = "image/png",
    **headers: str,
) -> Any:
    return api.client.put(
        f"/v1/jobs/{job_id}/inputs/mask/{number}",
        content=mask,
        headers={"Content-Type": media_type, **headers},
    )


def seen(api: ApiHarness, job_id: str) -> Any:
    return api.client.get(f"/v1/jobs/{job_id}/inputs/mask/0")


def asked_hash(api: ApiHarness, job_id: str) -> str:
    return str(controls(api, job_id).json()["values"]["mask/0"])


def test_it_is_asked_for_and_shown_and_told_to_the_worker(api: ApiHarness) -> None:
    job_id = api.running()
    answer = put(api, job_id, half((2 * WIDTH, 2 * HEIGHT)))
    assert (answer.status_code, answer.json()) == (202, {"revision": 1})
    assert answer.headers["ETag"] == '"1"'
    (command,) = api.ledger.beat(job_id, 1, None).commands
    name = asked_hash(api, job_id)
    assert command.values == {"mask/0": name}
    shown = seen(api, job_id)
    assert shown.headers["ETag"] == f'"{name}"'
    mask = Image.open(io.BytesIO(shown.content))
    assert (mask.mode, mask.size) == ("L", (2 * WIDTH, 2 * HEIGHT))
    assert [mask.getpixel((x, 9)) for x in (0, 90)] == [255, 0]

    assert change(api, job_id, {"mask/0": None}).json() == {"revision": 2}
    (command,) = api.ledger.beat(job_id, 1, None, obeyed=1).commands
    assert command.values == {"mask/0": None}
    assert_problem(seen(api, job_id), 404, "input_not_found")


@pytest.mark.parametrize(
    ("mask", "number", "status", "code"),
    [
        (half((WIDTH, WIDTH)), 0, 422, "mask_bad_aspect"),
        (plain(color=BLACK), 0, 422, "mask_empty"),
        (b"", 0, 422, "image_empty"),
        (half()[:80], 0, 422, "image_unreadable"),
        (half() + b"x" * 2**20, 0, 413, "upload_too_large"),
        (half(), 1, 422, "not_changeable"),
        (half(), 9, 422, "not_changeable"),
        (half(), "x", 422, "not_changeable"),
    ],
    ids=["shape", "black", "empty", "broken", "large", "no painting", "never", "none"],
)
def test_what_is_no_mask_of_it_changes_nothing(
    api: ApiHarness, mask: bytes, number: int | str, status: int, code: str
) -> None:
    job_id = api.running()
    assert_problem(put(api, job_id, mask, number), status, code)
    assert controls(api, job_id).json()["revision"] == 0


def test_only_a_mask_can_be_replaced(api: ApiHarness) -> None:
    path = f"/v1/jobs/{api.running()}/inputs"
    for name in ("content", "style/0", "style_strength"):
        answer = api.client.put(
            f"{path}/{name}", content=half(), headers={"Content-Type": "image/png"}
        )
        assert_problem(answer, 422, "not_changeable")


def test_who_is_too_late_or_says_another_type_is_refused(api: ApiHarness) -> None:
    job_id = api.running()
    jpeg = put(api, job_id, half(), media_type="image/jpeg")
    assert_problem(jpeg, 415, "unsupported_media_type")
    change(api, job_id, {"style_strength": 0.1})
    late = put(api, job_id, half(), **{"If-Match": '"0"'})
    assert_problem(late, 412, "precondition_failed")
    assert_problem(put(api, api.succeeded(), half()), 409, "job_finished")


def test_a_retry_replays_it_and_nobody_else_names_it(api: ApiHarness) -> None:
    job_id = api.running()
    put(api, job_id, half())
    name = asked_hash(api, job_id)
    applied = AppliedChange(revision=1, at_step=7, values={"mask/0": name})
    api.ledger.beat(job_id, 1, None, obeyed=1, applied=[applied])
    told = [{"at_step": 7, "mask/0": name}]
    assert api.client.get(f"/v1/jobs/{job_id}").json()["params"]["changes"] == told

    again = api.client.post(f"/v1/jobs/{job_id}/retry").json()
    assert again["params"]["changes"] == told
    api.client.post(f"/v1/jobs/{job_id}/cancel")
    api.ledger.beat(job_id, 1, None)
    assert api.ledger.cancel_done(job_id, 1)
    assert api.client.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert needed(api, name), "the new job has it, too"
    other = {"params": {"changes": [{"at_step": 7, "mask/0": "ab" * 32}]}}
    answer = api.client.post(f"/v1/jobs/{again['id']}/retry", json=other)
    assert_problem(answer, 422, "not_applicable")


def needed(api: ApiHarness, name: str) -> bool:
    return api.ledger.restoration.unneeded([upload_key(name)]) == []


def test_it_is_kept_as_long_as_its_job_and_survives_a_lost_ledger(
    api: ApiHarness,
) -> None:
    job_id = api.running()
    put(api, job_id, half())
    name = asked_hash(api, job_id)
    assert needed(api, name)
    lose_everything(api)
    make_round(janitor_of(api))
    assert asked_hash(api, job_id) == name
    assert needed(api, name)
    assert not needed(api, "cd" * 32)


def band(part: int) -> bytes:
    """Return one of several masks."""
    mask = Image.new("RGB", (WIDTH, HEIGHT), BLACK)
    mask.paste(WHITE, (0, 0, 8 * part, HEIGHT))
    return encode(mask)


def held(api: ApiHarness, name: str) -> bool:
    """Tell whether a mask is kept for good, and not due for a sweep."""
    until = api.ledger.client.zscore("impasto:blobs", upload_key(name))
    return until == float("inf")


def put_bands(api: ApiHarness, job_id: str, *parts: int) -> list[str]:
    names = []
    for part in parts:
        assert put(api, job_id, band(part)).status_code == 202
        names.append(asked_hash(api, job_id))
    return names


def test_masks_that_no_worker_took_go_when_others_come(api: ApiHarness) -> None:
    names = put_bands(api, job_id := api.queued(), 1, 2, 3, 4)
    left = [held(api, name) for name in names]
    assert left == [False, False, True, True], "the last but one with the next"
    put_bands(api, job_id, 1)
    assert held(api, names[0]), "it is wanted again"


def test_a_mask_that_a_worker_has_heard_of_stays_until_it_told(
    api: ApiHarness,
) -> None:
    job_id = api.running()
    names = put_bands(api, job_id, 1, 2)
    put_bands(api, job_id, 3)
    assert all(held(api, name) for name in names)
    applied = AppliedChange(revision=2, at_step=7, values={"mask/0": names[1]})
    api.ledger.beat(job_id, 1, None, obeyed=3, applied=[applied])
    put_bands(api, job_id, 4)
    assert [held(api, name) for name in names] == [False, True], "one was taken"


def test_more_masks_than_are_kept_are_refused_in_words(
    api: ApiHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST_FILES", 2)
    job_id = api.running()
    for revision in (1, 2):
        (name,) = put_bands(api, job_id, revision)
        values = {"mask/0": name}
        applied = AppliedChange(revision=revision, at_step=revision, values=values)
        api.ledger.beat(job_id, 1, None, obeyed=revision, applied=[applied])
    refused = put(api, job_id, band(3))
    assert_problem(refused, 422, "too_many_masks")
    assert refused.json()["errors"][0]["field"] == "/mask~10"
    assert asked_hash(api, job_id) == name, "the job goes on as it was"
    assert change(api, job_id, {"mask/0": None}).status_code == 202
