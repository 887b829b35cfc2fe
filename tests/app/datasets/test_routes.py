import logging
from pathlib import Path

import pytest

from app.contract.datasets import MANIFEST_FILE, PictureRow, Split, manifest_of
from app.settings import ApiSettings
from tests.app.conftest import ApiHarness

HASH = "0" * 64


def write_set(folder: Path, *splits: Split, licence: str | None = "CC0") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        PictureRow(
            file=f"{index}.jpg",
            sha256=HASH,
            width=1,
            height=1,
            source="somewhere",
            source_sha256=HASH,
            split=split,
            licence=licence,
        )
        for index, split in enumerate(splits)
    ]
    (folder / MANIFEST_FILE).write_bytes(manifest_of(rows).content)


@pytest.fixture
def api(tmp_path: Path) -> ApiHarness:
    return ApiHarness(settings=ApiSettings(datasets_dir=tmp_path / "sets"))


def test_builtin_is_always_there(api: ApiHarness) -> None:
    (builtin,) = api.client.get("/v1/datasets").json()["data"]
    assert builtin["object"] == "dataset"
    assert builtin["name"] == "builtin"
    assert builtin["pictures"] == sum(builtin["split"].values()) > 60
    assert "CC0" in builtin["licenses"]


def test_prepared_sets_are_told_as_they_are_now(
    api: ApiHarness, tmp_path: Path
) -> None:
    folder = tmp_path / "sets" / "mine"
    write_set(folder, Split.TRAIN, Split.TRAIN, Split.HELD_OUT)
    _, mine = api.client.get("/v1/datasets").json()["data"]
    assert mine == {
        "object": "dataset",
        "name": "mine",
        "pictures": 3,
        "split": {"train": 2, "held_out": 1},
        "licenses": ["CC0"],
        "sha256": mine["sha256"],
    }
    write_set(folder, Split.TRAIN, licence=None)
    _, changed = api.client.get("/v1/datasets").json()["data"]
    assert (changed["pictures"], changed["licenses"]) == (1, [])
    assert changed["sha256"] != mine["sha256"]


def test_what_is_no_set_is_left_out_and_damage_is_logged(
    api: ApiHarness, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sets = tmp_path / "sets"
    for name in ("damaged", "Not A Name", "builtin"):
        write_set(sets / name, Split.TRAIN)
    (sets / "damaged" / MANIFEST_FILE).write_text("{}")
    (sets / "empty").mkdir()
    (sets / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        found = api.client.get("/v1/datasets").json()["data"]
    assert [each["name"] for each in found] == ["builtin"]
    assert "name=damaged: manifest.jsonl, line 1" in caplog.text


def test_sets_lie_in_the_data_directory_unless_told(tmp_path: Path) -> None:
    settings = ApiSettings(data_dir=tmp_path)
    assert settings.datasets_path == tmp_path / "datasets"
