"""A person asks which weights there are, and whether they are right."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from worker.engine import catalogue, cli
from worker.engine.catalogue import CATALOGUE
from worker.engine.features.registry import BACKBONES
from worker.engine.features.weights.cache import write_tensors


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMPASTO_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_every_network_has_a_row_with_hash_source_and_licence() -> None:
    published = {name for name, each in BACKBONES.items() if each.published}
    assert published <= {entry.name for entry in CATALOGUE}
    for entry in CATALOGUE:
        assert len(entry.sha256) >= 8
        assert entry.origin
        assert entry.licence


def test_sizes_are_those_of_the_packages_files() -> None:
    packaged = [entry for entry in CATALOGUE if entry.package is not None]
    assert len(packaged) >= 4
    for entry in packaged:
        assert entry.package is not None
        assert entry.package.checked().stat().st_size == entry.bytes


def test_list_says_what_is_here(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["weights", "list", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["data"]}
    assert rows["vgg19"]["presence"] == "packaged"
    assert rows["vgg16"]["presence"] == "absent"
    assert cli.main(["weights", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + len(CATALOGUE)
    assert lines[1].split()[:4] == ["vgg19", "packaged", "20.1", "c34748d2a8b1"]


def test_fetched_weights_are_kept_and_verified_until_they_are_damaged(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["weights", "fetch", "multistyle26"]) == 0
    path = Path(capsys.readouterr().out.strip().removeprefix("multistyle26: "))
    assert path.parent == cache
    assert cli.main(["weights", "verify", "multistyle26"]) == 0
    assert f"{path} is right" in capsys.readouterr().out
    save_file({"a": torch.ones(1)}, path, {"sha256": "0" * 64})
    assert cli.main(["weights", "verify"]) == 2
    assert f"{path} is damaged" in capsys.readouterr().err


def test_packages_file_of_another_hash_is_no_right_one(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = next(each for each in CATALOGUE if each.name == "multistyle26")
    assert entry.package is not None
    other = replace(entry, package=replace(entry.package, sha256="0" * 64))
    monkeypatch.setattr(catalogue, "CATALOGUE", (other,))
    assert cli.main(["weights", "verify"]) == 2
    assert "must be 0000" in capsys.readouterr().err


def test_weights_that_no_package_carries_are_named_where_they_are(
    cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = next(each for each in CATALOGUE if each.name == "vgg16")
    name = entry.kept.replace("????????", "12345678")
    write_tensors(cache / name, {"a": torch.ones(1)}, {})
    assert entry.kept_in(cache) == [cache / name]
    assert cli.main(["weights", "verify", "vgg16"]) == 0
    assert f"{cache / name} is right" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["verify", "vgg16"], "no weights of vgg16"),
        (["fetch", "vgg16_torchvision"], "--download"),
        (["fetch", "resnet"], "no weights are called resnet; there are vgg19, vgg16"),
    ],
)
def test_what_cannot_be_had_is_told(
    cache: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert cli.main(["weights", *words]) == 2
    assert said in capsys.readouterr().err
