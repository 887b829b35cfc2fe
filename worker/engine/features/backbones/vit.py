"""A vision transformer as a source of feature maps: keys and tokens of its blocks.

Its tokens lie on the grid of its patches. Positions see the whole picture.

Source: Dosovitskiy et al. 2021, eqs. 1 to 4; keys as structure: Tumanyan et al. 2022
(Splice), section 3. Departures: the colour preprocessing is folded into the first
convolution; a picture that is no multiple of the patch is continued by its last row and
column; position embeddings are interpolated with align_corners=False and without the
0.1 that DINO adds to the size.
"""

import math
from collections.abc import Collection, Iterator

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor
from torch.utils.checkpoint import checkpoint as recomputed

from app.contract.painting.choices import Precision
from worker.engine.features.extractor import InterruptionCheck
from worker.engine.features.weights.networks import TORCHVISION_PREPROCESSING
from worker.engine.features.weights.preprocessing import fold_preprocessing
from worker.engine.features.weights.vit_checkpoint import (
    HEAD_CHANNELS,
    VitWeights,
    is_square,
)

#: Of the layer norms, in all three layouts.
_EPSILON = 1e-6
_PATCHES = "patch_embed.proj"
KEYS, TOKENS = "keys", "tokens"


class Vit:
    """A frozen vision transformer, ready to read images.

    Args:
        weights: its tensors; ImageNet's mean and deviation are what it wants.
        precision: bfloat16 computes in it, all others in float32: its sums are too
            large for float16.
        device: where the weights live.
    """

    def __init__(
        self,
        weights: VitWeights,
        *,
        precision: Precision = Precision.FLOAT32,
        device: torch.device | None = None,
    ) -> None:
        self.shape = weights.shape
        is_rough = precision is Precision.BFLOAT16
        self._dtype = torch.bfloat16 if is_rough else torch.float32
        #: Tells networks apart whose feature maps differ.
        self.key = ("vit", weights.sha256, str(self._dtype))
        tensors = dict(weights.tensors)
        kernel, bias = (f"{_PATCHES}.{part}" for part in ("weight", "bias"))
        tensors[kernel], tensors[bias] = fold_preprocessing(
            tensors[kernel], tensors[bias], TORCHVISION_PREPROCESSING
        )
        self._tensors = {
            name: each.to(device or "cpu", self._dtype)
            for name, each in tensors.items()
        }
        width = self.shape.width
        self._heads = max(1, width // HEAD_CHANNELS)
        registers = self._tensors.get("reg_token")
        #: Tokens before the patches'.
        self._others = 1 if registers is None else 1 + registers.shape[1]

    def maps(
        self,
        image: Tensor,
        wanted: Collection[tuple[int, str]],
        check_interruption: InterruptionCheck,
        *,
        recompute: bool = False,
    ) -> Iterator[tuple[tuple[int, str], Tensor]]:
        """Yield what is wanted of blocks, from the first to the last.

        Args:
            image: (N, 3, H, W), float32, sRGB in [0, 1].
            wanted: number of a block, from 0, and "keys" or "tokens" of it.
            check_interruption: called between blocks, forward and backward; may raise.
            recompute: keep only what enters each block for the backward pass.

        Yields:
            What was wanted, and maps (N, D, ceil(H / patch), ceil(W / patch)).
        """
        tokens, size = self._embedded(image)
        deepest = max(index for index, _ in wanted)
        for index in range(deepest + 1):
            check_interruption()
            if tokens.requires_grad:
                tokens.register_hook(lambda _: check_interruption())  # type: ignore[no-untyped-call]  # torch's
            if (index, KEYS) in wanted:
                _, keys, _ = self._attended(index, tokens)
                yield (
                    (index, KEYS),
                    self._on_grid(keys.transpose(1, 2).flatten(2), size),
                )
                if index == deepest and (index, TOKENS) not in wanted:
                    return
            tokens = (
                recomputed(
                    self._block,
                    index,
                    tokens,
                    use_reentrant=False,
                    preserve_rng_state=False,
                )
                if recompute
                else self._block(index, tokens)
            )
            if (index, TOKENS) in wanted:
                yield (index, TOKENS), self._on_grid(tokens, size)

    def _embedded(self, image: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """Return the tokens (N, T, D) that enter the first block, and the grid."""
        patch = self.shape.patch_px
        missing = [-length % patch for length in image.shape[2:]]
        image = F.pad(image, (0, missing[1], 0, missing[0]), mode="replicate")
        kernel, bias = (self._tensors[f"{_PATCHES}.{k}"] for k in ("weight", "bias"))
        patches = F.conv2d(image.to(self._dtype), kernel, bias, stride=patch)
        size = (patches.shape[2], patches.shape[3])
        first, places = self._places(size)
        others = [self._tensors["cls_token"] + first]
        if "reg_token" in self._tensors:
            others.append(self._tensors["reg_token"])
        before = torch.cat(others, dim=1).expand(len(image), -1, -1)
        return torch.cat((before, patches.flatten(2).mT + places), dim=1), size

    def _places(self, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Return position embeddings of the class token and of a grid of patches."""
        trained = self._tensors["pos_embed"]
        extra = next(n for n in (0, 1, self._others) if is_square(trained.shape[1] - n))
        side = math.isqrt(trained.shape[1] - extra)
        first = trained[:, :1] if extra else torch.zeros_like(trained[:, :1])
        if size == (side, side):
            return first, trained[:, extra:]
        plane = trained[:, extra:].mT.reshape(1, -1, side, side).float()
        found = F.interpolate(plane, size, mode="bicubic", align_corners=False)
        return first, found.flatten(2).mT.to(self._dtype)

    def _block(self, index: int, tokens: Tensor) -> Tensor:
        queries, keys, values = self._attended(index, tokens)
        mixed = F.scaled_dot_product_attention(queries, keys, values)
        mixed = self._linear(index, "attn.proj", mixed.transpose(1, 2).flatten(2))
        tokens = tokens + self._scaled(index, "ls1", mixed)
        hidden = F.gelu(self._linear(index, "mlp.fc1", self._norm(index, 2, tokens)))
        return tokens + self._scaled(
            index, "ls2", self._linear(index, "mlp.fc2", hidden)
        )

    def _attended(self, index: int, tokens: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return queries, keys and values, (N, heads, T, D / heads) each."""
        found = self._linear(index, "attn.qkv", self._norm(index, 1, tokens))
        split = found.reshape(*found.shape[:2], 3, self._heads, -1).permute(
            2, 0, 3, 1, 4
        )
        return split[0], split[1], split[2]

    def _norm(self, index: int, which: int, tokens: Tensor) -> Tensor:
        weight, bias = self._parameters(index, f"norm{which}")
        return F.layer_norm(tokens, (self.shape.width,), weight, bias, _EPSILON)

    def _linear(self, index: int, name: str, tokens: Tensor) -> Tensor:
        return F.linear(tokens, *self._parameters(index, name))

    def _scaled(self, index: int, name: str, tokens: Tensor) -> Tensor:
        gamma = self._tensors.get(f"blocks.{index}.{name}.gamma")
        return tokens if gamma is None else tokens * gamma

    def _parameters(self, index: int, name: str) -> tuple[Tensor, Tensor]:
        stem = f"blocks.{index}.{name}"
        return self._tensors[f"{stem}.weight"], self._tensors[f"{stem}.bias"]

    def _on_grid(self, tokens: Tensor, size: tuple[int, int]) -> Tensor:
        """Return the patches' tokens of (N, T, D) as maps (N, D, h, w)."""
        return tokens[:, self._others :].mT.reshape(len(tokens), -1, *size)
