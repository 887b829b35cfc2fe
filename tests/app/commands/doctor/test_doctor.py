"""`impasto doctor` as a whole, and the stores."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.commands.doctor import stores
from app.commands.doctor.findings import Finding, Level, ok, problem, warning
from app.launcher import valkey


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """Return a list of what the doctor will find."""
    found: list[Finding] = []

    def look(*_args: object, **options: object) -> Iterator[Finding]:
        yield from found

    def nothing(*_args: object) -> Iterator[Finding]:
        return iter(())

    for part in ("installation", "stores", "worker"):
        monkeypatch.setattr(f"app.commands.doctor.command.{part}.look", nothing)
    monkeypatch.setattr("app.commands.doctor.command.network.look", look)
    return found


def test_a_healthy_installation_ends_with_0(parts: list[Finding]) -> None:
    parts += [ok("python", "Python"), warning("disk", "1 GiB [left]", "make room")]
    done = CliRunner().invoke(cli, ["doctor"])
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "ok       Python",
        "warning  1 GiB [left]",
        "         -> make room",
    ]


def test_an_ill_one_ends_with_1_and_says_how_much_there_is_to_mend(
    parts: list[Finding],
) -> None:
    parts += [problem("a", "A", "do A"), problem("b", "B", "do B")]
    done = CliRunner().invoke(cli, ["doctor", "--json"])
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert [each["level"] for each in told["findings"]] == ["problem"] * 2
    assert "2 to mend" in done.stderr


def test_details_are_for_those_who_ask(parts: list[Finding]) -> None:
    parts.append(ok("packages", "all fit", "httpx 0.28"))
    assert "httpx" not in CliRunner().invoke(cli, ["doctor"]).stdout
    assert "httpx 0.28" in CliRunner().invoke(cli, ["doctor", "-v"]).stdout


def test_a_finding_that_is_not_well_must_say_what_to_do() -> None:
    with pytest.raises(ValueError, match="say what to do"):
        Finding(check="x", level=Level.PROBLEM, message="bad")


def of_stores(data: Path, **environment: str) -> dict[str, Finding]:
    return {each.check: each for each in stores.look(data, environment)}


def test_a_directory_that_is_made_later_can_be_written(tmp_path: Path) -> None:
    found = of_stores(tmp_path / "deep" / "data")
    assert found["data"].level is Level.OK
    assert "made at the first start" in found["data"].message
    assert "disk" in found
    assert not (tmp_path / "deep").exists()


def test_a_directory_that_cannot_be_written_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    found = of_stores(file)
    assert found["data"].level is Level.PROBLEM
    assert "--data" in (found["data"].advice or "")


@pytest.mark.parametrize(
    ("free_gib", "level"), [(0.1, "problem"), (0.5, "warning"), (2.0, "ok")]
)
def test_scarce_space_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gib: float, level: str
) -> None:
    usage = type("Usage", (), {"free": int(free_gib * 2**30)})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    assert of_stores(tmp_path)["disk"].level == level


def test_an_object_storage_is_asked_in_the_disks_place(
    tmp_path: Path, storage: Any
) -> None:
    environment = dict(storage.environment(storage.new_bucket()))
    found = of_stores(tmp_path, **environment)
    assert found["storage"].level is Level.OK
    assert "disk" not in found
    environment["IMPASTO_SECRET"] = ""
    found = of_stores(tmp_path, **environment)
    assert "IMPASTO_SECRET" in (found["storage"].advice or "")


@pytest.mark.parametrize(
    ("url", "words"), [("s3://nobody-made-this", "NoSuchBucket"), ("s3:/x", "s3://")]
)
def test_an_object_storage_that_refuses_is_a_problem(
    tmp_path: Path, storage: Any, url: str, words: str
) -> None:
    found = of_stores(tmp_path, **storage.environment(url))["storage"]
    assert found.level is Level.PROBLEM
    assert words in found.message
    assert "IMPASTO_BLOBS_URL" in (found.advice or "")


def test_a_redis_that_does_not_answer_is_told_without_its_password(
    tmp_path: Path,
) -> None:
    url = "redis://user:secret@127.0.0.1:1/0"
    found = of_stores(tmp_path, IMPASTO_REDIS_URL=url)["redis"]
    assert found.level is Level.PROBLEM
    assert "redis://127.0.0.1:1/0 does not answer" in found.message
    assert "secret" not in found.message


def test_a_redis_that_answers_tells_its_version(
    tmp_path: Path, valkey_url: str
) -> None:
    found = of_stores(tmp_path, IMPASTO_REDIS_URL=valkey_url)["redis"]
    assert found.level is Level.OK
    assert "answers, version" in found.message


def test_without_an_address_the_own_server_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert of_stores(tmp_path)["redis"].level is Level.OK

    def none() -> Path:
        raise valkey.ValkeyNotFoundError("no server: install impasto[local]")

    monkeypatch.setattr(valkey, "find_binary", none)
    found = of_stores(tmp_path)["redis"]
    assert found.level is Level.PROBLEM
    assert "impasto[local]" in (found.advice or "")
