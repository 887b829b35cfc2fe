"""The transformer is torchvision's, takes every size, and knows the three layouts."""

import importlib
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from app.contract.painting.choices import Precision
from tests.engine.features.vits import (
    DEPTH,
    GRID,
    PATCH_PX,
    WIDTH,
    joined,
    of_dino,
    of_timm,
    of_torchvision,
    saved,
)
from worker.engine.errors import WeightsError
from worker.engine.features.backbones.vit import Vit
from worker.engine.features.weights.torchvision_import import import_torchvision
from worker.engine.features.weights.vit_checkpoint import VitWeights, read_vit

ALL = [(block, kind) for block in range(DEPTH) for kind in ("keys", "tokens")]


def nothing() -> None:
    """An interruption check that never stops."""


def maps_of(
    weights: VitWeights, image: torch.Tensor, **options: Any
) -> dict[tuple[int, str], torch.Tensor]:
    return dict(Vit(weights).maps(image, ALL, nothing, **options))


@pytest.mark.filterwarnings("ignore")  # torchvision's own, about its image library
@torch.no_grad()
def test_every_block_is_torchvisions(tmp_path: Path, random: torch.Generator) -> None:
    import_torchvision()
    models = importlib.import_module("torchvision.models")
    theirs = models.VisionTransformer(
        image_size=GRID * PATCH_PX,
        patch_size=PATCH_PX,
        num_layers=DEPTH,
        num_heads=WIDTH // 64,
        hidden_dim=WIDTH,
        mlp_dim=4 * WIDTH,
        num_classes=10,
    ).eval()
    entries = of_torchvision(of_timm())
    entries["heads.head.bias"] = torch.zeros(10)
    theirs.load_state_dict(entries)
    wanted: list[torch.Tensor] = []
    for layer in theirs.encoder.layers:
        layer.register_forward_hook(lambda *given: wanted.append(given[2]))
    image = torch.rand(2, 3, GRID * PATCH_PX, GRID * PATCH_PX, generator=random)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
    deviation = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
    theirs((image - mean) / deviation)
    found = maps_of(read_vit(saved(entries, tmp_path)), image)
    for block, tokens in enumerate(wanted):
        ours = found[block, "tokens"].flatten(2).mT
        assert (ours - tokens[:, 1:]).abs().max() < 1e-5 * tokens.abs().max()


@pytest.mark.parametrize("layout", ["timm", "dino", "torchvision", "safetensors"])
def test_all_layouts_give_the_same_network(layout: str, tmp_path: Path) -> None:
    entries = of_timm()
    wanted = read_vit(saved(entries, tmp_path, "timm.pth"))
    if layout == "safetensors":
        path = tmp_path / "vit.safetensors"
        save_file(entries, path)
    else:
        made = {"timm": dict, "dino": of_dino, "torchvision": of_torchvision}
        path = saved(made[layout](entries), tmp_path)
    found = read_vit(path)
    assert found.sha256 == wanted.sha256
    assert str(found.shape) == "a ViT of 2 blocks, 128 channels and patches of 8 px"


@torch.no_grad()
def test_any_size_has_maps_on_the_grid_of_patches(tmp_path: Path) -> None:
    weights = read_vit(saved(of_timm(), tmp_path))
    for size, grid in (((64, 64), (8, 8)), ((70, 33), (9, 5)), ((7, 12), (1, 2))):
        found = maps_of(weights, torch.rand(1, 3, *size))
        for maps in found.values():
            assert maps.shape == (1, WIDTH, *grid)
            assert maps.isfinite().all()


@torch.no_grad()
def test_positions_are_interpolated_and_not_cut(tmp_path: Path) -> None:
    """A plane of embeddings that rises to the right rises so on every grid."""
    entries = of_timm()
    rising = torch.arange(float(GRID)).repeat(GRID)
    entries["pos_embed"][0, 1:] = rising[:, None]
    vit = Vit(read_vit(saved(entries, tmp_path)))
    _, places = vit._places((3, 7))
    across = places[0, :7, 0]
    assert (across.diff() > 0).all()
    assert torch.allclose(across.mean(), rising.mean(), atol=0.05)


@torch.no_grad()
def test_registers_and_layer_scales_are_understood(tmp_path: Path) -> None:
    """A scale of 0 leaves only the embedded patches, whatever registers there are."""
    entries = of_timm()
    entries["register_tokens"] = torch.randn(1, 3, WIDTH)
    entries["mask_token"] = torch.zeros(1, WIDTH)
    for block in range(DEPTH):
        for which in ("ls1", "ls2"):
            entries[f"blocks.{block}.{which}.gamma"] = torch.zeros(WIDTH)
    image = torch.rand(1, 3, 32, 32)
    found = maps_of(read_vit(saved(entries, tmp_path)), image)
    assert torch.equal(found[0, "tokens"], found[1, "tokens"])
    assert found[0, "tokens"].shape == (1, WIDTH, GRID, GRID)
    for block in range(DEPTH):
        entries[f"blocks.{block}.ls1.gamma"] = torch.ones(WIDTH)
    mixed = maps_of(read_vit(saved(entries, tmp_path, "other.pth")), image)
    entries["register_tokens"] = -entries["register_tokens"]
    other = maps_of(read_vit(saved(entries, tmp_path, "third.pth")), image)
    assert not torch.allclose(mixed[0, "tokens"], other[0, "tokens"])


def test_recomputation_gives_the_same_gradient(tmp_path: Path) -> None:
    weights = read_vit(saved(of_timm(), tmp_path))
    gradients = []
    for recompute in (False, True):
        image = torch.rand(1, 3, 20, 20, generator=torch.Generator().manual_seed(1))
        found = maps_of(weights, image.requires_grad_(), recompute=recompute)
        total = sum(maps.square().sum() for maps in found.values())
        gradients.append(torch.autograd.grad(total, image)[0])  # type: ignore[arg-type]  # a tensor
    assert gradients[0].abs().max() > 0
    assert torch.equal(*gradients)


def test_a_stop_is_heard_forward_and_backward(tmp_path: Path) -> None:
    vit, calls = Vit(read_vit(saved(of_timm(), tmp_path))), []
    image = torch.rand(1, 3, 16, 16).requires_grad_()
    found = dict(vit.maps(image, [(1, "tokens")], lambda: calls.append(0)))
    assert len(calls) == DEPTH
    found[1, "tokens"].sum().backward()
    assert len(calls) == 2 * DEPTH


@torch.no_grad()
def test_bfloat16_is_near(tmp_path: Path) -> None:
    weights, image = read_vit(saved(of_timm(), tmp_path)), torch.rand(1, 3, 32, 32)
    exact = maps_of(weights, image)[1, "tokens"]
    rough = Vit(weights, precision=Precision.BFLOAT16)
    found = dict(rough.maps(image, ALL, nothing))[1, "tokens"]
    assert found.dtype == torch.bfloat16
    assert (found - exact).norm() < 0.02 * exact.norm()


def test_both_networks_layers_come_from_one_extractor(tmp_path: Path) -> None:
    network = joined(tmp_path)
    layers = ("last.keys", "relu1_1", "block0.tokens", "block1.keys")
    image = torch.rand(1, 3, 40, 24)
    maps = dict(network.feature_maps(image, layers, nothing))
    assert torch.equal(maps["last.keys"], maps["block1.keys"])
    assert next(iter(maps)) == "relu1_1"
    for layer, found in maps.items():
        stride = network.stride(layer)
        assert found.shape[2:] == (-(-40 // stride), -(-24 // stride))
    assert network.reach_px(["relu1_1"]) == 1
    assert network.reach_px(["relu1_1", "block0.keys"]) is None
    with pytest.raises(ValueError, match=r"no layer block2.keys; its last block is 1"):
        network.require(["block2.keys"])
    with pytest.raises(ValueError, match="relu9_1"):
        network.require(["relu9_1", "last.keys"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"norm.bias": None}, r"of 30 tensors 1 are missing \(norm\.bias\) and 0 are"),
        ({"extra.weight": torch.ones(1)}, r"1 are too many \(extra\.weight\)"),
        ({"norm.bias": torch.ones(3)}, r"norm\.bias is \(3,\), must be \(128,\)"),
        ({"norm.bias": torch.full((WIDTH,), torch.nan)}, "not finite"),
        ({"pos_embed": torch.ones(1, 8, WIDTH)}, "8 places, which are no square"),
        ({"patch_embed.proj.weight": None}, "has no patch_embed.proj.weight, but b"),
        (
            {"patch_embed.proj.weight": torch.ones(100, 3, 8, 8)},
            "100 channels, must be a multiple of 64",
        ),
    ],
)
def test_what_is_no_vit_is_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    entries = {**of_timm(), **change}
    kept = {name: each for name, each in entries.items() if each is not None}
    with pytest.raises(WeightsError, match=message) as refusal:
        read_vit(saved(kept, tmp_path))
    assert str(tmp_path / "vit.pth") in str(refusal.value)


def test_files_that_are_cut_renamed_or_have_code_are_refused(tmp_path: Path) -> None:
    path = saved(of_timm(), tmp_path)
    with pytest.raises(WeightsError, match=r"has SHA-256 .*, must be 0000"):
        read_vit(path, "0" * 64)
    named = tmp_path / "vit-00000000.pth"
    named.write_bytes(path.read_bytes())
    with pytest.raises(WeightsError, match="must begin with 00000000"):
        read_vit(named)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(WeightsError, match="damaged, not complete"):
        read_vit(path)

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "sprung",)

    with pytest.raises(WeightsError, match="can not be read"):
        read_vit(saved({"cls_token": Trap()}, tmp_path))
    assert not (tmp_path / "sprung").exists()
