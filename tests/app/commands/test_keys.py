import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import cli
from app.contract.keys import ALL_SCOPES, DEFAULT_SCOPES
from app.stores.keys import KeyFile


@pytest.fixture(autouse=True)
def _environment(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMPASTO_DATA_DIR", str(data_dir))
    monkeypatch.delenv("IMPASTO_KEYS_FILE", raising=False)


@pytest.fixture
def file(data_dir: Path) -> KeyFile:
    return KeyFile(data_dir / "keys.json")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["keys", *words])


def run_json(*words: str) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    view: dict[str, Any] = json.loads(result.stdout)
    return view


def test_a_new_key_is_all_that_stdout_gets(file: KeyFile) -> None:
    result = run("create", "--name", "ci")
    assert result.exit_code == 0
    token = result.stdout.strip()
    assert token.startswith("imp_")
    assert len(token) == 36
    (key,) = file.read()
    assert (key.name, key.scopes) == ("ci", DEFAULT_SCOPES)
    assert key.id in result.stderr
    assert token not in result.stderr


def test_scopes_and_rates_can_be_chosen(file: KeyFile) -> None:
    view = run_json(
        *("create", "--name", "ci", "--scope", "jobs:read", "--scope", "admin"),
        *("--submissions-per-minute", "90", "--polls-per-second", "50"),
    )
    (key,) = file.read()
    assert key.scopes == {"jobs:read", "admin"}
    assert key.granted_scopes == ALL_SCOPES
    assert (key.submissions_per_minute, key.polls_per_second) == (90, 50)
    assert view["scopes"] == ["admin", "jobs:read"]
    assert view["id"] == key.id
    assert view["key"].startswith("imp_")
    assert "sha256" not in view


def test_a_list_shows_everything_but_the_keys(file: KeyFile) -> None:
    assert "everybody" in run("list").stderr
    assert run_json("list") == {"data": []}
    made = [run_json("create", "--name", name) for name in ("ci", "web")]
    run("revoke", made[0]["id"])
    text = run("list").stdout
    lines = text.splitlines()
    assert [line.split()[0] for line in lines] == [each["id"] for each in made]
    assert "revoked" in lines[0]
    assert "in use" in lines[1]
    views = run_json("list")["data"]
    assert [bool(each["revoked_at"]) for each in views] == [True, False]
    for each in made:
        assert each["key"] not in text
        assert "key" not in views[0]
    for key in file.read():
        assert key.sha256 not in text + str(views)


def test_a_revoked_key_is_revoked_for_good(file: KeyFile) -> None:
    key_id = run_json("create", "--name", "ci")["id"]
    first = run_json("revoke", key_id)
    assert first["revoked_at"]
    assert run_json("revoke", key_id) == first
    assert file.read()[0].revoked_at is not None


def test_the_file_may_be_elsewhere(tmp_path: Path, data_dir: Path) -> None:
    elsewhere = tmp_path / "etc" / "keys.json"
    run("create", "--name", "ci", "--file", str(elsewhere))
    assert KeyFile(elsewhere).read()
    assert not (data_dir / "keys.json").exists()


@pytest.mark.parametrize(
    ("words", "exit_code", "message"),
    [
        (("revoke", "key_00000000"), 1, "there is no key"),
        (("create", "--name", ""), 2, "name"),
        (("create", "--name", "a\nb"), 2, "name"),
        (("create", "--name", "a", "--scope", "root"), 2, "root"),
        (("create", "--name", "a", "--polls-per-second", "0"), 2, "polls"),
        (("create",), 2, "name"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    words: tuple[str, ...], exit_code: int, message: str
) -> None:
    result = run(*words)
    assert result.exit_code == exit_code
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_a_damaged_file_is_left_as_it_is(file: KeyFile) -> None:
    file.path.parent.mkdir()
    file.path.write_text("{")
    for words in (("list",), ("create", "--name", "a"), ("revoke", "key_00000000")):
        result = run(*words)
        assert result.exit_code == 1
        assert "damaged" in result.stderr
    assert file.path.read_text() == "{"
