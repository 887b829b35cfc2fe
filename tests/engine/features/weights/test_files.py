"""A file that the operator names is the network that he names, or is refused."""

import hashlib
import logging
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from worker.engine import WeightsError
from worker.engine.features.weights import VggNetwork, identity, load_weights

from .conftest import describe, trained

pytestmark = pytest.mark.usefixtures("narrow_networks")


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def damaged(tmp_path: Path, change: dict[str, Any]) -> Path:
    path = tmp_path / "vgg16.pth"
    entries = {n: e for n, e in (trained(VggNetwork.VGG16) | change).items() if e != ()}
    torch.save(entries, path)
    return path


@pytest.mark.parametrize("kind", ["zipped", "legacy", "safetensors", "halved"])
@pytest.mark.parametrize("network", VggNetwork)
def test_every_format_gives_the_saved_numbers(
    kind: str, network: VggNetwork, tmp_path: Path
) -> None:
    entries = trained(network)
    path = tmp_path / ("v.safetensors" if kind == "safetensors" else "v.pth")
    if kind == "safetensors":
        save_file(entries, path)
    elif kind == "halved":
        entries = {name: entry.half() for name, entry in entries.items()}
        torch.save(entries, path)
    else:
        # Johnson's and torchvision's files are of 2017: not zipped.
        torch.save(entries, path, _use_new_zipfile_serialization=kind == "zipped")
    weights = load_weights(network, cache_dir=tmp_path, path=path)
    assert weights.network is network
    for ours, theirs in network.description.torchvision_names.items():
        assert weights.tensors[ours].dtype == torch.float32
        assert torch.equal(weights.tensors[ours], entries[theirs].float())


def test_a_named_file_is_kept_and_found_without_its_name(
    vgg16_file: Path, tmp_path: Path
) -> None:
    first = load_weights("vgg16", cache_dir=tmp_path / "cache", path=vgg16_file)
    source_sha256 = sha256_of(vgg16_file)
    vgg16_file.unlink()
    for sha256 in (None, source_sha256, source_sha256.upper()):
        again = load_weights("vgg16", cache_dir=tmp_path / "cache", sha256=sha256)
        assert again.sha256 == first.sha256
        assert torch.equal(
            again.tensors["conv5_3.weight"], first.tensors["conv5_3.weight"]
        )


def test_weights_of_another_source_are_not_taken_from_the_cache(
    vgg16_file: Path, tmp_path: Path
) -> None:
    load_weights("vgg16", cache_dir=tmp_path, path=vgg16_file)
    with pytest.raises(
        WeightsError, match=r"no weights of vgg16 with source SHA-256 0"
    ):
        load_weights("vgg16", cache_dir=tmp_path, sha256="0" * 64)
    with pytest.raises(WeightsError, match=r"no weights of vgg16_torchvision are kept"):
        load_weights("vgg16_torchvision", cache_dir=tmp_path)


def test_two_sources_in_the_cache_need_a_choice(
    vgg16_file: Path, tmp_path: Path
) -> None:
    first = load_weights("vgg16", cache_dir=tmp_path, path=vgg16_file)
    first_source = sha256_of(vgg16_file)
    torch.save(trained(VggNetwork.VGG16, seed=1), vgg16_file)
    second = load_weights("vgg16", cache_dir=tmp_path, path=vgg16_file)
    assert second.sha256 != first.sha256
    with pytest.raises(WeightsError, match="several weights of vgg16"):
        load_weights("vgg16", cache_dir=tmp_path)
    chosen = load_weights("vgg16", cache_dir=tmp_path, sha256=first_source)
    assert chosen.sha256 == first.sha256


def test_a_corrupt_cache_is_not_used(vgg16_file: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    load_weights("vgg16", cache_dir=cache, path=vgg16_file)
    (kept,) = cache.iterdir()
    content = bytearray(kept.read_bytes())
    content[-1] ^= 1
    kept.write_bytes(content)
    with pytest.raises(WeightsError, match="no weights of vgg16 are kept"):
        load_weights("vgg16", cache_dir=cache)


@pytest.mark.vgg_weights
def test_a_named_vgg19_does_not_become_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "own.pth"
    torch.save(trained(VggNetwork.VGG19), path)
    own = load_weights(cache_dir=tmp_path, path=path)
    assert load_weights(cache_dir=tmp_path, sha256=sha256_of(path)).sha256 == own.sha256
    monkeypatch.undo()
    assert load_weights(cache_dir=tmp_path).sha256 != own.sha256


def test_an_unknown_network_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"'vgg13', must be one of: vgg19, vgg16,"):
        load_weights("vgg13", cache_dir=tmp_path)


def test_without_a_source_it_says_where_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"vgg16-00b39a1b\.pth.*--path"):
        load_weights("vgg16", cache_dir=tmp_path)
    with pytest.raises(WeightsError, match=r"--download"):
        load_weights("vgg16_torchvision", cache_dir=tmp_path)


@pytest.mark.parametrize("sha256", ["", "d01eb7cb", "g" * 64])
def test_a_malformed_hash_is_refused(
    sha256: str, vgg16_file: Path, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match="must be 64 hexadecimal digits"):
        load_weights("vgg16", cache_dir=tmp_path, path=vgg16_file, sha256=sha256)


def test_another_hash_than_the_operators_is_refused(
    vgg16_file: Path, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(WeightsError, match=f"{sha256_of(vgg16_file)}, must be 0000"):
        load_weights("vgg16", cache_dir=cache, path=vgg16_file, sha256="0" * 64)
    assert not cache.exists()


def test_another_hash_than_the_names_is_refused(
    vgg16_file: Path, tmp_path: Path
) -> None:
    right = tmp_path / f"vgg16-{sha256_of(vgg16_file)[:8]}.pth"
    wrong = tmp_path / "vgg16-00b39a1b.pth"
    right.write_bytes(vgg16_file.read_bytes())
    load_weights("vgg16", cache_dir=tmp_path, path=right)
    right.rename(wrong)
    with pytest.raises(WeightsError, match="must begin with 00b39a1b as its name says"):
        load_weights("vgg16", cache_dir=tmp_path, path=wrong)


@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.99])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_truncated_file_is_refused(
    kept: float, suffix: str, vgg16_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / f"cut{suffix}"
    if suffix == ".safetensors":
        save_file(trained(VggNetwork.VGG16), path)
    else:
        path.write_bytes(vgg16_file.read_bytes())
    content = path.read_bytes()
    size_bytes = int(kept * len(content)) if isinstance(kept, float) else kept
    path.write_bytes(content[:size_bytes])
    with pytest.raises(WeightsError, match=r"damaged, not complete or of another"):
        load_weights("vgg16", cache_dir=tmp_path, path=path)


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "sprung",)

    path = tmp_path / "trap.pth"
    torch.save({"features.0.weight": Trap()}, path)
    with pytest.raises(WeightsError, match="can not be read as a PyTorch state dict"):
        load_weights("vgg16", cache_dir=tmp_path, path=path)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("given", "asked"),
    [("vgg16", "vgg19"), ("vgg19", "vgg16"), ("vgg16", "vgg19_torchvision")],
)
def test_another_graph_is_refused_by_its_name(
    given: str, asked: str, tmp_path: Path
) -> None:
    path = tmp_path / "v.pth"
    torch.save(trained(VggNetwork(given)), path)
    with pytest.raises(WeightsError, match=f"not hold {asked}: .*layers of {given}"):
        load_weights(asked, cache_dir=tmp_path, path=path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features.7.bias": ()}, r"of 26 tensors 1 are missing \(features\.7\.bias\)"),
        ({"features.1.weight": torch.ones(2)}, r"1 are too many \(features\.1\.w"),
        ({"features.2.weight": torch.ones(2, 3, 3, 3)}, r"\(2, 3, 3, 3\), must be \("),
        ({"features.2.bias": torch.tensor([1, torch.nan])}, r"2\.bias has values that"),
        ({"features.2.bias": torch.tensor([1, torch.inf])}, r"2\.bias has values that"),
        ({"features.2.bias": torch.ones(2, dtype=torch.int8)}, r"int8, must be float"),
        ({"features.2.bias": torch.ones(2).to_sparse()}, r"must be a tensor"),
        ({"features.2.bias": 1.0}, r"features\.2\.bias is a float, must be a tensor"),
    ],
)  # fmt: skip
def test_damaged_contents_are_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = damaged(tmp_path, change)
    with pytest.raises(WeightsError, match=message):
        load_weights("vgg16", cache_dir=tmp_path / "cache", path=path)
    assert not (tmp_path / "cache").exists()


def test_a_network_that_was_never_trained_is_refused(tmp_path: Path) -> None:
    # torchvision's vgg16(weights=None): random kernels, biases of zero.
    entries = trained(VggNetwork.VGG16)
    zeros = {n: torch.zeros_like(e) for n, e in entries.items() if n.endswith("bias")}
    with pytest.raises(WeightsError, match="never trained"):
        load_weights("vgg16", cache_dir=tmp_path, path=damaged(tmp_path, zeros))


def test_what_is_no_state_dict_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.pth"
    torch.save([torch.ones(2)], path)
    with pytest.raises(WeightsError, match="holds a list, must hold a state dict"):
        load_weights("vgg16", cache_dir=tmp_path, path=path)


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.pth", "is not there"), ("v.onnx", r"must end in one of: \.pth, \.pt, \.s")],
)
def test_what_is_no_file_of_weights_is_refused(
    name: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=message):
        load_weights("vgg16", cache_dir=tmp_path, path=tmp_path / name)


def test_a_file_too_big_for_a_vgg_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.pth"
    with path.open("wb") as file:
        file.truncate(700_000_001)  # takes no room on the disk
    with pytest.raises(WeightsError, match="has 700000001 bytes, may have 700000000"):
        load_weights("vgg16", cache_dir=tmp_path, path=path)


def test_the_published_file_of_another_network_is_refused(
    vgg16_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same graph and shapes, so only the hash tells that the colours are others.
    other = VggNetwork.VGG16_TORCHVISION
    describe(monkeypatch, other, published_sha256=sha256_of(vgg16_file))
    with pytest.raises(WeightsError, match="holds vgg16_torchvision, not vgg16"):
        load_weights("vgg16", cache_dir=tmp_path, path=vgg16_file)
    load_weights(other, cache_dir=tmp_path, path=vgg16_file)


def test_torchvisions_rgb_copy_of_oxfords_vgg16_is_refused(
    vgg16_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "_OXFORD_IN_RGB", sha256_of(vgg16_file)[:8])
    with pytest.raises(WeightsError, match="which reads RGB"):
        load_weights("vgg16", cache_dir=tmp_path, path=vgg16_file)


def test_unpublished_weights_without_a_hash_leave_a_warning(
    vgg16_file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sha256 = sha256_of(vgg16_file)
    with caplog.at_level(logging.WARNING):
        load_weights("vgg16", cache_dir=tmp_path, path=vgg16_file, sha256=sha256)
        assert caplog.text == ""
        load_weights("vgg16", cache_dir=tmp_path, path=vgg16_file)
    assert f"weights_of_unknown_origin network=vgg16 sha256={sha256}" in caplog.text
