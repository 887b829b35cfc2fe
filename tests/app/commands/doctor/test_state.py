"""`impasto doctor --data` names damaged files of the queue, and those kept aside."""

import fcntl
from pathlib import Path

import pytest

from app.commands.doctor import state
from app.commands.doctor.findings import Level
from app.stores.connections import connect
from tests.launcher.damages import StateFiles, append, shorten
from tests.launcher.test_valkey_repair import running


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Return what a server left that was told something."""
    with running(tmp_path) as server:
        client = connect(server.environment["IMPASTO_REDIS_URL"])
        client.set("a", "b")
        client.close()
    return tmp_path


def messages(data_dir: Path) -> list[str]:
    found = list(state.look(data_dir))
    assert all(each.level is Level.WARNING for each in found)
    return [each.message for each in found]


def test_sound_state_is_called_whole_and_none_is_not_spoken_of(
    data_dir: Path, tmp_path: Path
) -> None:
    (found,) = state.look(data_dir)
    assert (found.level, found.message) == (Level.OK, "the queue's state is whole")
    assert list(state.look(tmp_path / "new")) == []


def test_damaged_files_are_named(data_dir: Path) -> None:
    files = StateFiles(data_dir)
    append(files.increment, bytes(3))
    assert messages(data_dir) == [f"{files.increment} is damaged"]
    shorten(files.base, 5)
    assert f"{files.base} is damaged" in messages(data_dir)
    files.base.unlink()
    assert f"{files.base} is missing" in messages(data_dir)
    files.manifest.unlink()
    assert messages(data_dir) == [f"{files.manifest} is missing"]


def test_what_a_running_server_writes_just_now_is_no_damage(data_dir: Path) -> None:
    shorten(StateFiles(data_dir).increment, 3)
    with (data_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        (found,) = state.look(data_dir)
    assert found.level is Level.OK


def test_what_was_kept_aside_is_named(data_dir: Path) -> None:
    files = StateFiles(data_dir)
    shorten(files.base, 5)
    with running(data_dir):
        pass
    (aside,) = data_dir.glob("appendonlydir.damaged-*")
    assert messages(data_dir) == [f"{aside} was found damaged and kept"]
