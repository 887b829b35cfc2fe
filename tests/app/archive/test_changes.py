"""A change that was accepted survives the loss of all that Redis knows."""

from typing import Any

import pytest

from app.contract.commands import Command, Verb
from app.contract.jobs import EarlyEnd
from app.contract.records.archives import ArchivedCommands, read_archive
from app.contract.records.wire import commands_key
from tests.app.archive.lossy_api import (
    age,
    files_of,
    janitor_of,
    lose_everything,
    maintenance_of,
)
from tests.app.archive.test_lost_ledger import FullFor
from tests.app.conftest import ApiHarness
from tests.app.jobs.test_controls import change, controls
from tests.app.jobs.test_routes import assert_problem
from tests.app.rounds import make_round


def told(api: ApiHarness, job_id: str) -> tuple[Command, ...]:
    """Let another worker take the job; return what it is told."""
    claim = api.ledger.claim(job_id, "another worker")
    assert claim is not None
    return api.ledger.beat(*claim, None).commands


def strength(sequence: int, value: float) -> Command:
    values: dict[str, Any] = {"style_strength": value}
    return Command(sequence=sequence, verb=Verb.CHANGE, values=values)


def test_a_changed_job_goes_on_with_its_values_and_revisions(api: ApiHarness) -> None:
    job_id = api.running()
    change(api, job_id, {"style_strength": 0.1})
    change(api, job_id, {"content_strength": 0.9})
    change(api, job_id, {"style_strength": 0.8})
    before = controls(api, job_id).json()
    lose_everything(api)
    make_round(janitor_of(api))
    after = controls(api, job_id).json()
    assert after["values"] == before["values"]
    assert after["revision"] == before["revision"] == 3
    content = Command(sequence=2, verb=Verb.CHANGE, values={"content_strength": 0.9})
    assert told(api, job_id) == (content, strength(3, 0.8))
    answer = change(api, job_id, {"style_strength": 0.2}, **{"If-Match": '"3"'})
    assert answer.json() == {"revision": 4}


def test_a_change_of_the_last_second_before_a_power_cut_is_back(
    api: ApiHarness,
) -> None:
    """The record is there, and older than the answer that the client has."""
    job_id = api.running()
    change(api, job_id, {"style_strength": 0.8})
    api.ledger.forget_fields(job_id, "commands")
    api.ledger.client.delete(f"impasto:commands:{job_id}")
    api.ledger.start_again()
    make_round(janitor_of(api))
    assert api.ledger.beat(job_id, 1, None).commands == (strength(1, 0.8),)


def test_what_the_ledger_knows_better_stays(api: ApiHarness) -> None:
    job_id = api.running()
    change(api, job_id, {"style_strength": 0.1})
    old = api.blobs.get(commands_key(job_id))
    change(api, job_id, {"style_strength": 0.8})
    api.blobs.put(commands_key(job_id), old)
    api.ledger.start_again()
    make_round(janitor_of(api))
    assert api.ledger.beat(job_id, 1, None).commands == (strength(2, 0.8),)


def test_of_two_changes_at_once_both_are_kept(api: ApiHarness) -> None:
    """The file of the first is written after that of the second."""
    job_id, put = api.running(), api.blobs.put

    def be_overtaken(key: str, content: bytes) -> None:
        api.blobs.put = put
        change(api, job_id, {"content_strength": 0.9})
        put(key, content)

    api.blobs.put = be_overtaken
    change(api, job_id, {"style_strength": 0.8})
    kept = read_archive(ArchivedCommands, api.blobs.get(commands_key(job_id)))
    assert [each.sequence for each in kept.commands] == [1, 2]


@pytest.mark.parametrize("is_before", [True, False])
def test_a_ledger_that_is_lost_meanwhile_is_told_again(
    api: ApiHarness, *, is_before: bool
) -> None:
    job_id, put = api.running(), api.blobs.put
    change(api, job_id, {"content_strength": 0.9})

    def lose(key: str, content: bytes) -> None:
        api.blobs.put = put
        if not is_before:
            put(key, content)
        lose_everything(api)
        make_round(janitor_of(api))
        put(key, content)

    api.blobs.put = lose
    answer = change(api, job_id, {"style_strength": 0.8})
    assert answer.json() == {"revision": 2}
    assert told(api, job_id)[1:] == (strength(2, 0.8),)


def test_a_change_that_cannot_be_kept_is_not_promised() -> None:
    api = ApiHarness(blobs=FullFor())
    api.blobs.text = "commands.json"
    job_id = api.running()
    answer = change(api, job_id, {"style_strength": 0.8})
    assert_problem(answer, 503, "storage_unavailable")
    api.blobs.text = "nothing"
    assert change(api, job_id, {"style_strength": 0.8}).json() == {"revision": 2}


def test_a_deleted_job_takes_its_changes_along(api: ApiHarness) -> None:
    job_id = api.running()
    change(api, job_id, {"style_strength": 0.8})
    assert api.client.post(f"/v1/jobs/{job_id}/{EarlyEnd.CANCEL}").status_code == 202
    assert api.ledger.cancel_done(job_id, 1)
    assert commands_key(job_id) in files_of(api)
    assert api.client.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert files_of(api) == set()


def test_changes_of_no_job_go(api: ApiHarness) -> None:
    api.blobs.put(commands_key("job_" + 32 * "0"), b"{}")
    age(api)
    maintenance_of(api)[1].collect()
    assert files_of(api) == set()
