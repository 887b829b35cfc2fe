"""Memory: known before, chosen by itself, retried with less, refused by name."""

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from app.contract.painting.limits import MIN_SIZE_PX
from tests.engine.conftest import CPU, SMALL, distance, hills, paint_with, strokes
from worker.engine import (
    ExceedsMemoryError,
    MemoryMode,
    OptimizerName,
    OutOfMemoryError,
    Precision,
    StyleEngine,
    StyleLoss,
    StylizeOptions,
)
from worker.engine.features.backbones.convolution import (
    ConvolutionWeights,
    PreparedConvolution,
    TorchBackend,
)
from worker.engine.features.networks import NetworkCache
from worker.engine.machine import device as devices
from worker.engine.machine.device import Compute
from worker.engine.machine.memory_plan import (
    MemoryPlan,
    choose_memory_plan,
    estimate_bytes,
    feature_pass_tile_px,
    linear_needs,
    usable_bytes,
)
from worker.engine.painting import differentiation

GIB = 2**30
PLAIN = StylizeOptions()
WHOLE = MemoryPlan(MemoryMode.WHOLE)
RECOMPUTE = MemoryPlan(MemoryMode.RECOMPUTE)


def tiles(tile_px: int) -> MemoryPlan:
    return MemoryPlan(MemoryMode.TILES, tile_px)


@pytest.mark.parametrize("plan", [WHOLE, RECOMPUTE])
@pytest.mark.parametrize("optimizer", list(OptimizerName))
def test_the_estimate_grows_linearly_with_the_pixels(
    plan: MemoryPlan, optimizer: OptimizerName
) -> None:
    options = StylizeOptions(optimizer=optimizer)
    one, two, three = (
        estimate_bytes(plan, count * 2**20, Precision.FLOAT32, options)
        for count in (1, 2, 3)
    )
    assert one < two < three
    assert three - two == pytest.approx(two - one, abs=2)


def test_less_is_less() -> None:
    plans = [WHOLE, RECOMPUTE, tiles(512), tiles(256), tiles(128)]
    for precision in (Precision.FLOAT32, Precision.HALF):
        needed = [estimate_bytes(each, 2**22, precision, PLAIN) for each in plans]
        assert needed == sorted(needed, reverse=True)
        assert len(set(needed)) == 5
    found, plan = [], WHOLE
    while plan is not None:
        found.append(plan)
        plan = plan.smaller()
    assert found == plans
    assert WHOLE.or_smaller(RECOMPUTE) == RECOMPUTE.or_smaller(WHOLE) == RECOMPUTE
    assert (
        tiles(512).or_smaller(tiles(128)) == tiles(128).or_smaller(WHOLE) == tiles(128)
    )


def test_lbfgs_needs_its_history_and_16_bits_need_less() -> None:
    lbfgs = StylizeOptions(optimizer=OptimizerName.LBFGS)
    plain = estimate_bytes(WHOLE, 2**20, Precision.FLOAT32, PLAIN)
    # Two float32 images of three channels a pair.
    history = estimate_bytes(WHOLE, 2**20, Precision.FLOAT32, lbfgs) - plain
    assert history == 20 * 2 * 3 * 4 * 2**20
    assert estimate_bytes(WHOLE, 2**20, Precision.BFLOAT16, PLAIN) < plain


def test_the_quickest_way_that_fits_is_taken() -> None:
    pixels, precision = 2**22, Precision.FLOAT32
    for plan in (WHOLE, RECOMPUTE, tiles(512), tiles(256), tiles(128)):
        needed = estimate_bytes(plan, pixels, precision, PLAIN)
        assert (
            choose_memory_plan(pixels, precision, PLAIN, int(needed / 0.9) + 2) == plan
        )
    assert choose_memory_plan(pixels, precision, PLAIN, None) == WHOLE


@pytest.mark.parametrize("memory", [MemoryMode.WHOLE, MemoryMode.RECOMPUTE])
def test_a_way_that_was_asked_for_is_not_changed(memory: MemoryMode) -> None:
    options = StylizeOptions(memory=memory)
    assert (
        choose_memory_plan(2**18, Precision.FLOAT32, options, 64 * GIB).mode is memory
    )
    with pytest.raises(ExceedsMemoryError):
        choose_memory_plan(2**24, Precision.FLOAT32, options, 8 * GIB)
    assert choose_memory_plan(2**24, Precision.FLOAT32, PLAIN, 16 * GIB).tile_px


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.BFLOAT16])
@pytest.mark.parametrize("size_px", [1024, 2048, 4096])
def test_needs_as_lines_are_the_estimate(precision: Precision, size_px: int) -> None:
    needs = linear_needs(precision)
    plans = {
        MemoryMode.WHOLE: WHOLE,
        MemoryMode.RECOMPUTE: RECOMPUTE,
        MemoryMode.TILES: tiles(128),
        MemoryMode.AUTO: tiles(128),
    }
    assert needs.keys() == plans.keys() == {*MemoryMode} - {MemoryMode.CHECKPOINT}
    for mode, plan in plans.items():
        line = needs[mode].base_bytes + needs[mode].bytes_per_pixel * size_px**2
        wanted = estimate_bytes(plan, size_px**2, precision, PLAIN)
        assert line == pytest.approx(wanted, abs=4)


def test_an_engine_knows_its_memory_budget(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "free_memory_bytes", lambda _: 10 * GIB)
    budget = small_engine.memory_budget()
    assert budget.usable_bytes == usable_bytes(10 * GIB) == 9 * GIB
    assert budget.needs == linear_needs(Precision.FLOAT32)
    monkeypatch.setattr(devices, "free_memory_bytes", lambda _: None)
    assert small_engine.memory_budget().usable_bytes is None


def test_asked_for_tiles_have_the_asked_for_size() -> None:
    options = StylizeOptions(memory=MemoryMode.TILES, tile_px=144)
    assert choose_memory_plan(2**18, Precision.FLOAT32, options, 64 * GIB) == tiles(144)


def test_what_exceeds_is_refused_with_the_largest_size_that_fits() -> None:
    options = StylizeOptions(size_px=4096, memory=MemoryMode.WHOLE)
    free_bytes = 8 * GIB
    with pytest.raises(ExceedsMemoryError, match=r"8\.0 GiB are free") as refusal:
        choose_memory_plan(4096 * 3072, Precision.FLOAT32, options, free_bytes)
    named_px = int(str(refusal.value).split("fits is ")[1].split(" px")[0])

    def fits(size_px: int) -> bool:
        pixels = 4096 * 3072 * size_px**2 // 4096**2
        needed = estimate_bytes(WHOLE, pixels, Precision.FLOAT32, options)
        return needed <= 0.9 * free_bytes

    assert fits(named_px)
    assert not fits(named_px + 16)


def test_no_size_is_named_that_nobody_may_ask_for() -> None:
    least = estimate_bytes(tiles(128), MIN_SIZE_PX**2, Precision.FLOAT32, PLAIN)
    with pytest.raises(ExceedsMemoryError, match="no size fits"):
        choose_memory_plan(512**2, Precision.FLOAT32, PLAIN, int(least / 0.9) - 100)


def test_big_paintings_are_looked_at_in_tiles() -> None:
    assert feature_pass_tile_px(2**24, None) is None
    assert feature_pass_tile_px(2**20, 64 * GIB) is None
    assert feature_pass_tile_px(2**24, 4 * GIB) is not None


def test_a_job_that_can_not_fit_is_refused_before_anything_is_computed(
    small_engine: StyleEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "free_memory_bytes", lambda _: GIB)

    def computed(*_: object) -> None:
        raise AssertionError("something was computed")

    monkeypatch.setattr("worker.engine.painting.painter.ObjectiveBuilder", computed)
    monkeypatch.setattr("worker.engine.features.registry.Vgg", computed)
    options = StylizeOptions(size_px=4096)
    with pytest.raises(ExceedsMemoryError, match="the largest size that fits"):
        small_engine.stylize(hills(), strokes(), options)


SMALL_JOB = StylizeOptions(size_px=80, rungs=((64, 2), (80, 3)))
Short = Callable[[int], list[str]]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Short:
    """Let the first so many evaluations be out of memory; note how each was tried."""

    def begin(count: int) -> list[str]:
        tried: list[str] = []
        whole, tiled = (
            differentiation.differentiate,
            differentiation.differentiate_in_tiles,
        )

        def attempt(name: str) -> None:
            tried.append(name)
            if len(tried) <= count:
                raise torch.OutOfMemoryError("CUDA out of memory")

        def in_whole(*args: object, recompute: bool) -> object:
            attempt("recompute" if recompute else "whole")
            return whole(*args, recompute=recompute)  # type: ignore[arg-type]  # as they came

        def in_tiles(*args: object) -> object:
            attempt(f"tiles {args[-1]}")
            return tiled(*args)  # type: ignore[arg-type]  # as they came

        monkeypatch.setattr(differentiation, "differentiate", in_whole)
        monkeypatch.setattr(differentiation, "differentiate_in_tiles", in_tiles)
        return tried

    return begin


@pytest.mark.parametrize(
    ("count", "ways"),
    [
        (1, ["whole", "recompute"]),
        (2, ["whole", "recompute", "tiles 512"]),
        (4, ["whole", "recompute", "tiles 512", "tiles 256", "tiles 128"]),
    ],
)
def test_a_step_out_of_memory_is_tried_with_less_and_it_stays_so(
    small_engine: StyleEngine, short: Short, count: int, ways: list[str]
) -> None:
    options = replace(SMALL_JOB, style_loss=StyleLoss.GRAM)
    undisturbed, _ = paint_with(small_engine, options)
    tried = short(count)
    found, steps = paint_with(small_engine, options, report_interval_s=0)
    assert tried == ways[:-1] + [ways[-1]] * 5
    assert len(steps) == 5
    assert distance(found, undisturbed) < 0.2


def test_when_nothing_is_left_to_try_it_is_out_of_memory(
    small_engine: StyleEngine, short: Short
) -> None:
    tried = short(5)
    with pytest.raises(OutOfMemoryError, match="smaller size"):
        paint_with(small_engine, SMALL_JOB)
    assert len(tried) == 5


@pytest.mark.parametrize("memory", ["whole", "recompute", "tiles"])
def test_a_way_that_was_asked_for_is_not_given_up_silently(
    small_engine: StyleEngine, short: Short, memory: str
) -> None:
    tried = short(1)
    options = replace(SMALL_JOB, memory=memory)  # type: ignore[arg-type]  # a word
    with pytest.raises(OutOfMemoryError):
        paint_with(small_engine, options)
    assert len(tried) == 1


class ShortBackend(TorchBackend):
    """Has no memory for some of the convolutions that it is to prepare."""

    def __init__(self, short: set[int]) -> None:
        self._short = short
        self._asked = 0

    def prepare(self, weights: ConvolutionWeights) -> PreparedConvolution:
        self._asked += 1
        if self._asked in self._short:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().prepare(weights)


def engine_on(backend: TorchBackend) -> StyleEngine:
    shelf = NetworkCache(lambda *_: SMALL, CPU, lambda _: backend)
    return StyleEngine(shelf, Compute(CPU, Precision.FLOAT32))


@pytest.mark.parametrize("number", [1, 2, 7, 13])
def test_a_network_survives_that_memory_ran_out_while_it_was_prepared(
    small_engine: StyleEngine, number: int
) -> None:
    wanted, _ = paint_with(small_engine, SMALL_JOB)
    engine = engine_on(ShortBackend({number, number + 1}))
    for _ in range(2):
        with pytest.raises(OutOfMemoryError):
            paint_with(engine, SMALL_JOB)
    found, _ = paint_with(engine, SMALL_JOB)
    assert distance(found, wanted) == 0
