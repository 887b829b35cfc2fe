"""Damaged files of the embedded server never keep a service away, or cost a job."""

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pkgutil import resolve_name

import pytest
import redis

from app.launcher import valkey
from app.launcher.valkey_child import ValkeyChild
from app.launcher.valkey_files import kept_aside
from app.launcher.valkey_repair import Death, mend_after, mend_before_start
from app.stores.connections import connect
from tests.app.archive.lossy_api import janitor_of
from tests.app.archive.test_with_valkey import a_redis_api, paint
from tests.app.conftest import ApiHarness
from tests.app.rounds import make_round
from tests.launcher.damages import DAMAGES, StateFiles, append, shorten

#: What the jobs that are stored do not know: it is there only if the file was read.
SUBMITTED = ("impasto:counters", "submitted")


def a_server(data_dir: Path) -> ValkeyChild:
    binary, path = valkey.find_binary(), valkey.socket_path(data_dir)
    return ValkeyChild(
        name="valkey",
        command=valkey.command(binary, path, data_dir),
        environment={"IMPASTO_REDIS_URL": f"unix://{path}"},
        binary=binary,
        data_dir=data_dir,
        socket=path,
        go_on=lambda: True,
    )


@contextmanager
def running(data_dir: Path) -> Iterator[ValkeyChild]:
    server = a_server(data_dir)
    try:
        server.start()
        yield server
    finally:
        server.stop(signal.SIGTERM, 10)


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return the data of a stopped service with two jobs that wait.

    The server knows of one from its base, of the other from its increment.
    """
    data_dir = tmp_path_factory.mktemp("left")
    with running(data_dir) as server:
        client = connect(server.environment["IMPASTO_REDIS_URL"])
        api = a_redis_api(client, data_dir)
        make_round(janitor_of(api))
        first = api.queued()
        client.bgrewriteaof()
        _wait_for_rewriting(client)
        second = api.queued()
        client.close()
    return data_dir, [first, second]


def _wait_for_rewriting(client: redis.Redis) -> None:
    end_s = time.monotonic() + 20
    while time.monotonic() < end_s:
        told = client.info("persistence")
        if not (told["aof_rewrite_in_progress"] or told["aof_rewrite_scheduled"]):
            return
        time.sleep(0.05)
    raise AssertionError("it rewrites for ever")


@pytest.fixture
def data_dir(left_behind: tuple[Path, list[str]], tmp_path: Path) -> Path:
    """Return data that a test may damage."""
    return Path(shutil.copytree(left_behind[0], tmp_path / "data"))


@contextmanager
def an_api_on(data_dir: Path) -> Iterator[tuple[ApiHarness, redis.Redis]]:
    """Start the server, compare the ledger, yield who uses it."""
    with running(data_dir) as server:
        assert server.is_running, (data_dir / "valkey.log").read_text()
        client = connect(server.environment["IMPASTO_REDIS_URL"])
        try:
            api = a_redis_api(client, data_dir)
            make_round(janitor_of(api))
            yield api, client
        finally:
            client.close()


@pytest.mark.parametrize("damage", DAMAGES)
def test_both_waiting_jobs_are_painted_after(
    damage: str, left_behind: tuple[Path, list[str]], data_dir: Path
) -> None:
    job_ids = left_behind[1]
    DAMAGES[damage](StateFiles(data_dir))
    began_s = time.monotonic()
    with an_api_on(data_dir) as (api, _):
        assert time.monotonic() - began_s < 20
        assert api.ledger.restoration.is_whole()
        assert api.ledger.restoration.statuses(job_ids) == dict.fromkeys(
            job_ids, "queued"
        )
    count = len(kept_aside(data_dir))
    with an_api_on(data_dir) as (api, _):
        for job_id in job_ids:
            paint(api, job_id)
            assert api.ledger.get(job_id).status == "succeeded"
    assert len(kept_aside(data_dir)) == count, "what was mended stays so"


@pytest.mark.parametrize("bad", [bytes(12), b"\xff" * 5000])
def test_damaged_end_is_cut_off_and_the_rest_is_kept(
    bad: bytes, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    increment = StateFiles(data_dir).increment
    append(increment, bad)
    damaged = increment.read_bytes()
    with an_api_on(data_dir) as (_, client):
        assert client.hget(*SUBMITTED) == "2"
    (aside,) = kept_aside(data_dir)
    assert aside.read_bytes() == damaged
    assert f"appendonlydir/{increment.name} was damaged" in caplog.text
    assert f"last {len(bad)} bytes" in caplog.text
    assert aside.name in caplog.text


def test_state_that_cannot_be_repaired_is_kept_whole_and_named(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = StateFiles(data_dir)
    shorten(files.base, 5)
    damaged = {each.name: each.read_bytes() for each in files.folder.iterdir()}
    with an_api_on(data_dir) as (_, client):
        assert client.hget(*SUBMITTED) is None
    (aside,) = kept_aside(data_dir)
    assert {each.name: each.read_bytes() for each in aside.iterdir()} == damaged
    assert f"appendonlydir/{files.base.name}" in caplog.text
    assert aside.name in caplog.text


def test_what_is_well_is_left_alone(
    data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shorten(StateFiles(data_dir).increment, 5)  # the server mends that itself
    with an_api_on(data_dir) as (_, client):
        assert client.hget(*SUBMITTED) is not None
    assert kept_aside(data_dir) == []
    assert not [each for each in caplog.records if "launcher" in each.name]


def test_state_is_kept_when_something_else_hinders_the_server(data_dir: Path) -> None:
    valkey.socket_path(data_dir).mkdir()
    server = a_server(data_dir)
    server.start()
    assert not server.is_running
    assert kept_aside(data_dir) == []
    assert StateFiles(data_dir).increment.stat().st_size


BEGUN = "1:M 29 Nov 2026 20:36:15.5 * Server initialized\n"


@pytest.mark.parametrize(
    ("said", "code", "is_damage"),
    [
        (BEGUN + "1:M 29 # Bad file format reading the append only file x", 1, True),
        (BEGUN + "1:M 29 # Unrecoverable error reading x: Input/output error", 1, True),
        (BEGUN + "1:M 29 # Out Of Memory allocating 100001 bytes!", -6, True),
        (BEGUN, -11, True),
        (BEGUN + "1:M 29 # Out Of Memory allocating 99999 bytes!", -6, False),
        (BEGUN + "1:M 29 # Can't open the file x: Permission denied", 1, False),
        (BEGUN + "1:M 29 # Error writing x: No space left on device", 1, False),
        (BEGUN + "1:M 29 # Can't open x: Read-only file system", 1, False),
        (BEGUN + "1:M 29 # Can't open x: Too many open files", 1, False),
        (BEGUN, -9, False),
        (BEGUN, -15, False),
        (BEGUN + "1:M 29 * Ready to accept connections unix\n", -11, False),
        ("1:M 29 # Failed opening Unix socket: bind: Address already in use", 1, False),
        ("", 1, False),
    ],
)
def test_damage_is_told_from_what_else_ends_a_server(
    said: str, code: int, is_damage: bool
) -> None:
    assert Death(code, said).is_of_damage(state_bytes=100_000) == is_damage


def test_reason_is_the_first_serious_word() -> None:
    said = (
        "1:M 29 Nov 2026 20:36:15.5 # WARNING Memory overcommit must be enabled!\n"
        f"{BEGUN}1:M 29 Nov 2026 20:36:15.6 # \n*** FATAL AOF MANIFEST ***\n\n"
        "1:M 29 Nov 2026 20:36:15.6 # Found an empty AOF manifest\n"
        "1:M 29 Nov 2026 20:36:15.6 # later\n"
    )
    assert Death(1, said).reason == "Found an empty AOF manifest"
    assert "exit 3" in Death(3, "").reason


class Killed(BaseException):
    """Stands for the end of the launcher: nothing of it runs any more."""


@pytest.mark.parametrize(
    ("step", "damage"),
    [
        ("shutil.copy", "increment with NULs at its end"),
        ("cut_damaged_end", "increment with NULs at its end"),
        ("os.link", "increment with NULs at its end"),
        ("_sync", "increment with NULs at its end"),
        ("sync_directory", "increment with NULs at its end"),
        ("sync_directory", "base cut by 5 bytes"),
        ("sync_directory", "old file of garbage beside a damaged folder"),
    ],
)
def test_launcher_may_be_killed_while_it_mends(
    step: str,
    damage: str,
    left_behind: tuple[Path, list[str]],
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each step is done, and then nothing more: what is there then is copied."""
    DAMAGES[damage](StateFiles(data_dir))
    snapshot = data_dir.with_name("snapshot")
    room = "app.launcher.valkey_repair"
    real = resolve_name(f"{room}.{step}")

    def then_die(*arguments: object) -> None:
        real(*arguments)
        shutil.copytree(data_dir, snapshot)
        raise Killed

    monkeypatch.setattr(f"{room}.{step}", then_die)
    death = Death(1, BEGUN + "1:M 29 # Bad file format")

    def mend() -> None:
        mend_before_start(data_dir)
        mend_after(death, data_dir, valkey.find_binary())

    with pytest.raises(Killed):
        mend()
    monkeypatch.undo()
    with an_api_on(snapshot) as (api, _):
        job_ids = left_behind[1]
        assert api.ledger.restoration.statuses(job_ids) == dict.fromkeys(
            job_ids, "queued"
        )


def test_state_that_cannot_be_kept_is_left_where_it_is(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    shorten(StateFiles(data_dir).base, 5)
    monkeypatch.setattr(Path, "rename", refuse)
    death = Death(1, BEGUN + "1:M 29 # Bad file format")
    assert not mend_after(death, data_dir, valkey.find_binary())
    assert StateFiles(data_dir).increment.stat().st_size


def test_without_the_servers_tool_all_is_kept_aside(data_dir: Path) -> None:
    append(StateFiles(data_dir).increment, bytes(12))
    death = Death(1, BEGUN + "1:M 29 # Bad file format")
    assert mend_after(death, data_dir, data_dir / "no-binary")
    (aside,) = kept_aside(data_dir)
    assert aside.is_dir()
