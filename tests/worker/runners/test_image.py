"""The translator: the user's words and the engine's mean the same."""

import dataclasses
import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from app.contract.failures import FailureCode
from app.contract.kinds.image.kind import ALGORITHM, IMAGE
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.kinds.image.resolved import ResolvedParameters, resolve
from app.contract.painting import choices
from app.contract.painting.choices import Keep, Network
from app.contract.painting.ladder import SCHEDULES
from app.contract.srgb import SRGB_PROFILE
from tests.engine.conftest import new_small_engine
from tests.engine.unlike_defaults import UNLIKE_DEFAULTS
from tests.stores.new_jobs import a_picture
from worker import engine
from worker.engine import description
from worker.engine.keep import KeepFinder, Kept
from worker.engine.painting import style_cache
from worker.runners.control import Control, RunInterruptedError, StopReason
from worker.runners.image.inputs import read_inputs
from worker.runners.image.options import ENGINE_WORDS, options_of
from worker.runners.image.runner import ImageRunner
from worker.runners.image.tick import ImageTick, small_jpeg
from worker.runners.runner import (
    Order,
    RunFailedError,
    StateRefusedError,
    UnableError,
)
from worker.settings import WorkerSettings


def test_networks_have_the_same_names_on_both_sides() -> None:
    assert [*choices.Network] == [*engine.Network]


def test_a_memory_modes_older_name_means_the_same() -> None:
    assert engine.StylizeOptions(memory="checkpoint") == engine.StylizeOptions(
        memory="recompute"
    )


def test_defaults_are_the_same_on_both_sides() -> None:
    sent_nothing = resolve(StyleTransferParameters(seed=0))
    defaults = engine.StylizeOptions()
    assert options_of(sent_nothing) == engine.StylizeOptions(
        steps=SCHEDULES[defaults.preset].steps
    )


#: The engine gets these otherwise: beside the options, in place of `steps`, or not.
ELSEWHERE = {"engine", "network", "style_weights", "rungs", "changes"}


def test_every_parameter_reaches_the_engine() -> None:
    names = {*StyleTransferParameters.model_fields} - ELSEWHERE
    sent = {name: UNLIKE_DEFAULTS[ENGINE_WORDS.get(name, name)] for name in names}
    options = options_of(resolve(StyleTransferParameters(**sent)))
    wanted = UNLIKE_DEFAULTS | {"rungs": None}
    assert dataclasses.asdict(options) == wanted


def test_a_ladder_reaches_the_engine() -> None:
    params = resolve(StyleTransferParameters(size=128, rungs=((64, 3), (128, 5))))
    options = options_of(params)
    assert (options.rungs, options.steps) == (((64, 3), (128, 5)), None)


def grey(mode: str = "RGB", value: int = 0) -> Image.Image:
    return Image.new(mode, (64, 64), value)


def png(mode: str = "RGB", color: str | int = 0) -> bytes:
    file = io.BytesIO()
    Image.new(mode, (64, 48), color).save(file, "PNG")
    return file.getvalue()


def order_of(
    files: dict[str, bytes] | None = None, **params: object
) -> Order[ResolvedParameters]:
    files = files or {"content": png(), "style/0": png()}
    inputs = {name: a_picture() for name in files}
    parsed = IMAGE.parse(params, inputs)
    return Order(job_id="job_1", params=parsed, inputs=inputs, read=files.__getitem__)


def test_every_picture_is_read_in_its_mode_and_place() -> None:
    files = {
        "content": png(color="red"),
        "style/0": png(color="blue"),
        "style/1": png(color="lime"),
        "mask/1": png("L", 255),
        "style_mask/0": png("L", 128),
        "init": png(color="white"),
    }
    checks: list[None] = []
    order = order_of(files, start="image", style_weights=(2, 0.5))
    inputs = read_inputs(order, lambda: checks.append(None))
    assert len(checks) == 2 * len(files), "to fetch and to decode may take long"
    first, second = inputs.styles
    assert color_of(inputs.content_image) == (255, 0, 0)
    assert (color_of(first.image), color_of(second.image)) == (
        (0, 0, 255),
        (0, 255, 0),
    )
    assert (first.weight, second.weight) == (2.0, 0.5)
    assert first.mask is None
    assert color_of(second.mask) == 255
    assert color_of(first.image_mask) == 128
    assert second.image_mask is None
    assert color_of(inputs.start_image) == (255, 255, 255)


def color_of(picture: Image.Image | None) -> object:
    assert picture is not None
    return picture.getpixel((0, 0))


def test_what_is_asked_of_a_job_reaches_the_engine() -> None:
    seen: list[SimpleNamespace] = []

    def stylize(content_image, styles, options, *, check, controls, network, **_):
        seen.append(SimpleNamespace(**locals()))
        yield from ()

    runner = ImageRunner(SimpleNamespace(stylize=stylize), [Network.VGG16])  # type: ignore[arg-type]
    control = Control()
    assert list(runner.run(order_of(network="vgg16"), control, None)) == []
    (call,) = seen
    assert (call.network, type(call.network)) == ("vgg16", str)
    call.check()
    assert not call.controls.is_finishing
    control.is_finishing = True
    call.check()
    assert call.controls.is_finishing
    control.stop(StopReason.CANCELED)
    with pytest.raises(RunInterruptedError):
        call.check()


def test_network_that_is_not_offered_is_left_to_another_worker() -> None:
    runner = ImageRunner(SimpleNamespace(), [Network.VGG19])  # type: ignore[arg-type]
    with pytest.raises(UnableError) as caught:
        next(runner.run(order_of(network="vgg16"), Control(), None))
    assert "vgg16" in str(caught.value)
    assert "IMPASTO_NETWORKS" in str(caught.value)


def a_tick(picture: Image.Image) -> ImageTick:
    step = SimpleNamespace(
        step=3,
        total_steps=9,
        scale=2,
        total_scales=4,
        width_px=64,
        height_px=48,
        fraction=0.25,
        losses=engine.StepLosses(6.0, 1.0, 2.0, 3.0),
        elapsed_s=1.5,
        picture=lambda: picture,
    )
    return ImageTick(step)  # type: ignore[arg-type]


def test_a_step_is_told_in_the_contracts_words() -> None:
    update = a_tick(grey()).update
    assert (update.step, update.total_steps) == (3, 9)
    assert (update.stage, update.total_stages) == (2, 4)
    assert (update.fraction, update.elapsed_seconds) == (0.25, 1.5)
    assert update.metrics == {"total": 6.0, "content": 1.0, "style": 2.0, "tv": 3.0}
    assert [*update.metrics] == [*IMAGE.metrics]
    assert update.details == {"width": 64, "height": 48}


def test_the_result_is_a_png_in_srgb() -> None:
    (result,) = a_tick(grey(value=7)).artifacts().values()
    picture = Image.open(io.BytesIO(result.to_bytes()))
    assert (picture.format, result.media_type) == ("PNG", "image/png")
    assert picture.info["icc_profile"] == SRGB_PROFILE
    assert result.facts == {"width": 64, "height": 64}


@pytest.mark.parametrize(
    ("size", "shown"), [((1000, 750), (512, 384)), ((64, 48), (64, 48))]
)
def test_a_preview_is_a_small_jpeg_and_never_enlarged(
    size: tuple[int, int], shown: tuple[int, int]
) -> None:
    content, *told = small_jpeg(Image.new("RGB", size))
    picture = Image.open(io.BytesIO(content))
    assert (picture.format, picture.mode) == ("JPEG", "RGB")
    assert picture.info["icc_profile"] == SRGB_PROFILE
    assert picture.size == tuple(told) == shown


def test_only_a_job_that_may_leave_a_scale_early_is_not_predictable() -> None:
    runner = ImageRunner(SimpleNamespace(), [])  # type: ignore[arg-type]
    assert runner.is_predictable(order_of().params)
    assert not runner.is_predictable(order_of(early_stop=True).params)


def test_the_record_describes_the_jobs_network_and_precision() -> None:
    asked: list[object] = []

    def describe(network: str, precision: engine.Precision) -> engine.EngineDescription:
        asked.append((network, precision))
        return engine.EngineDescription(
            algorithm="a@1",
            network=network,
            weights_sha256="0" * 64,
            device="cpu",
            precision="float16",
            convolutions="torch",
            threads=1,
            torch="2",
            deterministic=True,
        )

    runner = ImageRunner(SimpleNamespace(describe=describe), [])  # type: ignore[arg-type]
    params = resolve(StyleTransferParameters(network="vgg16", precision="float16"))
    assert runner.reproducibility(params, {}).precision == "float16"
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
    assert info.network_needs == {}
    other = ImageRunner(small, [Network.VGG19, Network.VIT_SMALL_16]).info("w")
    vit = other.network_needs["vit_small_16"]
    assert vit.keys() == info.memory_needs.keys()
    assert vit["whole"].bytes_per_pixel > whole.bytes_per_pixel


def test_default_of_the_style_cache_is_the_same_on_both_sides() -> None:
    assert WorkerSettings().style_cache_bytes == style_cache.DEFAULT_BYTES


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (engine.OutOfMemoryError("9 GB"), FailureCode.OUT_OF_MEMORY),
        (engine.NumericalDivergenceError("NaN"), FailureCode.NUMERICAL_DIVERGENCE),
        (engine.WeightsError("gone"), FailureCode.INTERNAL_ERROR),
    ],
)
def test_engine_errors_become_the_contracts_failures(
    error: Exception, code: FailureCode
) -> None:
    with pytest.raises(RunFailedError) as caught:
        paint_with_engine_that_raises(error)
    assert caught.value.code is code
    assert str(caught.value) == str(error)


def test_a_job_that_exceeds_this_workers_memory_is_left_to_another_worker() -> None:
    with pytest.raises(UnableError, match="9 GB"):
        paint_with_engine_that_raises(engine.ExceedsMemoryError("9 GB"))


def paint_with_engine_that_raises(error: Exception) -> None:
    def stylize(*arguments: object, **options: object):
        raise error
        yield

    fake = SimpleNamespace(stylize=stylize)
    runner = ImageRunner(fake, [Network.VGG19])  # type: ignore[arg-type]
    list(runner.run(order_of(), Control(), None))


@pytest.mark.parametrize("state", [b"half a state", b""])
def test_a_damaged_state_is_refused_before_anything_is_read(state: bytes) -> None:
    runner = ImageRunner(SimpleNamespace(), [Network.VGG19])  # type: ignore[arg-type]
    order = replace(order_of(), read=lambda name: pytest.fail(name))
    with pytest.raises(StateRefusedError):
        next(runner.run(order, Control(), state))


def test_reuse_knows_the_engines_algorithm() -> None:
    """A picture of another algorithm must not pass for one of this."""
    assert ALGORITHM == description.ALGORITHM


class FoundAtTheLeft:
    """Takes the left half of a photograph for two faces."""

    def found(self, content_image: Image.Image, _: Keep) -> Kept:
        mask = Image.new("L", content_image.size)
        mask.paste(255, (0, 0, mask.width // 2, mask.height))
        return Kept(mask, 2)

    def mask(self, _: Image.Image, __: Keep, given: Image.Image) -> Image.Image:
        return given


def test_what_was_kept_is_a_file_of_the_result() -> None:
    small = new_small_engine()
    given: Any = FoundAtTheLeft()
    small.finder = given
    runner = ImageRunner(small, [Network.VGG19])
    order = order_of(keep="face", size=64, steps=2)
    for tick in runner.run(order, Control(), None):
        last = tick.artifacts()
    assert last["result"].facts["keep_found"] == 2
    mask = Image.open(io.BytesIO(last["keep.png"].to_bytes()))
    assert (mask.mode, mask.getpixel((5, 5)), mask.getpixel((60, 5))) == ("L", 255, 0)


def test_without_the_networks_a_job_that_keeps_is_for_another_worker(
    tmp_path: Path,
) -> None:
    small = new_small_engine()
    small.finder = KeepFinder(tmp_path)
    runner = ImageRunner(small, [Network.VGG19])
    with pytest.raises(UnableError, match="fetch-weights --keep"):
        next(runner.run(order_of(keep="person"), Control(), None))
