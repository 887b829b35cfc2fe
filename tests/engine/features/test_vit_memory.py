"""What a transformer is said to take is what it takes, in a process of its own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from app.contract.painting.choices import Network
from tests.engine.features.vits import of_timm
from worker.engine.features.backbones.vit import Vit
from worker.engine.features.registry import backbone
from worker.engine.features.weights.vit_checkpoint import VitShape, VitWeights
from worker.engine.machine.memory_plan import NetworkMemory

SIDE_PX = 384
STATUS = Path("/proc/self/status")
#: Of the measured peak to what was said; smaller pictures take less than is said.
LEAST, MOST = 0.4, 1.2


def peak_bytes(*, recompute: bool) -> int:
    """Return what a pass to the last keys and back adds to what a small one took."""
    torch.set_num_threads(1)
    entries = of_timm(384, 12, 16)
    del entries["head.weight"]
    shape = VitShape(width=384, depth=12, patch_px=16)
    vit = Vit(VitWeights(entries, shape, "made"))

    def there_and_back(side_px: int) -> None:
        image = torch.rand(1, 3, side_px, side_px).requires_grad_()
        found = vit.maps(image, [(11, "keys")], lambda: None, recompute=recompute)
        for _, maps in found:
            maps.square().sum().backward()

    there_and_back(32)
    before = held_bytes("VmRSS")
    there_and_back(SIDE_PX)
    return held_bytes("VmHWM") - before


def held_bytes(name: str) -> int:
    """Return what Linux says of this process; `ru_maxrss` keeps its parent's peak."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    assert found
    return int(found[1]) * 1024


@pytest.mark.skipif(not STATUS.exists(), reason="asks Linux how much memory is held")
@pytest.mark.parametrize("recompute", [False, True])
def test_a_small_vit_takes_about_what_is_said(*, recompute: bool) -> None:
    words = f"from {__name__} import *; print(peak_bytes(recompute={recompute}))"
    ended = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True
    )
    vgg, both = NetworkMemory(), backbone(Network.VIT_SMALL_16).memory
    said = (
        both.recompute_bytes - vgg.recompute_bytes
        if recompute
        else both.whole_bytes - vgg.whole_bytes
    )
    assert LEAST < int(ended.stdout) / (said * SIDE_PX**2) < MOST
