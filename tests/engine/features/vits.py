"""Small networks with made weights; transformers in the three layouts of files."""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from app.contract.painting.choices import Network
from tests.engine.conftest import SMALL, small_tensors
from tests.engine.features.students import drawn
from worker.engine.features.backbones.joined import VggAndVit, VggAndVitWeights
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.backbones.vit import Vit
from worker.engine.features.weights import VggNetwork, VggWeights
from worker.engine.features.weights.students import StudentWeights
from worker.engine.features.weights.vit_checkpoint import (
    VitShape,
    VitWeights,
    read_vit,
)

WIDTH, DEPTH, PATCH_PX, GRID = 128, 2, 8, 4


def of_timm(
    width: int = WIDTH, depth: int = DEPTH, patch_px: int = PATCH_PX
) -> dict[str, Tensor]:
    """A state dict with a classifier, in timm's layout."""
    random = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random) / max(1, shape[-1]) ** 0.5

    entries = {
        "cls_token": drawn(1, 1, width),
        "pos_embed": drawn(1, 1 + GRID**2, width),
        "patch_embed.proj.weight": drawn(width, 3, patch_px, patch_px),
        "patch_embed.proj.bias": drawn(width),
        "norm.weight": 1 + drawn(width),
        "norm.bias": drawn(width),
        "head.weight": drawn(10, width),
    }
    for block in range(depth):
        shapes = {
            "attn.qkv": (3 * width, width),
            "attn.proj": (width, width),
            "mlp.fc1": (4 * width, width),
            "mlp.fc2": (width, 4 * width),
        }
        for name, shape in shapes.items():
            entries[f"blocks.{block}.{name}.weight"] = drawn(*shape)
            entries[f"blocks.{block}.{name}.bias"] = drawn(shape[0])
        for which in (1, 2):
            entries[f"blocks.{block}.norm{which}.weight"] = 1 + drawn(width)
            entries[f"blocks.{block}.norm{which}.bias"] = drawn(width)
    return entries


def of_dino(entries: Mapping[str, Tensor]) -> dict[str, object]:
    """The same as a training run of DINO saves it: a student, a teacher, an epoch."""
    names = {name: f"backbone.{name}" for name in entries if name != "head.weight"}
    teacher = {theirs: entries[ours] for ours, theirs in names.items()}
    teacher["head.mlp.0.weight"] = torch.ones(4, 4)
    return {"student": {}, "teacher": teacher, "epoch": 100}


def of_torchvision(entries: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same under torchvision's names."""
    layer = r"encoder.layers.encoder_layer_\1."
    renames = (
        (r"^cls_token$", "class_token"),
        (r"^pos_embed$", "encoder.pos_embedding"),
        (r"^patch_embed\.proj\.", "conv_proj."),
        (r"^norm\.", "encoder.ln."),
        (r"^head\.", "heads.head."),
        (r"^blocks\.(\d+)\.norm([12])\.", layer + r"ln_\2."),
        (r"^blocks\.(\d+)\.attn\.qkv\.", layer + "self_attention.in_proj_"),
        (r"^blocks\.(\d+)\.attn\.proj\.", layer + "self_attention.out_proj."),
        (r"^blocks\.(\d+)\.mlp\.fc1\.", layer + "mlp.0."),
        (r"^blocks\.(\d+)\.mlp\.fc2\.", layer + "mlp.3."),
    )
    found = {}
    for name, entry in entries.items():
        theirs = name
        for ours, pattern in renames:
            theirs = re.sub(ours, pattern, theirs)
        found[theirs] = entry
    return found


def saved(entries: object, folder: Path, name: str = "vit.pth") -> Path:
    path = folder / name
    torch.save(entries, path)
    return path


def joined(folder: Path, entries: object = None) -> VggAndVit:
    """A small VGG19 beside a small transformer."""
    vit = read_vit(saved(of_timm() if entries is None else entries, folder))
    return VggAndVit(Vgg(SMALL, activation_scale=1.0), Vit(vit))


def small_weights(
    network: Network,
) -> VggWeights | VggAndVitWeights | StudentWeights:
    """Weights that a network's row in the registry builds from; VGGs far narrower."""
    if network is Network.STUDENT_LITE0:
        return StudentWeights.of(drawn(), {})
    vgg = VggNetwork.VGG19 if network.is_vit else VggNetwork(network.value)
    shapes = vgg.description.shapes
    tensors = {name: each for name, each in small_tensors().items() if name in shapes}
    if not network.is_vit:
        return VggWeights(tensors, f"of a small {network}", vgg)
    depth = DEPTH if network is Network.VIT else 12
    patch_px = 8 if network is Network.VIT else int(network.value.split("_")[-1])
    entries = of_timm(64, depth, patch_px)
    del entries["head.weight"]
    shape = VitShape(width=64, depth=depth, patch_px=patch_px)
    vit = VitWeights(entries, shape, "of a small transformer")
    return VggAndVitWeights(VggWeights(tensors, "of a small VGG19", vgg), vit)
