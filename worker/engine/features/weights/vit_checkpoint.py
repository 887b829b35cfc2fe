"""Vision transformers out of files: three layouts of names become one.

timm's names are ours; DINO's differ in what lies around them, torchvision's in the
names. The shape is read from the tensors. Knows names and shapes, computes nothing.

Source: Dosovitskiy et al. 2021, table 1; register tokens: Darcet et al. 2024; layer
scale: Touvron et al. 2021.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from worker.engine.errors import WeightsError
from worker.engine.features.weights.identity import checked_sha256
from worker.engine.features.weights.state_dict import (
    checked_tensor,
    read_entries,
    some_of,
)
from worker.engine.features.weights.vgg_weights import digest

#: Channels of a head, in all published ones up to ViT-L. No file tells how many there
#: are.
HEAD_CHANNELS = 64
_CHANNELS = 3
#: The hidden layer's width against the tokens'.
_MLP = 4
#: What a training run wraps around the network that is wanted: the teacher of DINO.
_WRAPPERS = ("teacher", "model", "state_dict")
_PREFIXES = ("module.", "backbone.")
#: Classifiers, DINO's projection, what masked patches were replaced with.
_NOT_READ = re.compile(r"(head|heads|fc_norm|pre_logits|head_dist)\.|mask_token$")
#: torchvision's names, in order; the first that fits is replaced.
_TORCHVISION = (
    (r"^class_token$", "cls_token"),
    (r"^conv_proj\.", "patch_embed.proj."),
    (r"^encoder\.pos_embedding$", "pos_embed"),
    (r"^encoder\.ln\.", "norm."),
    (r"^encoder\.layers\.encoder_layer_(\d+)\.ln_([12])\.", r"blocks.\1.norm\2."),
    (
        r"^encoder\.layers\.encoder_layer_(\d+)\.self_attention\.in_proj_",
        r"blocks.\1.attn.qkv.",
    ),
    (
        r"^encoder\.layers\.encoder_layer_(\d+)\.self_attention\.out_proj\.",
        r"blocks.\1.attn.proj.",
    ),
    (
        r"^encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:0|linear_1)\.",
        r"blocks.\1.mlp.fc1.",
    ),
    (
        r"^encoder\.layers\.encoder_layer_(\d+)\.mlp\.(?:3|linear_2)\.",
        r"blocks.\1.mlp.fc2.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class VitShape:
    """What tells one vision transformer from another.

    Attributes:
        width: channels of a token.
        depth: blocks.
        patch_px: side of a patch.
    """

    width: int
    depth: int
    patch_px: int

    def __str__(self) -> str:
        """Say it in words."""
        return (
            f"a ViT of {self.depth} blocks, {self.width} channels and patches of "
            f"{self.patch_px} px"
        )


@dataclass(frozen=True)
class VitWeights:
    """A vision transformer's tensors, float32, under timm's names.

    Attributes:
        tensors: by name; "reg_token" (1, R, D) and "blocks.0.ls1.gamma" (D,) where the
            network has them.
        shape: what they say it is.
        sha256: of all names, shapes and values.
    """

    tensors: dict[str, Tensor]
    shape: VitShape
    sha256: str


def read_vit(path: Path, sha256: str | None = None) -> VitWeights:
    """Return the vision transformer that a file holds.

    Args:
        path: *.pth, *.pt or *.safetensors, in timm's, DINO's or torchvision's layout.
        sha256: that the file must have, 64 digits; None if nobody knows.

    Raises:
        WeightsError: it is none, is damaged, or has another hash.
    """
    checked_sha256(path, sha256)
    entries = _in_our_names(read_entries(path))
    try:
        shape = _shape_of(entries)
        wanted = _wanted(entries, shape)
        _refuse_other_names(set(entries), set(wanted))
        tensors = {
            name: checked_tensor(entries[name], name, each)
            for name, each in wanted.items()
        }
    except WeightsError as error:
        raise WeightsError(
            f"{path} does not hold a vision transformer in timm's, DINO's or "
            f"torchvision's layout: {error}"
        ) from error
    return VitWeights(tensors, shape, digest(tensors))


def _in_our_names(entries: Mapping[str, object]) -> dict[str, object]:
    """Return what is read of a file, under timm's names."""
    for wrapper in _WRAPPERS:
        inner = entries.get(wrapper)
        if isinstance(inner, Mapping):
            entries = {str(name): each for name, each in inner.items()}
    found = {}
    for name, each in entries.items():
        ours = name
        for prefix in _PREFIXES:
            ours = ours.removeprefix(prefix)
        if _NOT_READ.match(ours):
            continue
        found[_renamed(ours)] = each
    return found


def _renamed(name: str) -> str:
    for pattern, ours in _TORCHVISION:
        renamed, count = re.subn(pattern, ours, name)
        if count:
            return renamed
    return "reg_token" if name == "register_tokens" else name


def _shape_of(entries: Mapping[str, object]) -> VitShape:
    kernel = entries.get("patch_embed.proj.weight")
    if not isinstance(kernel, Tensor) or kernel.ndim != 4:
        raise WeightsError(
            f"it has no patch_embed.proj.weight, but {some_of(set(entries))}"
        )
    width, channels, height, across = kernel.shape
    blocks = [re.match(r"blocks\.(\d+)\.", name) for name in entries]
    numbers = [int(each[1]) for each in blocks if each]
    if channels != _CHANNELS or height != across or not numbers:
        raise WeightsError(
            f"patch_embed.proj.weight is {tuple(kernel.shape)} and it has "
            f"{len(set(numbers))} blocks"
        )
    if width > HEAD_CHANNELS and width % HEAD_CHANNELS:
        raise WeightsError(
            f"its tokens have {width} channels, must be a multiple of {HEAD_CHANNELS}"
        )
    return VitShape(width=width, depth=max(numbers) + 1, patch_px=height)


def _wanted(
    entries: Mapping[str, object], shape: VitShape
) -> dict[str, tuple[int, ...]]:
    """Return the shape of every tensor that this network must have."""
    width, hidden, patch = shape.width, _MLP * shape.width, shape.patch_px
    wanted: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, width),
        "pos_embed": (1, _positions(entries), width),
        "patch_embed.proj.weight": (width, _CHANNELS, patch, patch),
        "patch_embed.proj.bias": (width,),
        "norm.weight": (width,),
        "norm.bias": (width,),
    }
    if "reg_token" in entries:
        wanted["reg_token"] = (1, _length(entries["reg_token"]), width)
    scaled = {"ls1.gamma": (width,), "ls2.gamma": (width,)}
    block: dict[str, tuple[int, ...]] = {
        **{f"norm{k}.{part}": (width,) for k in (1, 2) for part in ("weight", "bias")},
        "attn.qkv.weight": (3 * width, width),
        "attn.qkv.bias": (3 * width,),
        "attn.proj.weight": (width, width),
        "attn.proj.bias": (width,),
        "mlp.fc1.weight": (hidden, width),
        "mlp.fc1.bias": (hidden,),
        "mlp.fc2.weight": (width, hidden),
        "mlp.fc2.bias": (width,),
        **(scaled if "blocks.0.ls1.gamma" in entries else {}),
    }
    for index in range(shape.depth):
        wanted |= {f"blocks.{index}.{name}": each for name, each in block.items()}
    return wanted


def _positions(entries: Mapping[str, object]) -> int:
    """Return how many places the network was trained at, a square and its extras.

    Raises:
        WeightsError: they are no square of patches, with or without other tokens.
    """
    count = _length(entries.get("pos_embed"))
    others = {0, 1, 1 + _length(entries.get("reg_token"))}
    if count and not any(is_square(count - each) for each in others):
        raise WeightsError(f"pos_embed has {count} places, which are no square")
    return count


def is_square(count: int) -> bool:
    """Tell whether so many patches fill a square."""
    return count > 0 and math.isqrt(count) ** 2 == count


def _length(entry: object) -> int:
    """Return how many tokens an entry (1, T, D) has."""
    is_tokens = isinstance(entry, Tensor) and entry.ndim == 3
    return entry.shape[1] if isinstance(entry, Tensor) and is_tokens else 0


def _refuse_other_names(found: set[str], wanted: set[str]) -> None:
    if found != wanted:
        raise WeightsError(
            f"of {len(wanted)} tensors {len(wanted - found)} are missing "
            f"({some_of(wanted - found)}) and {len(found - wanted)} are too many "
            f"({some_of(found - wanted)})"
        )
