"""Every network of the registry paints: repeatably, resumed, in batches, with masks."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from app.contract.painting.choices import ContentLoss, Network, StyleLoss
from tests.engine.conftest import CPU, distance, hills, strokes
from tests.engine.features.vits import small_weights
from worker.engine import Precision, Step, Style, StyleEngine, StylizeOptions
from worker.engine.features.networks import NetworkCache
from worker.engine.machine.device import Compute

FEW = StylizeOptions(size_px=64, rungs=((64, 3),), seed=3)
MATCHED = StylizeOptions(
    size_px=64,
    rungs=((64, 3),),
    seed=3,
    style_loss=StyleLoss.NEAREST,
    content_loss=ContentLoss.SELF_SIMILARITY,
)


#: The others are these again, once their weights are small.
_SAME = {"vgg19_torchvision", "vgg16_torchvision", "vit_base_8", "vit_base_16"}


@pytest.fixture(
    params=[each for each in Network if each not in _SAME], ids=str, scope="module"
)
def network(request: pytest.FixtureRequest) -> Network:
    found: Network = request.param
    return found


@pytest.fixture(scope="module")
def engine(network: Network) -> StyleEngine:
    weights = small_weights(network)
    return StyleEngine(
        NetworkCache(lambda *_: weights, CPU), Compute(CPU, Precision.FLOAT32)
    )


def painted(
    engine: StyleEngine, network: Network, options: StylizeOptions, **inputs: object
) -> Image.Image:
    given: dict[str, object] = {"content_image": hills(), "styles": strokes(), **inputs}
    steps = engine.stylize(options=options, network=network, **given)  # type: ignore[arg-type]  # named above
    return pictures(steps)[0]


def pictures(steps: Iterator[Step]) -> list[Image.Image]:
    """What the last step shows."""
    found: list[Image.Image] = []
    for step in steps:
        if step.is_last:
            found = step.pictures()
    return found


def test_a_job_is_the_same_after_another_and_from_its_middle(
    engine: StyleEngine, network: Network
) -> None:
    steps = engine.stylize(
        hills(), strokes(), MATCHED, network=network, report_interval_s=0
    )
    states = []
    for step in steps:
        states.append(step.state())
        first = step.picture()
    painted(engine, network, FEW, content_image=strokes(), styles=hills())
    again = painted(engine, network, MATCHED)
    resumed = painted(engine, network, MATCHED, resume_from=states[0])
    assert again.tobytes() == first.tobytes()
    assert resumed.tobytes() == first.tobytes()


def test_pictures_of_a_batch_are_those_of_single_jobs(
    engine: StyleEngine, network: Network
) -> None:
    # The roots of the Wasserstein distance amplify rounding.
    gram = replace(FEW, style_loss=StyleLoss.GRAM)
    contents = [hills(), hills().transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    steps = engine.stylize_batch(
        contents, [strokes(), strokes()], gram, network=network
    )
    for content, found in zip(contents, pictures(steps), strict=True):
        alone = painted(engine, network, gram, content_image=content)
        assert distance(alone, found) < 0.1


def test_masks_change_their_own_side_most(
    engine: StyleEngine, network: Network
) -> None:
    half = np.zeros((64, 96), np.uint8)
    half[:, :48] = 255
    left = Image.fromarray(half)
    found = painted(engine, network, FEW, styles=[Style(image=strokes(), mask=left)])
    content = hills().resize(found.size)
    changed = np.abs(np.asarray(found, float) - np.asarray(content, float)).mean((0, 2))
    assert changed[:24].mean() > changed[40:].mean()


@pytest.mark.parametrize("style_loss", [StyleLoss.NEAREST, StyleLoss.OPTIMAL_TRANSPORT])
def test_plain_pictures_of_less_than_two_patches_are_painted(
    style_loss: StyleLoss,
) -> None:
    network = Network.VIT_SMALL_16
    weights = small_weights(network)
    engine = StyleEngine(
        NetworkCache(lambda *_: weights, CPU), Compute(CPU, Precision.FLOAT32)
    )
    options = replace(
        MATCHED, style_loss=style_loss, style_layers={"block11.tokens": 1.0}
    )
    plain = Image.new("RGB", (200, 32), (90, 120, 150))
    found = painted(
        engine, network, options, content_image=plain, styles=plain.resize((32, 32))
    )
    assert found.size == (64, 10)
    assert distance(found, plain.resize(found.size)) < 40
