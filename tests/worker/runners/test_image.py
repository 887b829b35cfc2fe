"""The translator: the user's words and the engine's mean the same."""

import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from app.contract.failures import FailureCode
from app.contract.kinds.image import choices
from app.contract.kinds.image.choices import Network
from app.contract.kinds.image.kind import ALGORITHM
from app.contract.kinds.image.ladder import SCHEDULES
from app.contract.kinds.image.parameters import (
    ResolvedParameters,
    StyleTransferParameters,
)
from tests.engine.conftest import new_small_engine
from worker import engine
from worker.engine import description
from worker.engine.painting import style_cache
from worker.runners.image import ImageRunner, options_of
from worker.runners.runner import (
    ImageInputs,
    PaintingFailedError,
    PaintingInterruptedError,
    StyleInput,
)
from worker.settings import WorkerSettings


def test_networks_have_the_same_names_on_both_sides() -> None:
    assert [*choices.Network] == [*engine.Network]


def test_a_memory_modes_older_name_means_the_same() -> None:
    assert engine.StylizeOptions(memory="checkpoint") == engine.StylizeOptions(
        memory="recompute"
    )


def test_defaults_are_the_same_on_both_sides() -> None:
    sent_nothing = StyleTransferParameters(seed=0).resolve()
    defaults = engine.StylizeOptions()
    assert options_of(sent_nothing) == engine.StylizeOptions(
        steps=SCHEDULES[defaults.preset].steps
    )


#: Each differs from the default; the engine's words are on the right.
EVERY_PARAMETER = {
    "preset": ("high", "preset", engine.Preset.HIGH),
    "size": (300, "size_px", 300),
    "working_size": (200, "working_size_px", 200),
    "steps": (17, "steps", 17),
    "style_strength": (0.9, "style_strength", 0.9),
    "content_strength": (0.2, "content_strength", 0.2),
    "stroke_strength": (0.3, "stroke_strength", 0.3),
    "style_loss": ("mean_std", "style_loss", engine.StyleLoss.MEAN_STD),
    "style_layers": ({"relu3_1": 2}, "style_layers", {"relu3_1": 2.0}),
    "content_layers": ({"relu2_2": 3}, "content_layers", {"relu2_2": 3.0}),
    "total_variation": (0.5, "total_variation", 0.5),
    "pooling": ("average", "pooling", engine.Pooling.AVERAGE),
    "color": ("matched", "color", engine.Color.MATCHED),
    "style_scale": (2.5, "style_scale", 2.5),
    "start": ("noise", "start", engine.Start.NOISE),
    "seed": (123, "seed", 123),
    "optimizer": ("lbfgs", "optimizer", engine.OptimizerName.LBFGS),
    "learning_rate": (0.01, "learning_rate", 0.01),
    "learning_rate_schedule": (
        "cosine",
        "learning_rate_schedule",
        engine.LearningRateSchedule.COSINE,
    ),
    "gradient_clip": (1.5, "gradient_clip", 1.5),
    "averaging": (0.4, "averaging", 0.4),
    "early_stop": (True, "early_stop", True),
    "precision": ("half", "precision", engine.Precision.HALF),
    "memory": ("tiles", "memory", engine.MemoryMode.TILES),
    "tile_size": (256, "tile_px", 256),
}
#: The engine gets these otherwise: beside the options, or in place of `steps`.
ELSEWHERE = {"network", "style_weights", "rungs"}


def test_every_parameter_reaches_the_engine() -> None:
    assert EVERY_PARAMETER.keys() | ELSEWHERE == {*StyleTransferParameters.model_fields}
    sent = {name: value for name, (value, _, _) in EVERY_PARAMETER.items()}
    options = options_of(StyleTransferParameters(**sent).resolve())
    defaults = engine.StylizeOptions()
    for _, word, value in EVERY_PARAMETER.values():
        assert getattr(options, word) == value, word
        assert getattr(defaults, word) != value, word


def test_a_ladder_reaches_the_engine() -> None:
    params = StyleTransferParameters(size=128, rungs=((64, 3), (128, 5))).resolve()
    options = options_of(params)
    assert (options.rungs, options.steps) == (((64, 3), (128, 5)), None)


def grey(mode: str = "RGB", value: int = 0) -> Image.Image:
    return Image.new(mode, (64, 64), value)


def test_pictures_weights_and_network_reach_the_engine() -> None:
    seen: list[SimpleNamespace] = []

    def stylize(
        content_image, styles, options, *, stop, controls, start_image, network, **_
    ):
        seen.append(SimpleNamespace(**locals()))
        yield from ()

    fake = SimpleNamespace(stylize=stylize)
    runner = ImageRunner(fake, [Network.VGG16])  # type: ignore[arg-type]
    inputs = ImageInputs(
        content_image=grey(),
        styles=(
            StyleInput(image=grey(), weight=2.0, mask=grey("L", 1)),
            StyleInput(image=grey(), style_mask=grey("L", 2)),
        ),
        init_image=grey(value=3),
    )
    stop, finish = threading.Event(), threading.Event()
    params = StyleTransferParameters(network="vgg16").resolve(2)
    assert list(runner.paint(inputs, params, stop=stop, finish=finish)) == []
    (call,) = seen
    assert call.content_image is inputs.content_image
    assert call.start_image is inputs.init_image
    assert call.stop is stop
    assert not call.controls.is_finishing
    finish.set()
    assert call.controls.is_finishing
    assert (call.network, type(call.network)) == ("vgg16", str)
    for style, given in zip(call.styles, inputs.styles, strict=True):
        assert style.image is given.image
        assert style.weight == given.weight
        assert style.mask is given.mask
        assert style.image_mask is given.style_mask


def test_network_that_is_not_offered_never_reaches_the_engine() -> None:
    runner = ImageRunner(SimpleNamespace(), [Network.VGG19])  # type: ignore[arg-type]
    params = StyleTransferParameters(network="vgg16").resolve()
    with pytest.raises(PaintingFailedError) as caught:
        painted(runner, params)
    assert "vgg16" in str(caught.value)
    assert "IMPASTO_NETWORKS" in str(caught.value)


def test_the_record_describes_the_jobs_network_and_precision() -> None:
    asked: list[object] = []

    def describe(network: str, precision: engine.Precision) -> SimpleNamespace:
        asked.append((network, precision))
        return SimpleNamespace(
            algorithm="a@1",
            weights_sha256="0" * 64,
            device="cpu",
            precision="float16",
            convolutions="torch",
            threads=1,
            torch="2",
            deterministic=True,
        )

    runner = ImageRunner(SimpleNamespace(describe=describe), [])  # type: ignore[arg-type]
    params = StyleTransferParameters(network="vgg16", precision="float16").resolve()
    assert runner.reproducibility(params).precision == "float16"
    assert asked == [("vgg16", engine.Precision.FLOAT16)]


def test_settings_of_the_operator_reach_the_engine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(
        engine.StyleEngine, "load", classmethod(lambda _, **o: given.update(o))
    )
    ImageRunner.load(
        WorkerSettings(
            precision="half",
            weights_paths={Network.VGG16: Path("w.safetensors")},
            weights_download=True,
            convolutions="winograd",
            style_cache_bytes=5,
        )
    )
    assert given == {
        "device": "auto",
        "precision": "half",
        "cache_dir": None,
        "threads": None,
        "weights_paths": {"vgg16": Path("w.safetensors")},
        "download": True,
        "convolutions": "winograd",
        "style_cache_bytes": 5,
    }


def test_the_info_tells_what_the_worker_is_and_has_room_for() -> None:
    small = new_small_engine()
    runner = ImageRunner(small, [Network.VGG19, Network.VGG16])
    info, budget, description = (
        runner.info("w"),
        small.memory_budget(),
        small.describe(),
    )
    assert info.name == "w"
    assert info.networks == ("vgg19", "vgg16")
    for name in ("device", "precision", "convolutions", "algorithm", "torch"):
        assert getattr(info, name) == getattr(description, name)
    assert info.threads == description.threads
    assert info.memory_total_bytes == budget.total_bytes
    assert info.memory_total_bytes is not None
    assert info.memory_free_bytes is not None
    assert 0 < info.memory_free_bytes < info.memory_total_bytes
    assert info.memory_needs.keys() == {
        *("auto", "whole", "recompute", "checkpoint", "tiles")
    }
    assert info.memory_needs["checkpoint"] == info.memory_needs["recompute"]
    whole = info.memory_needs["whole"]
    assert (
        whole.bytes_per_pixel == budget.needs[engine.MemoryMode.WHOLE].bytes_per_pixel
    )
    assert whole.bytes_per_pixel > info.memory_needs["tiles"].bytes_per_pixel > 0
    assert (info.process_bytes or 0) > 2**20
    assert info.job_id is None


def test_default_of_the_style_cache_is_the_same_on_both_sides() -> None:
    assert WorkerSettings().style_cache_bytes == style_cache.DEFAULT_BYTES


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (engine.ExceedsMemoryError("9 GB"), FailureCode.EXCEEDS_MEMORY),
        (engine.OutOfMemoryError("9 GB"), FailureCode.OUT_OF_MEMORY),
        (engine.NumericalDivergenceError("NaN"), FailureCode.NUMERICAL_DIVERGENCE),
        (engine.WeightsError("gone"), FailureCode.INTERNAL_ERROR),
    ],
)
def test_engine_errors_become_the_contracts_failures(
    error: Exception, code: FailureCode
) -> None:
    with pytest.raises(PaintingFailedError) as caught:
        paint_with_engine_that_raises(error)
    assert caught.value.code is code
    assert str(caught.value) == str(error)


def test_interruption_is_not_a_failure() -> None:
    with pytest.raises(PaintingInterruptedError):
        paint_with_engine_that_raises(engine.Interrupted("asked to stop"))


def paint_with_engine_that_raises(error: Exception) -> None:
    def stylize(*arguments: object, **options: object):
        raise error
        yield

    fake = SimpleNamespace(stylize=stylize)
    runner = ImageRunner(fake, [Network.VGG19])  # type: ignore[arg-type]
    params = StyleTransferParameters().resolve()
    painted(runner, params)


def painted(runner: ImageRunner, params: ResolvedParameters) -> list[engine.Step]:
    never = threading.Event()
    return list(runner.paint(inputs_of_one(), params, stop=never, finish=never))


def inputs_of_one() -> ImageInputs:
    return ImageInputs(content_image=grey(), styles=(StyleInput(image=grey()),))


def test_reuse_knows_the_engines_algorithm() -> None:
    """A picture of another algorithm must not pass for one of this."""
    assert ALGORITHM == description.ALGORITHM
