"""The port gives what the original files give, whole or in strips."""

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import chelsea

from app.contract.packs.architectures import ARCHITECTURES, ArchitectureName
from tests.engine.conftest import hills
from tests.engine.feedforward.conftest import content, painting, session, square
from worker.engine.feedforward import network, strips
from worker.engine.feedforward.network import TransformNetwork
from worker.engine.feedforward.normalization import Condition, Moments
from worker.engine.feedforward.paintings import PaintingReader
from worker.engine.feedforward.predictor import StylePredictor
from worker.engine.feedforward.weights import (
    ArbitraryWeights,
    MultistyleWeights,
    load,
)
from worker.engine.images import to_tensor

STYLES = 26


@pytest.fixture(scope="module")
def of_26(multistyle: MultistyleWeights) -> TransformNetwork:
    shape = ARCHITECTURES[ArchitectureName.MULTISTYLE]
    return TransformNetwork(shape, multistyle.kernels)


def row(weights: MultistyleWeights, number: int) -> Condition:
    return {name: each[number] for name, each in weights.styles.items()}


@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 128), (144, 40)])
def test_all_26_styles_equal_onnx_runtime(
    height: int, width: int, of_26: TransformNetwork, multistyle: MultistyleWeights
) -> None:
    original = session(load.MULTISTYLE.checked())
    image = to_tensor(hills(), width, height)
    for number in range(STYLES):
        only = np.eye(STYLES, dtype=np.float32)[number]
        (wanted,) = original.run(None, {"image": image.numpy(), "style_weights": only})
        with torch.no_grad():
            found = of_26(image, row(multistyle, number)).sigmoid()
        assert np.abs(found.numpy() - wanted).max() < 1e-3


def test_the_arbitrary_network_is_the_quantized_one_but_for_its_rounding(
    arbitrary: ArbitraryWeights,
) -> None:
    # Fused, their 8-bit sums overflow on processors without VNNI.
    predictor = session(load.ARBITRARY_PREDICT.checked(), is_fused=False)
    transformer = session(load.ARBITRARY_TRANSFORM.checked(), is_fused=False)
    names = [each.name for each in transformer.get_inputs()]
    shape = ARCHITECTURES[ArchitectureName.ARBITRARY]
    ours = TransformNetwork(shape, arbitrary.kernels)
    reader = PaintingReader(arbitrary, torch.device("cpu"))
    differences = []
    photographs = [
        content("harbour"),
        content("still-life"),
        Image.fromarray(chelsea()),
    ]
    for style in ("night", "glass", "sunset", "watercolour"):
        looked_at = square(painting(style), 256).permute(0, 2, 3, 1).numpy()
        (codes,) = predictor.run(None, {predictor.get_inputs()[0].name: looked_at})
        vector = reader.vector(painting(style))
        assert np.corrcoef(vector.numpy(), codes.ravel())[0, 1] > 0.999
        for photograph in photographs:
            image = square(photograph, 384)
            feed = {names[0]: image.permute(0, 2, 3, 1).numpy(), names[1]: codes}
            (wanted,) = transformer.run(None, feed)
            with torch.no_grad():
                found = ours(image, reader.condition(painting(style))).sigmoid()
            found = found.permute(0, 2, 3, 1).numpy()
            differences.append(np.abs(found - wanted).mean())
    assert np.mean(differences) < 0.035
    assert max(differences) < 0.05


def test_a_vector_is_computed_once_for_equal_pixels(
    arbitrary: ArbitraryWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = PaintingReader(arbitrary, torch.device("cpu"))
    first = reader.vector(painting("night"))
    monkeypatch.setattr(
        StylePredictor, "__call__", lambda *_: pytest.fail("looked at again")
    )
    assert torch.equal(reader.vector(painting("night").copy()), first)
    with pytest.raises(pytest.fail.Exception, match="looked at again"):
        reader.vector(painting("glass"))


@pytest.mark.parametrize("kept_values", [0, 2**27])
def test_strips_equal_the_whole_picture(
    kept_values: int,
    of_26: TransformNetwork,
    multistyle: MultistyleWeights,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image, style = to_tensor(hills(), 96, 212), row(multistyle, 7)
    with torch.no_grad():
        whole = of_26(image, style).sigmoid()
        monkeypatch.setattr(strips, "STRIP_POSITIONS", 96 * 8)
        monkeypatch.setattr(network, "_KEPT_VALUES", kept_values)
        cut = of_26(image, style).sigmoid()
    assert len(list(strips.strips(212, 96))) > 20
    assert float((cut - whole).abs().max()) < 1e-4


@pytest.mark.parametrize("level", [0.0, 0.31, 1.0])
def test_one_colour_gives_one_colour(
    level: float, of_26: TransformNetwork, multistyle: MultistyleWeights
) -> None:
    image = torch.full((1, 3, 68, 100), level) * torch.tensor([1, 0.5, 0.9]).view(
        3, 1, 1
    )
    for number in range(0, STYLES, 5):
        with torch.no_grad():
            made = of_26(image, row(multistyle, number)).sigmoid()
        spread = made.amax(dim=(2, 3)) - made.amin(dim=(2, 3))
        assert float(spread.max()) < 1 / 255


def test_gradients_reach_the_image_and_the_style(
    of_26: TransformNetwork, multistyle: MultistyleWeights
) -> None:
    image = to_tensor(hills(), 32, 32).requires_grad_()
    style = {n: each.clone().requires_grad_() for n, each in row(multistyle, 1).items()}
    weights = torch.linspace(-1, 1, 3 * 32 * 32).view(1, 3, 32, 32)
    (of_26(image, style) * weights).sum().backward()
    assert image.grad is not None
    assert all(each.grad is not None for each in style.values())
    found = float(image.grad[0, 1, 7, 9])
    with torch.no_grad():
        moved = []
        for step in (-1e-2, 1e-2):
            changed = image.detach().clone()
            changed[0, 1, 7, 9] += step
            moved.append(float((of_26(changed, style) * weights).sum()))
    assert found == pytest.approx((moved[1] - moved[0]) / 2e-2, rel=0.05)


def test_moments_of_pieces_are_those_of_the_whole(random: torch.Generator) -> None:
    maps = torch.randn(1, 5, 300, 130, generator=random) * 3 + 1000
    maps = maps.contiguous(memory_format=torch.channels_last)
    found = Moments.of(maps)
    exact = maps.double()
    assert torch.allclose(found.mean, exact.mean(dim=(0, 2, 3)), rtol=1e-7)
    wanted = exact.var(dim=(0, 2, 3), unbiased=False)
    assert torch.allclose(found.variance, wanted, rtol=1e-4)
