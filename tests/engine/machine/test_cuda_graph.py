"""What only a CUDA device can show: the same picture, recorded steps, nothing kept."""

import pytest
import torch

from app.contract.painting.choices import Precision, StyleLoss
from tests.engine.conftest import (
    SMALL,
    distance,
    hills,
    new_small_engine,
    paint_with,
    strokes,
)
from worker.engine import MemoryMode, StyleEngine, StylizeOptions
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.images import to_tensor
from worker.engine.losses.objective import Losses, LossWeights, Objective
from worker.engine.losses.target_builder import TargetBuilder
from worker.engine.machine.cuda_graph import GraphedStep
from worker.engine.painting.gradients import differentiate
from worker.engine.styles import Region

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]
OPTIONS = StylizeOptions(size_px=96, steps=40)


def nothing() -> None:
    """An interruption check that never stops."""


def objective(network: Vgg, style_loss: StyleLoss) -> Objective:
    builder = TargetBuilder(
        network=network,
        hyperparameters=HYPERPARAMETERS,
        options=StylizeOptions(style_loss=style_loss),
        check_interruption=nothing,
    )
    style_image = to_tensor(strokes(64, 64), 64, 64).cuda()
    targets = builder.style_targets([(builder.style_moments(style_image, None), 1.0)])
    content_image = to_tensor(hills(96, 64), 96, 64).cuda()
    goals = builder.goals(content_image, [Region(((0, 1.0),), None, 1.0)], [targets])
    return Objective(goals, LossWeights(1.0, 1.0, 1.0), style_loss)


@pytest.mark.parametrize("style_loss", list(StyleLoss))
@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
def test_a_recorded_step_gives_what_an_eager_one_gives(
    style_loss: StyleLoss, precision: Precision
) -> None:
    network = Vgg(SMALL, precision=precision, device=torch.device("cuda"))
    wanted = objective(network, style_loss)

    def eagerly(image: torch.Tensor) -> tuple[Losses, torch.Tensor]:
        return differentiate(wanted, network, image, nothing, recompute=False)

    images = [torch.rand(1, 3, 64, 96, device="cuda") for _ in range(2)]
    recorded = GraphedStep(eagerly, images[0])
    for image in images:
        losses, gradient = eagerly(image)
        found_losses, found = recorded(image)
        assert torch.allclose(found_losses.total, losses.total, rtol=1e-3)
        assert float((found - gradient).norm() / gradient.norm()) < 1e-2


def test_the_picture_is_that_of_the_cpu_but_for_rounding(
    small_engine: StyleEngine,
) -> None:
    on_cpu, _ = paint_with(small_engine, OPTIONS)
    on_cuda, _ = paint_with(new_small_engine(torch.device("cuda")), OPTIONS)
    assert distance(on_cpu, on_cuda) < 2


@pytest.mark.parametrize("memory", [MemoryMode.RECOMPUTE, MemoryMode.TILES])
def test_less_memory_gives_the_same_picture(memory: MemoryMode) -> None:
    engine = new_small_engine(torch.device("cuda"))
    whole, _ = paint_with(engine, OPTIONS)
    found, _ = paint_with(
        engine, StylizeOptions(size_px=96, steps=40, memory=memory, tile_px=128)
    )
    assert distance(whole, found) < 2


def test_no_memory_of_a_job_stays_on_the_device() -> None:
    engine = new_small_engine(torch.device("cuda"))
    paint_with(engine, OPTIONS)
    before = torch.cuda.memory_allocated()
    paint_with(engine, OPTIONS)
    assert torch.cuda.memory_allocated() <= before
