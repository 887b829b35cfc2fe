"""Records of uploads: who may write, what is held, what is forgotten."""

from collections.abc import Callable

import pytest

from app.contract.ports import (
    UploadNotFoundError,
    UploadQuotaError,
    UploadTakenOverError,
)
from app.contract.records.wire import part_key, upload_key
from app.contract.uploads import UploadPart
from app.stores.uploads import RedisUploadRecords
from tests.ledgers import ScratchLedger

DAY_S = 24 * 3600.0
GRACE_S = 61.0
SHA256 = "ab" * 32
FIRST, SECOND = UploadPart("0-w1", 100), UploadPart("100-w1", 50)


@pytest.fixture
def ledger() -> ScratchLedger:
    return ScratchLedger(stands_still=True)


@pytest.fixture
def records(ledger: ScratchLedger) -> RedisUploadRecords:
    records = ledger.upload_records
    records.create("upl_1", "ada", "video/mp4", "w1")
    return records


def append(records: RedisUploadRecords, *parts: UploadPart, writer: str = "w1") -> None:
    records.append("upl_1", writer, parts, replaced=None, most_bytes=1000)


def swept(ledger: ScratchLedger) -> set[str]:
    assert ledger.clock is not None
    ledger.clock.pass_time(GRACE_S)
    return set(ledger.sweep())


def test_an_upload_is_told_as_it_stands(records: RedisUploadRecords) -> None:
    append(records, FIRST)
    append(records, FIRST, SECOND)
    upload = records.look("upl_1", "ada")
    assert (upload.owner, upload.media_type) == ("ada", "video/mp4")
    assert (upload.parts, upload.size_bytes) == ((FIRST, SECOND), 150)
    assert (upload.expires_at - upload.created_at).total_seconds() == DAY_S
    assert (upload.is_complete, upload.is_expired, upload.key_bytes) == (
        False,
        False,
        150,
    )


@pytest.mark.parametrize("owner", [None, "bob"])
def test_nobody_else_can_look_or_take_over(
    records: RedisUploadRecords, owner: str | None
) -> None:
    with pytest.raises(UploadNotFoundError):
        records.look("upl_1", owner)
    with pytest.raises(UploadNotFoundError):
        records.take_over("upl_1", owner, "thief")
    append(records, FIRST)


def test_the_newest_writer_alone_may_write(records: RedisUploadRecords) -> None:
    append(records, FIRST)
    records.take_over("upl_1", "ada", "w2", offset=100)
    late: list[Callable[[], object]] = [
        lambda: append(records, FIRST, SECOND),
        lambda: records.hold("upl_1", "w1", "uploads/a"),
        lambda: records.complete("upl_1", "w1", SHA256, {}),
    ]
    for act in late:
        with pytest.raises(UploadTakenOverError):
            act()
    append(records, FIRST, UploadPart("100-w2", 1), writer="w2")


def test_one_who_begins_elsewhere_takes_nothing_over(
    records: RedisUploadRecords,
) -> None:
    append(records, FIRST)
    assert records.take_over("upl_1", "ada", "w2", offset=99).size_bytes == 100
    append(records, FIRST, SECOND)


def test_a_keys_uploads_hold_so_much_together(records: RedisUploadRecords) -> None:
    append(records, FIRST)
    records.create("upl_2", "ada", "video/mp4", "w2")

    def append_other(size: int) -> None:
        parts = [UploadPart("0-w2", size)]
        records.append("upl_2", "w2", parts, replaced=None, most_bytes=1000)

    with pytest.raises(UploadQuotaError):
        append_other(901)
    append_other(900)
    assert records.look("upl_1", "ada").key_bytes == 1000
    records.delete("upl_1")
    assert records.look("upl_2", "ada").key_bytes == 900
    records.use("upl_2")
    assert records.look("upl_2", "ada").key_bytes == 0


def test_parts_are_held_until_they_are_replaced_or_not_needed(
    ledger: ScratchLedger, records: RedisUploadRecords
) -> None:
    append(records, FIRST)
    longer = UploadPart("0-w2", 120)
    records.append("upl_1", "w1", [longer], replaced=FIRST, most_bytes=1000)
    assert swept(ledger) == {part_key("upl_1", FIRST.name)}
    whole, part = upload_key(SHA256), part_key("upl_1", longer.name)
    assert ledger.restoration.unneeded([whole, part]) == [whole]
    records.hold("upl_1", "w1", whole)
    assert ledger.restoration.unneeded([whole, part]) == []
    records.complete("upl_1", "w1", SHA256, {"image": {"width": 1, "height": 2}})
    assert swept(ledger) == {part}
    assert records.look("upl_1", "ada").facts == {"image": {"width": 1, "height": 2}}


def test_a_day_after_it_is_whole_an_upload_expires_and_later_is_unknown(
    ledger: ScratchLedger, records: RedisUploadRecords
) -> None:
    assert ledger.clock is not None
    append(records, FIRST)
    ledger.clock.pass_time(DAY_S - 1)
    records.complete("upl_1", "w1", SHA256, {})
    ledger.clock.pass_time(DAY_S - 1)
    assert not records.look("upl_1", "ada").is_expired
    ledger.clock.pass_time(1)
    upload = records.look("upl_1", "ada")
    assert (upload.is_expired, upload.key_bytes) == (True, 0)
    assert upload_key(SHA256) in swept(ledger)
    assert 0 < ledger.client.ttl("impasto:upload:upl_1") <= 2 * DAY_S


def test_what_is_past_its_time_takes_nothing_more(
    ledger: ScratchLedger, records: RedisUploadRecords
) -> None:
    assert ledger.clock is not None
    ledger.clock.pass_time(DAY_S)
    with pytest.raises(UploadNotFoundError):
        append(records, FIRST)
    records.use("upl_1")
    assert records.look("upl_1", "ada").is_expired


def test_a_lost_ledger_has_lost_them(
    ledger: ScratchLedger, records: RedisUploadRecords
) -> None:
    append(records, FIRST)
    ledger.lose_everything()
    with pytest.raises(UploadNotFoundError):
        append(records, FIRST, SECOND)
    with pytest.raises(UploadNotFoundError):
        records.look("upl_1", "ada")
    records.delete("upl_1")
    records.use("upl_1")
    assert not ledger.client.keys("impasto:upload*")
