import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from app.contract.ports import StorageUnavailableError
from app.stores.secrets import SECRET_BYTES, derived_secret, service_secret


def test_a_secret_stays_the_same(tmp_path: Path) -> None:
    first = service_secret(tmp_path, "links")
    assert len(first) == SECRET_BYTES
    assert service_secret(tmp_path, "links") == first


def test_each_purpose_and_each_service_has_a_secret_of_its_own(tmp_path: Path) -> None:
    places = [(tmp_path / "a", "links"), (tmp_path / "a", "webhooks")]
    places.append((tmp_path / "b", "links"))
    assert len({service_secret(*place) for place in places}) == 3


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    service_secret(tmp_path, "links")
    path = tmp_path / "secrets" / "links"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_those_who_ask_at_once_get_the_same(tmp_path: Path) -> None:
    callers = 16
    start = Barrier(callers)

    def ask(_number: int) -> bytes:
        start.wait()
        return service_secret(tmp_path, "links")

    with ThreadPoolExecutor(callers) as pool:
        assert len(set(pool.map(ask, range(callers)))) == 1


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_a_damaged_secret_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secrets" / "links"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(StorageUnavailableError, match="must have 32"):
        service_secret(tmp_path, "links")
    assert path.read_bytes() == content


def test_a_place_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("in the way")
    with pytest.raises(StorageUnavailableError):
        service_secret(tmp_path, "links")


@pytest.mark.parametrize("name", ["", "../keys", "a/b", ".hidden", "Ä"])
def test_no_name_leads_out_of_the_directory(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a secret's name"):
        service_secret(tmp_path, name)


def test_a_secret_that_is_set_gives_one_for_each_purpose() -> None:
    master = "correct horse battery staple 1234"
    assert derived_secret(master, "links") == derived_secret(master, "links")
    assert derived_secret(master, "links") != derived_secret(master, "webhooks")
    assert derived_secret(master, "links") != derived_secret(master + "5", "links")
    assert len(derived_secret(master, "links")) == SECRET_BYTES
