"""The loop that tutorials teach, as the measure of ours.

Two extractors on torchvision's graph (one for style, one for content), weights that
collect gradients nobody wants, targets computed anew in every step, Gram matrices,
float32. The same weights and the same layers as ours.
"""

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from worker.engine.features.weights import OXFORD_PREPROCESSING, load_weights
from worker.engine.features.weights.torchvision_import import import_torchvision

STYLE_LAYERS = {1: "relu1_1", 6: "relu2_1", 11: "relu3_1", 20: "relu4_1", 29: "relu5_1"}
CONTENT_LAYERS = {22: "relu4_2"}


class Extractor(nn.Module):
    """Collects what comes out of some modules of VGG19's features."""

    def __init__(self, modules: dict[int, str]) -> None:
        super().__init__()
        torchvision = import_torchvision()
        with torch.device("meta"):  # its weights are replaced: none need be drawn
            self.features = torchvision.models.vgg19(weights=None).features
        self.features.to_empty(device="cpu")
        for module in self.features:
            if isinstance(module, nn.ReLU):
                module.inplace = False
        _carry_weights(self.features)
        self.modules_ = modules

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """Take RGB in [0, 1]."""
        mean = image.new_tensor(OXFORD_PREPROCESSING.mean).view(1, 3, 1, 1)
        maps, found = image.flip(1) * 255 - mean, {}
        for index, module in enumerate(self.features):
            maps = module(maps)
            if index in self.modules_:
                found[self.modules_[index]] = maps
        return found


class NaiveLoop:
    """One step a call; returns nothing, as tutorials do, but moves the image."""

    def __init__(self, content_image: Tensor, style_image: Tensor) -> None:
        device = content_image.device
        self.style_extractor = Extractor(STYLE_LAYERS).to(device)
        self.content_extractor = Extractor(CONTENT_LAYERS).to(device)
        self.content_image, self.style_image = content_image, style_image
        self.image = content_image.clone().requires_grad_()
        self.optimizer = torch.optim.Adam([self.image], lr=0.02)

    def step(self) -> None:
        """Forward four times, backward through everything, move."""
        self.optimizer.zero_grad()
        style, content = (
            self.style_extractor(self.image),
            self.content_extractor(self.image),
        )
        style_targets = self.style_extractor(self.style_image)
        content_targets = self.content_extractor(self.content_image)
        loss = F.mse_loss(content["relu4_2"], content_targets["relu4_2"])
        for layer, maps in style.items():
            loss = loss + F.mse_loss(gram(maps), gram(style_targets[layer]))
        loss.backward()
        self.optimizer.step()


class SamePicture(NaiveLoop):
    """The naive loop's walk without its waste: the same picture, for its quality.

    Frozen weights, one extractor, targets computed once; formulas and optimizer are the
    naive loop's own, so that only rounding differs.
    """

    def __init__(self, content_image: Tensor, style_image: Tensor) -> None:
        super().__init__(content_image, style_image)
        self.extractor = Extractor(STYLE_LAYERS | CONTENT_LAYERS).to(
            content_image.device
        )
        self.extractor.requires_grad_(requires_grad=False)
        with torch.no_grad():
            self.content_target = self.extractor(content_image)["relu4_2"]
            maps = self.extractor(style_image)
            self.style_targets = {
                layer: gram(maps[layer]) for layer in STYLE_LAYERS.values()
            }

    def step(self) -> None:
        """Forward once, backward to the image alone, move."""
        self.optimizer.zero_grad()
        maps = self.extractor(self.image)
        loss = F.mse_loss(maps["relu4_2"], self.content_target)
        for layer, target in self.style_targets.items():
            loss = loss + F.mse_loss(gram(maps[layer]), target)
        loss.backward()
        self.optimizer.step()


def gram(maps: Tensor) -> Tensor:
    """Divide by positions, as ours does."""
    flat = maps.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]


def _carry_weights(features: nn.Sequential) -> None:
    """Give torchvision's graph our weights; its convolutions come in our order."""
    vgg_weights = load_weights()
    tensors = vgg_weights.tensors
    names = [
        layer.replace("relu", "conv")
        for layer in vgg_weights.network.description.layers
        if layer.startswith("relu")
    ]
    convolutions = [each for each in features if isinstance(each, nn.Conv2d)]
    for name, convolution in zip(names, convolutions, strict=True):
        convolution.weight.data = tensors[f"{name}.weight"].clone()
        convolution.bias.data = tensors[f"{name}.bias"].clone()
