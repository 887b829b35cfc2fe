import json
import logging
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.contract.keys import ALL_SCOPES, DEFAULT_SCOPES, KeysUnreadableError, Scope
from app.stores.keys import FileKeyRing, KeyFile, UnknownKeyError
from app.stores.keys.hashes import draw_key, hash_of
from tests.fakes import MemoryKeyRing


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def file(data_dir: Path) -> KeyFile:
    return KeyFile(data_dir / "keys.json")


def test_a_key_has_128_random_bits() -> None:
    keys = {draw_key() for _ in range(100)}
    assert len(keys) == 100
    for key in keys:
        assert key.startswith("imp_")
        assert len(bytes.fromhex(key.removeprefix("imp_"))) == 16


def test_a_key_is_shown_once_and_stored_as_its_hash(file: KeyFile) -> None:
    record, token = file.create("ci", DEFAULT_SCOPES)
    text = file.path.read_text()
    assert token.removeprefix("imp_") not in text
    assert hash_of(token) in text
    assert file.read() == (record,)


def test_only_the_service_may_read_the_file(file: KeyFile) -> None:
    file.create("ci", DEFAULT_SCOPES)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_keys_made_at_the_same_time_are_all_there(file: KeyFile) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(lambda i: file.create(f"n{i}", DEFAULT_SCOPES)[0], range(20))
        )
    assert {key.id for key in file.read()} == {key.id for key in made}
    assert len({key.id for key in made}) == 20


@pytest.mark.parametrize("name", ["", "x" * 101, "a\nb", "\x1b[31m"])
def test_names_are_words_on_one_line(file: KeyFile, name: str) -> None:
    with pytest.raises(ValidationError):
        file.create(name, DEFAULT_SCOPES)
    assert not file.path.exists()


def test_a_revoked_key_stays_in_the_file(file: KeyFile) -> None:
    key, _ = file.create("ci", DEFAULT_SCOPES)
    other, _ = file.create("web", DEFAULT_SCOPES)
    revoked = file.revoke(key.id)
    assert revoked.revoked_at is not None
    assert file.read() == (revoked, other)
    assert file.revoke(key.id) == revoked


def test_what_is_not_there_cannot_be_revoked(file: KeyFile) -> None:
    with pytest.raises(UnknownKeyError):
        file.revoke("key_00000000")


def test_keys_are_off_until_one_is_set_and_then_stay_on(
    file: KeyFile, data_dir: Path
) -> None:
    clock = Clock()
    ring = FileKeyRing(file.path, clock=clock)
    assert not ring.is_on()
    data_dir.mkdir()
    file.path.write_text('{"keys": []}')
    clock.now_s += 1
    assert not ring.is_on()
    key, token = file.create("ci", DEFAULT_SCOPES)
    clock.now_s += 1
    assert ring.is_on()
    assert ring.find(token) == key
    assert ring.get(key.id) == key
    file.revoke(key.id)
    clock.now_s += 1
    assert ring.is_on()
    assert ring.find(token) is None
    assert ring.get(key.id) is None
    assert FileKeyRing(file.path).is_on()


def test_the_file_is_looked_at_once_a_second_and_read_only_if_changed(
    file: KeyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []
    real_stat, real_read = os.stat, KeyFile.read

    def counted_stat(path: Any, *rest: Any, **named: Any) -> os.stat_result:
        if path == file.path:
            looks.append("stat")
        return real_stat(path, *rest, **named)

    def counted_read(self: KeyFile) -> Any:
        looks.append("read")
        return real_read(self)

    file.create("ci", DEFAULT_SCOPES)
    monkeypatch.setattr("app.stores.keys.rings.os.stat", counted_stat)
    monkeypatch.setattr(KeyFile, "read", counted_read)
    clock = Clock()
    ring = FileKeyRing(file.path, clock=clock)
    ring.is_on()
    assert looks == ["stat", "read"]
    clock.now_s += 0.9
    ring.find("imp_x")
    assert looks == ["stat", "read"]
    clock.now_s += 0.2
    ring.find("imp_x")
    assert looks == ["stat", "read", "stat"]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"keys": [{}]}',
        b'{"keys": [], "more": 1}',
        b'{"keys": null}',
    ],
)
def test_a_damaged_file_closes_the_service_until_it_is_mended(
    file: KeyFile, damage: bytes
) -> None:
    clock = Clock()
    key, token = file.create("ci", DEFAULT_SCOPES)
    sound = file.path.read_bytes()
    ring = FileKeyRing(file.path, clock=clock)
    assert ring.is_on()
    file.path.write_bytes(damage)
    clock.now_s += 1
    for ask in (ring.is_on, lambda: ring.find(token), lambda: ring.get(key.id)):
        with pytest.raises(KeysUnreadableError):
            ask()
    with pytest.raises(KeysUnreadableError):
        FileKeyRing(file.path).is_on()
    with pytest.raises(KeysUnreadableError):
        file.create("other", DEFAULT_SCOPES)
    assert file.path.read_bytes() == damage
    file.path.write_bytes(sound)
    clock.now_s += 1
    assert ring.find(token) == key


@pytest.mark.parametrize("field", ["id", "sha256"])
def test_two_keys_that_cannot_be_told_apart_are_damage(
    file: KeyFile, field: str
) -> None:
    for name in ("a", "b"):
        file.create(name, DEFAULT_SCOPES)
    document = json.loads(file.path.read_text())
    document["keys"][1][field] = document["keys"][0][field]
    file.path.write_text(json.dumps(document))
    with pytest.raises(KeysUnreadableError, match=field):
        file.read()


def test_a_place_that_is_no_file_closes_the_service(file: KeyFile) -> None:
    file.path.mkdir(parents=True)
    with pytest.raises(KeysUnreadableError):
        FileKeyRing(file.path).is_on()


@pytest.mark.parametrize("loss", ["gone", "emptied"])
def test_losing_the_keys_while_it_runs_does_not_open_the_service(
    file: KeyFile, loss: str
) -> None:
    clock = Clock()
    file.create("ci", DEFAULT_SCOPES)
    ring = FileKeyRing(file.path, clock=clock)
    assert ring.is_on()
    if loss == "gone":
        file.path.unlink()
    else:
        file.path.write_text('{"keys": []}')
    for _ in range(3):
        clock.now_s += 1
        with pytest.raises(KeysUnreadableError):
            ring.is_on()
    assert not FileKeyRing(file.path).is_on()


def test_an_outage_is_logged_once_and_quotes_no_key(
    file: KeyFile, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    token = draw_key()
    file.create("ci", DEFAULT_SCOPES)
    document = json.loads(file.path.read_text())
    document["keys"][0]["sha256"] = token
    file.path.write_text(json.dumps(document))
    ring = FileKeyRing(file.path, clock=clock)
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            clock.now_s += 1
            with pytest.raises(KeysUnreadableError) as caught:
                ring.is_on()
    (record,) = caplog.records
    assert "keys/0/sha256" in record.getMessage()
    assert token not in caplog.text
    assert token not in str(caught.value)


def test_the_environment_sets_keys_with_every_scope(data_dir: Path) -> None:
    token = draw_key()
    ring = FileKeyRing(data_dir / "keys.json", [hash_of(token)])
    assert ring.is_on()
    key = ring.find(token)
    assert key is not None
    assert key.granted_scopes == ALL_SCOPES
    assert key.id == f"key_{hash_of(token)[:8]}"


def test_admin_implies_every_scope() -> None:
    ring = MemoryKeyRing()
    admin, _ = ring.add(Scope.ADMIN)
    reader, _ = ring.add(Scope.JOBS_READ)
    assert admin.granted_scopes == ALL_SCOPES
    assert reader.granted_scopes == {Scope.JOBS_READ}


@pytest.mark.parametrize(
    "guess", ["", "imp_", "imp_" + "0" * 32, "x" * 9999, "é\ud800"]
)
def test_a_wrong_key_opens_nothing_and_is_compared_with_every_key(
    guess: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = MemoryKeyRing()
    for _ in range(5):
        ring.add(Scope.ADMIN)
    compared: list[str] = []

    def compare(stored: str, given: str) -> bool:
        compared.append(stored)
        return stored == given

    monkeypatch.setattr("app.stores.keys.hashes.hmac.compare_digest", compare)
    assert ring.find(guess) is None
    assert len(compared) == 5


def test_the_right_key_costs_as_many_comparisons_as_a_wrong_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ring = MemoryKeyRing()
    key, token = ring.add(Scope.ADMIN)
    for _ in range(4):
        ring.add(Scope.ADMIN)
    compared: list[str] = []

    def compare(stored: str, given: str) -> bool:
        compared.append(stored)
        return stored == given

    monkeypatch.setattr("app.stores.keys.hashes.hmac.compare_digest", compare)
    assert ring.find(token) == key
    assert len(compared) == 5
