"""Small vision transformers with made weights, in the three layouts of files."""

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from tests.engine.conftest import SMALL
from worker.engine.features.backbones.joined import VggAndVit
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.backbones.vit import Vit
from worker.engine.features.weights.vit_checkpoint import read_vit

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
