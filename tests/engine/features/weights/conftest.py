"""Narrow networks in torchvision's layout: the names are real, the widths are not."""

import dataclasses
from pathlib import Path

import pytest
import torch

from worker.engine.features.weights import VggNetwork, networks

#: A hundred thousand times fewer numbers than the real ones.
NARROW = (2, 3, 4, 5, 6)


@pytest.fixture
def narrow_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """All networks are narrow, so that files are small; all else stays as it is."""
    for network in VggNetwork:
        describe(monkeypatch, network, channels=NARROW)


def describe(
    monkeypatch: pytest.MonkeyPatch, network: VggNetwork, **changes: object
) -> None:
    """Let other facts be true of a network, until the test ends."""
    changed = dataclasses.replace(network.description, **changes)
    known = {**networks.DESCRIPTIONS, network: changed}
    monkeypatch.setattr(networks, "DESCRIPTIONS", known)


def trained(network: VggNetwork, seed: int = 0) -> dict[str, torch.Tensor]:
    """A state dict of the network's names and shapes, with a classifier's first."""
    random = torch.Generator().manual_seed(seed)
    description = network.description
    entries = {
        theirs: torch.randn(description.shapes[ours], generator=random)
        for ours, theirs in description.torchvision_names.items()
    }
    return entries | {"classifier.0.weight": torch.full((4, 6), torch.nan)}


@pytest.fixture
def vgg16_file(narrow_networks: None, tmp_path: Path) -> Path:
    path = tmp_path / "vgg16.pth"
    torch.save(trained(VggNetwork.VGG16), path)
    return path
