"""The fast engine in the contract's words, with its real networks."""

import dataclasses
import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.contract.artifacts import RESULT
from app.contract.inputs import Input
from app.contract.kind import Lane
from app.contract.kinds.image.fast import FAST_VERSION
from app.contract.kinds.image.kind import ALGORITHM, IMAGE
from app.contract.packs.reading import PACK_TYPE, read_pack
from app.contract.painting.choices import Keep, Network
from app.contract.updates import Update
from tests.engine.conftest import new_small_engine
from tests.stores.new_jobs import a_picture
from worker.engine.feedforward import FastEngine, FastOptions, FastStyle
from worker.engine.keep import KeepFinder, Kept
from worker.runners.control import Control, RunInterruptedError, StopReason
from worker.runners.image.by_engine import EngineRunner
from worker.runners.image.fast import FastRunner
from worker.runners.image.runner import ImageRunner
from worker.runners.runner import (
    Order,
    RunFailedError,
    StateRefusedError,
    Tick,
    UnableError,
)
from worker.settings import WorkerSettings

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="module")
def engine() -> FastEngine:
    return FastEngine.load(device="cpu")


@pytest.fixture
def runner(engine: FastEngine) -> EngineRunner:
    slow = ImageRunner(new_small_engine(), [Network.VGG19])
    return EngineRunner.of(slow, FastRunner(engine))


def png(color: object, size: tuple[int, int] = (96, 64)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, "PNG")
    return file.getvalue()


def photograph() -> bytes:
    file = io.BytesIO()
    picture = Image.open(EXAMPLES / "contents" / "harbour.jpg")
    picture.resize((96, 72)).save(file, "PNG")
    return file.getvalue()


def painting(name: str = "night") -> bytes:
    return (EXAMPLES / "styles" / f"{name}.jpg").read_bytes()


def an_input(name: str, content: bytes) -> Input:
    if not name.startswith("pack/"):
        return a_picture()
    return Input(media_type=PACK_TYPE, sha256=hashlib.sha256(content).hexdigest())


def order(files: dict[str, bytes], **params: object) -> Order:
    facts = {name: an_input(name, content) for name, content in files.items()}
    asked = {"engine": "fast", "size": 64, **params}
    parsed = IMAGE.parse(asked, facts)
    return Order(job_id="job_1", params=parsed, inputs=facts, read=files.__getitem__)


def painted(
    runner: EngineRunner, what: Order, state: bytes | None = None
) -> tuple[Image.Image, Update]:
    """The result and what its tick told."""
    for tick in runner.run(what, Control(), state):
        if tick.is_last:
            return picture_of(tick), tick.update
    raise AssertionError


def levels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture.convert("RGB")).astype(float)


def picture_of(tick: Tick) -> Image.Image:
    return Image.open(io.BytesIO(tick.artifacts()[RESULT].to_bytes()))


def test_a_picture_comes_after_one_step_without_losses(runner: EngineRunner) -> None:
    what = order({"content": photograph(), "style/0": painting()})
    before, after = runner.run(what, Control(), None)
    assert (before.update.step, before.is_last) == (0, False)
    told = after.update
    assert (told.step, told.total_steps, told.fraction) == (1, 1, 1.0)
    assert told.metrics == {}
    assert told.details == {"width": 64, "height": 48}
    assert after.preview() is None
    assert after.state() is None
    assert picture_of(after).size == (64, 48)


def test_the_same_twice_gives_the_same_bytes_whatever_lay_between(
    runner: EngineRunner,
) -> None:
    first = order({"content": photograph(), "style/0": painting()})
    other = order({"content": photograph(), "style/0": painting("chalk")})
    results = [painted(runner, each)[0].tobytes() for each in (first, other)]
    assert painted(runner, first)[0].tobytes() == results[0] != results[1]


@pytest.mark.parametrize("color", ["black", "gray"])
def test_one_colour_comes_out_flat_whatever_the_colour(
    color: str, runner: EngineRunner
) -> None:
    files = {"content": png(color), "style/0": painting()}
    for params in ({}, {"style_strength": 1}, {"style_scale": 0.5, "color": "matched"}):
        spans = painted(runner, order(files, **params))[0].getextrema()
        assert max(high - low for low, high in spans) <= 1, params
    quick, _ = painted(runner, order(files, preset="quick"))
    assert quick.size == (64, 43)


def test_a_picture_hundred_times_as_high_as_wide_is_painted(
    runner: EngineRunner,
) -> None:
    files = {"content": png("teal", (33, 4096)), "style/0": painting()}
    assert painted(runner, order(files, size=256))[0].size == (2, 256)
    slim = io.BytesIO()
    Image.linear_gradient("L").resize((33, 4096)).convert("RGB").save(slim, "PNG")
    files["content"] = slim.getvalue()
    assert painted(runner, order(files, size=256))[0].size == (2, 256)


def test_four_equal_paintings_are_as_one(runner: EngineRunner) -> None:
    alone = order({"content": photograph(), "style/0": painting()})
    names = {f"style/{number}": painting() for number in range(4)}
    four = order({"content": photograph(), **names})
    one, other = (painted(runner, each)[0] for each in (alone, four))
    pairs = zip(one.tobytes(), other.tobytes(), strict=True)
    assert max(abs(a - b) for a, b in pairs) <= 1


def test_strength_weights_scale_and_colour_reach_the_engine(
    runner: EngineRunner,
) -> None:
    files = {
        "content": photograph(),
        "style/0": painting(),
        "style/1": painting("chalk"),
    }
    usual = painted(runner, order(files))[0].tobytes()
    for changes in (
        {"style_strength": 0.2},
        {"style_weights": [1, 0.1]},
        {"style_scale": 2},
        {"color": "content"},
    ):
        what = order(files, **changes)
        assert painted(runner, what)[0].tobytes() != usual, changes


def test_a_mask_keeps_a_painting_to_its_place(runner: EngineRunner) -> None:
    half = Image.new("L", (96, 72))
    half.paste(255, (48, 0, 96, 72))
    file = io.BytesIO()
    half.save(file, "PNG")
    files = {
        "content": photograph(),
        "style/0": painting(),
        "style/1": painting("chalk"),
        "mask/1": file.getvalue(),
    }
    masked = painted(runner, order(files))[0]
    alone = {"content": photograph(), "style/0": painting()}
    only = painted(runner, order(alone))[0]
    box = (0, 0, 16, 48)
    assert masked.crop(box).tobytes() == only.crop(box).tobytes()
    assert masked.tobytes() != only.tobytes()


class FoundAtTheLeft:
    """Takes the left half of a photograph for two faces."""

    def found(self, content_image: Image.Image, _: Keep) -> Kept:
        mask = Image.new("L", content_image.size)
        mask.paste(255, (0, 0, mask.width // 2, mask.height))
        return Kept(mask, 2)

    def mask(
        self, _: Image.Image, __: Keep, given: Image.Image | None
    ) -> Image.Image | None:
        return given


@pytest.mark.parametrize("preset", ["instant", "quick"])
def test_what_is_kept_is_nearer_to_the_photograph_and_shown(
    preset: str,
    runner: EngineRunner,
    engine: FastEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    finder: Any = FoundAtTheLeft()
    monkeypatch.setattr(engine, "finder", finder)
    assert runner.optimizing is not None
    monkeypatch.setattr(runner.optimizing, "finder", finder)
    files = {"content": photograph(), "style/0": painting()}
    usual = levels(painted(runner, order(files))[0])
    what = order(files, preset=preset, keep="face")
    ticks = runner.run(what, Control(), None)
    (made,) = (dict(each.artifacts()) for each in ticks if each.is_last)
    kept, mask = (
        Image.open(io.BytesIO(made[name].to_bytes())) for name in (RESULT, "keep.png")
    )
    wanted = levels(Image.open(io.BytesIO(photograph())).resize((64, 48)))

    def apart(picture: np.ndarray) -> float:
        return float(np.abs(picture - wanted)[:, :28].mean())

    assert apart(levels(kept)) < 0.6 * apart(usual)
    assert made[RESULT].facts["keep_found"] == 2
    assert (mask.getpixel((5, 5)), mask.getpixel((90, 5))) == (255, 0)


def test_a_mask_that_was_sent_is_kept(runner: EngineRunner) -> None:
    mask = io.BytesIO()
    Image.new("L", (96, 72), 255).save(mask, "PNG")
    files = {"content": photograph(), "style/0": painting()}
    what = order(files | {"keep_mask": mask.getvalue()}, keep="mask", keep_strength=1)
    wanted = Image.open(io.BytesIO(photograph())).resize((64, 48), Image.LANCZOS)
    assert np.abs(levels(painted(runner, what)[0]) - levels(wanted)).max() <= 1


@pytest.mark.parametrize("preset", ["instant", "quick"])
def test_without_the_networks_a_job_that_keeps_is_for_another_worker(
    preset: str,
    runner: EngineRunner,
    engine: FastEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "finder", KeepFinder(tmp_path))
    files = {"content": photograph(), "style/0": painting()}
    what = order(files, preset=preset, keep="person")
    with pytest.raises(UnableError, match="fetch-weights --keep"):
        list(runner.run(what, Control(), None))


def test_quick_takes_its_steps_at_full_size_with_losses(runner: EngineRunner) -> None:
    what = order({"content": photograph(), "style/0": painting()}, preset="quick")
    picture, told = painted(runner, what)
    assert (told.step, told.total_steps, told.total_stages) == (20, 20, 1)
    assert told.metrics.keys() == {"total", "content", "style", "tv"}
    assert picture.size == (64, 48)


def test_quick_goes_on_from_a_state_to_the_same_picture(runner: EngineRunner) -> None:
    what = order({"content": photograph(), "style/0": painting()}, preset="quick")
    ticks = runner.run(what, Control(), None)
    assert next(ticks).state() is None
    state = next(ticks).state()()
    ticks.close()
    whole, _ = painted(runner, what)
    resumed, _ = painted(runner, what, state)
    assert resumed.tobytes() == whole.tobytes()


def test_networks_are_named_by_their_hashes(runner: EngineRunner) -> None:
    files = {"content": photograph(), "style/0": painting()}
    instant = runner.reproducibility(order(files).params, order(files).inputs)
    network, _, digits = instant.weights_sha256.partition(":")
    assert (network, len(digits)) == ("arbitrary", 64)
    assert instant.algorithm == f"impasto-fast@{FAST_VERSION}"
    what = order(files, preset="quick")
    quick = runner.reproducibility(what.params, what.inputs)
    assert quick.weights_sha256.startswith(f"{instant.weights_sha256},vgg19:")
    assert quick.algorithm == f"impasto-fast@{FAST_VERSION},{ALGORITHM}"


def test_a_style_with_a_pack_is_painted_by_it(
    runner: EngineRunner, engine: FastEngine
) -> None:
    pack = engine.builtin(3)
    files = {
        "content": photograph(),
        "style/0": painting(),
        "pack/0": pack.to_bytes(),
    }
    by_pack, _ = painted(runner, order(files))
    content = Image.open(io.BytesIO(photograph())).convert("RGB")
    options = FastOptions(size_px=64)
    by_hand = engine.stylize(content, [FastStyle(pack=pack)], options)
    assert by_pack.tobytes() == by_hand.tobytes()
    assert painted(runner, order(files, network="pack"))[0].tobytes() == (
        by_hand.tobytes()
    )
    without = {name: each for name, each in files.items() if name != "pack/0"}
    assert painted(runner, order(without))[0].tobytes() != by_hand.tobytes()


def test_a_pack_and_a_painting_are_blended_in_one_picture(
    runner: EngineRunner, engine: FastEngine
) -> None:
    files = {
        "content": photograph(),
        "style/0": painting(),
        "style/1": painting("chalk"),
        "pack/1": engine.builtin(3).to_bytes(),
    }
    what = order(files)
    told = runner.reproducibility(what.params, what.inputs).weights_sha256
    pack, arbitrary = told.split(",")
    assert pack == f"pack:{what.inputs['pack/1'].sha256}"
    assert arbitrary.startswith("arbitrary:")
    both = levels(painted(runner, what)[0])
    first, second = (
        levels(painted(runner, order(files, style_weights=weights))[0])
        for weights in ([100, 0.001], [0.001, 100])
    )
    apart = np.abs(first - second).mean()
    for one in (first, second):
        assert 0 < np.abs(both - one).mean() < apart


def test_a_pack_alone_needs_no_other_network(
    runner: EngineRunner, engine: FastEngine
) -> None:
    files = {"content": photograph(), "style/0": png("red")}
    what = order(files | {"pack/0": engine.builtin(3).to_bytes()})
    told = runner.reproducibility(what.params, what.inputs).weights_sha256
    assert told == f"pack:{what.inputs['pack/0'].sha256}"


def test_a_damaged_pack_ends_the_job_with_a_reason(runner: EngineRunner) -> None:
    files = {"content": photograph(), "style/0": painting(), "pack/0": b"no pack"}
    with pytest.raises(RunFailedError, match="the pack can not be read"):
        list(runner.run(order(files), Control(), None))


def test_an_optimization_from_the_fast_picture_shows_it_at_once(
    runner: EngineRunner,
) -> None:
    files = {"content": photograph(), "style/0": painting()}
    asked = {"engine": "optimize", "start": "fast", "seed": 7}
    what = order(files, rungs=[[64, 4]], **asked)
    ticks = runner.run(what, Control(), None)
    first = next(ticks)
    assert (first.update.step, first.update.total_steps, first.is_last) == (0, 4, False)
    shown = first.preview()
    assert shown is not None
    shown_picture = levels(Image.open(io.BytesIO(shown().content)))
    (last,) = (picture_of(tick) for tick in ticks if tick.is_last)
    result = levels(last)
    anew = order(files, rungs=[[64, 4]], **asked | {"start": "content"})
    other = levels(painted(runner, anew)[0])
    assert np.abs(result - shown_picture).mean() < np.abs(other - shown_picture).mean()
    told = runner.reproducibility(what.params, what.inputs)
    assert told.weights_sha256.startswith("arbitrary:")
    assert ",vgg19:" in told.weights_sha256


def test_the_styles_of_the_network_are_brought_into_the_library(
    runner: EngineRunner, engine: FastEngine
) -> None:
    styles = [*runner.own_styles()]
    assert len({each.id for each in styles}) == len(styles) == 26
    assert len({each.title for each in styles}) == 26
    last = styles[-1]
    pack = read_pack(last.pack())
    assert pack.info.name == last.title
    assert pack.info.licence == last.license
    sample = last.sample()
    made = Image.open(io.BytesIO(sample.to_bytes()))
    assert made.size == (sample.facts["width"], sample.facts["height"])
    with pytest.raises(ValueError, match="must be 0 to 25"):
        engine.builtin(len(styles))


def test_a_canceled_job_ends_before_its_pass(runner: EngineRunner) -> None:
    control = Control()
    control.stop(StopReason.CANCELED)
    what = order({"content": photograph(), "style/0": painting()})
    with pytest.raises(RunInterruptedError):
        list(runner.run(what, control, None))


def test_one_pass_goes_on_from_nothing(runner: EngineRunner) -> None:
    what = order({"content": photograph(), "style/0": painting()})
    with pytest.raises(StateRefusedError):
        list(runner.run(what, Control(), b"a state"))


def test_each_job_goes_to_its_engine_or_to_another_worker(engine: FastEngine) -> None:
    files = {"content": photograph(), "style/0": painting()}
    light = EngineRunner.of(None, FastRunner(engine))
    assert painted(light, order(files))[0].size == (64, 48)
    info = light.info("light")
    assert info.networks == ("arbitrary",)
    assert info.offer.units["auto"] > 0
    with pytest.raises(UnableError, match="optimize from fast"):
        list(light.run(order(files, preset="quick"), Control(), None))
    slow = dataclasses.replace(
        order(files), params=IMAGE.parse({}, order(files).inputs)
    )
    with pytest.raises(UnableError, match="engine optimize"):
        list(light.run(slow, Control(), None))


def test_a_worker_for_short_jobs_alone_loads_no_large_network() -> None:
    runner = EngineRunner.load(WorkerSettings(lanes=(Lane.SHORT,), fast=True))
    assert [*runner.runners] == ["fast"]
