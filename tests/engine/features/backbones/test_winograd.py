"""Our own kernels give what torch gives, or torch takes over; never a crash."""

import os
import stat
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows

from app.contract.painting.choices import StyleLoss
from tests.engine.conftest import StoppedError
from worker.engine.errors import BackendError, EngineError
from worker.engine.features.backbones import bands
from worker.engine.features.backbones.backends import choose_backend
from worker.engine.features.backbones.convolution import (
    ConvolutionWeights,
    FrozenConvolution,
    TorchBackend,
)
from worker.engine.features.backbones.pooling import gradient_to_maps, largest_of_blocks
from worker.engine.features.backbones.vgg import Vgg
from worker.engine.features.backbones.winograd import build
from worker.engine.features.backbones.winograd.backend import WinogradBackend
from worker.engine.features.backbones.winograd.library import (
    Operands,
    WinogradLibrary,
    torchs_parallel_region,
)
from worker.engine.features.backbones.winograd.packing import pack
from worker.engine.features.weights import VggWeights
from worker.engine.hyperparameters import HYPERPARAMETERS
from worker.engine.losses.objective import LossWeights, Objective
from worker.engine.losses.target_builder import TargetBuilder
from worker.engine.machine import device
from worker.engine.options import StylizeOptions
from worker.engine.painting.gradients import differentiate
from worker.engine.styles import Region

CPU = torch.device("cpu")
#: Multiples of every panel there is: 32 with AVX-512, else 16.
CHANNELS = ((32, 32), (32, 96), (96, 64))


def nothing() -> None:
    """An interruption check that never stops."""


def relative_error(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found.double() - wanted.double()).norm() / wanted.double().norm())


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kernels")


@pytest.fixture(scope="module")
def backend(cache_dir: Path) -> WinogradBackend:
    if not build.find_compiler() and not os.environ.get("CI"):
        pytest.skip("no C++ compiler here")
    return WinogradBackend.load(cache_dir)


@pytest.fixture
def hasty_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build in a breath where speed does not matter."""
    hasty = tuple(flag.replace("-O3", "-O1") for flag in build._FLAGS)
    monkeypatch.setattr(build, "_FLAGS", hasty)


def random_weights(
    inputs: int, outputs: int, random: torch.Generator, dtype: torch.dtype
) -> ConvolutionWeights:
    kernel = torch.randn(outputs, inputs, 3, 3, generator=random) / (3 * inputs**0.5)
    bias = torch.randn(outputs, generator=random)
    return ConvolutionWeights(kernel, bias, dtype, CPU)


# ------------------------------------------------------------ the same numbers


@pytest.mark.parametrize(("inputs", "outputs"), CHANNELS)
@pytest.mark.parametrize("size", [(1, 1), (2, 5), (3, 4), (4, 4), (5, 1), (13, 22)])
@pytest.mark.parametrize("count", [1, 2])
def test_maps_and_gradients_equal_torchs(
    inputs: int,
    outputs: int,
    size: tuple[int, int],
    count: int,
    backend: WinogradBackend,
    random: torch.Generator,
) -> None:
    weights = random_weights(inputs, outputs, random, torch.float32)
    assert backend.can(weights)
    maps = torch.randn(count, inputs, *size, generator=random)
    upstream = torch.randn(count, outputs, *size, generator=random)
    found, wanted = (each.prepare(weights) for each in (backend, TorchBackend()))
    rectified = wanted.rectified(maps, nothing)
    plain = F.conv2d(maps, weights.kernel, weights.bias, padding=1).relu()
    assert relative_error(found.rectified(maps, nothing), plain) < 1e-5
    assert (
        relative_error(
            found.gradient_to_input(upstream, rectified, nothing),
            wanted.gradient_to_input(upstream, rectified, nothing),
        )
        < 1e-5
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 8), (13, 22)])
def test_pooling_on_the_way_changes_no_bit(
    size: tuple[int, int],
    dtype: torch.dtype,
    backend: WinogradBackend,
    random: torch.Generator,
) -> None:
    prepared = backend.prepare(random_weights(32, 64, random, dtype))
    maps = torch.randn(2, 32, *size, generator=random).to(dtype)
    maps[1, :, :2, :2] = 0  # equal values: the bias alone
    pooled, places = prepared.pooled(maps, nothing)
    rectified = prepared.rectified(maps, nothing)
    assert torch.equal(pooled, largest_of_blocks(rectified))
    assert 0 < float((places == 4).float().mean()) < 1
    if dtype == torch.bfloat16:
        return  # two values that round to the same are told apart before
    upstream = torch.randn(pooled.shape, generator=random)
    found = prepared.gradient_through_pool(upstream, places, maps.shape[2:], nothing)
    to_rectified = gradient_to_maps(upstream, rectified)
    wanted = prepared.gradient_to_input(to_rectified, rectified, nothing)
    assert torch.equal(found, wanted)


@pytest.mark.parametrize("size", [(1, 1), (4, 3), (13, 22)])
def test_the_gradient_to_few_channels_equals_torchs(
    size: tuple[int, int], backend: WinogradBackend, random: torch.Generator
) -> None:
    weights = replace(random_weights(3, 64, random, torch.float32), padding_px=0)
    assert backend.can_go_back(weights)
    maps = torch.randn(2, 3, size[0] + 2, size[1] + 2, generator=random)
    found, wanted = (each.prepare(weights) for each in (backend, TorchBackend()))
    rectified = wanted.rectified(maps, nothing)
    assert torch.equal(found.rectified(maps, nothing), rectified)
    upstream = torch.randn(rectified.shape, generator=random)
    gradient = found.gradient_to_input(upstream, rectified, nothing)
    expected = wanted.gradient_to_input(upstream, rectified, nothing)
    assert relative_error(gradient, expected) < 1e-5
    halves = torch.randn(largest_of_blocks(rectified).shape, generator=random)
    through_pool = [
        each.gradient_through_pool(
            halves, each.pooled(maps, nothing)[1], maps.shape[2:], nothing
        )
        for each in (found, wanted)
    ]
    assert relative_error(*through_pool) < 1e-5


@pytest.mark.parametrize("inputs", [64, 320, 512])
@pytest.mark.parametrize("size", [(9, 7), (66, 70)])
def test_deep_and_wide_convolutions_are_as_exact(
    inputs: int,
    size: tuple[int, int],
    backend: WinogradBackend,
    random: torch.Generator,
) -> None:
    # More channels than one visit adds up, more tiles than a block takes, both plans.
    weights = random_weights(inputs, 512, random, torch.float32)
    maps = torch.randn(1, inputs, *size, generator=random)
    plain = F.conv2d(maps, weights.kernel, weights.bias, padding=1).relu()
    found = backend.prepare(weights).rectified(maps, nothing)
    assert relative_error(found, plain) < 1e-5


@pytest.mark.parametrize(("inputs", "outputs"), CHANNELS)
def test_bfloat16_stays_within_its_own_precision(
    inputs: int, outputs: int, backend: WinogradBackend, random: torch.Generator
) -> None:
    weights = random_weights(inputs, outputs, random, torch.bfloat16)
    maps = torch.randn(2, inputs, 9, 14, generator=random).bfloat16()
    upstream = torch.randn(2, outputs, 9, 14, generator=random).bfloat16()
    prepared = backend.prepare(weights)
    found = prepared.rectified(maps, nothing)
    plain = F.conv2d(maps.float(), weights.kernel, weights.bias, padding=1).relu()
    assert found.dtype == torch.bfloat16
    assert relative_error(found, plain) < 0.02
    masked = upstream.float() * (found > 0)
    wanted = F.conv_transpose2d(masked, weights.kernel, padding=1)
    gradient = prepared.gradient_to_input(upstream, found, nothing)
    assert relative_error(gradient, wanted) < 0.02


def test_bfloat16_products_are_those_of_the_rounded_operands(
    backend: WinogradBackend, random: torch.Generator
) -> None:
    # One pixel that is 1: a result is then a sum of few rounded products.
    weights = random_weights(32, 32, random, torch.bfloat16)
    maps = torch.zeros(1, 32, 6, 6, dtype=torch.bfloat16)
    maps[0, 7, 2, 3] = 1
    found = backend.prepare(weights).rectified(maps, nothing)
    wanted = F.conv2d(maps.float(), weights.kernel, weights.bias, padding=1).relu()
    # Rounded four times on its way: input, kernel, product's sum and result.
    assert float((found.float() - wanted).abs().max()) < 0.05 * float(wanted.max())


def test_autograd_gets_the_same_gradient_through_either_backend(
    backend: WinogradBackend, random: torch.Generator
) -> None:
    maps = torch.randn(1, 32, 11, 9, generator=random, requires_grad=True)
    weights = random_weights(32, 64, random, torch.float32)
    upstream = torch.randn(1, 64, 11, 9, generator=random)
    gradients = []
    for each in (backend, TorchBackend()):
        layer = FrozenConvolution(
            weights.kernel,
            weights.bias,
            dtype=torch.float32,
            device=CPU,
            backend=each,
        )
        found = torch.autograd.grad(layer(maps, nothing), maps, upstream)
        gradients.append(found[0])
    assert relative_error(*gradients) < 1e-5


@pytest.mark.parametrize("name", ["permuted", "expanded", "sliced"])
def test_any_layout_of_the_maps_will_do(
    name: str, backend: WinogradBackend, random: torch.Generator
) -> None:
    weights = random_weights(32, 32, random, torch.float32)
    maps = {
        "permuted": torch.randn(1, 8, 32, 9, generator=random).permute(0, 2, 1, 3),
        "expanded": torch.randn(1, 32, 1, 1, generator=random).expand(1, 32, 8, 9),
        "sliced": torch.randn(1, 40, 16, 9, generator=random)[:, 4:36, ::2],
    }[name]
    found = backend.prepare(weights).rectified(maps, nothing)
    wanted = TorchBackend().prepare(weights).rectified(maps, nothing)
    assert relative_error(found, wanted) < 1e-5


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_number_that_is_none_shows(
    dtype: torch.dtype, backend: WinogradBackend, random: torch.Generator
) -> None:
    # Divergence is found by looking for it: a maximum must not swallow it.
    maps = torch.randn(1, 32, 8, 8, generator=random).to(dtype)
    maps[0, 3, 4, 4] = torch.nan
    prepared = backend.prepare(random_weights(32, 32, random, dtype))
    assert bool(prepared.rectified(maps, nothing)[0, :, 4, 4].isnan().all())
    assert bool(prepared.pooled(maps, nothing)[0][0, :, 2, 2].isnan().all())


@pytest.mark.vgg_weights
def test_the_gradient_of_a_step_equals_torchs_on_real_weights(
    real_weights: VggWeights, backend: WinogradBackend, random: torch.Generator
) -> None:
    content = torch.rand(1, 3, 24, 32, generator=random)
    content = F.interpolate(content, (144, 192), mode="bicubic").clamp(0, 1)
    style = torch.rand(1, 3, 48, 48, generator=random)
    style = F.interpolate(style, (144, 144), mode="bicubic").clamp(0, 1)
    noise = torch.rand(content.shape, generator=random)
    gradients = []
    for each in (TorchBackend(), backend):
        network = Vgg(real_weights, backend=each)
        builder = TargetBuilder(
            network=network,
            hyperparameters=HYPERPARAMETERS,
            options=StylizeOptions(style_loss=StyleLoss.GRAM),
            check_interruption=nothing,
        )
        targets = builder.style_targets([(builder.style_moments(style, None), 1.0)])
        goals = builder.goals(content, [Region(((0, 1.0),), None, 1.0)], [targets])
        weights = LossWeights(HYPERPARAMETERS.content_weight, 1, 0)
        objective = Objective(goals, weights, StyleLoss.GRAM)
        pastiche = 0.7 * content + 0.3 * noise
        _, gradient = differentiate(
            objective, network, pastiche, nothing, recompute=False
        )
        gradients.append(gradient)
    wanted, found = gradients
    assert relative_error(found, wanted) < 1e-3


@pytest.mark.parametrize(
    ("macros", "panel"),
    [
        ("-D__AVX512F__", 32),
        ("-U__AVX512F__ -D__AVX__", 16),
        ("-U__AVX512F__ -U__AVX__", 16),
        ("-U__AVX512F__ -U__AVX512BF16__ -U__AVX__", 16),
    ],
    ids=["16 lanes", "8 lanes", "4 lanes", "4 lanes by flags"],
)
def test_vectors_of_every_width_give_the_same_numbers(
    macros: str,
    panel: int,
    tmp_path: Path,
    hasty_compiler: None,
    monkeypatch: pytest.MonkeyPatch,
    random: torch.Generator,
) -> None:
    # The compiler makes 16, 8 or 4 lanes of what the CPU has: slow, but the same code
    # that runs with AVX-512, AVX2 and NEON.
    compiler = build.find_compiler()
    monkeypatch.setenv("CXX", f"{compiler} {macros} -w")
    other = WinogradBackend.load(tmp_path)
    assert other._library.panel == panel
    wide = panel == 32 and "avx512_bf16" in build.cpu_flags()
    assert other._library.multiplies_bfloat16 == wide
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.bfloat16, 0.02)):
        weights = random_weights(96, 64, random, dtype)
        maps = torch.randn(1, 96, 19, 22, generator=random).to(dtype)
        prepared = other.prepare(weights)
        found = prepared.rectified(maps, nothing)
        plain = F.conv2d(maps.float(), weights.kernel, weights.bias, padding=1).relu()
        assert relative_error(found, plain) < tolerance
        gradient = prepared.gradient_to_input(found, found, nothing)
        wanted = F.conv_transpose2d(found.float(), weights.kernel, padding=1)
        assert relative_error(gradient, wanted) < tolerance


@pytest.mark.skipif(
    "avx512_bf16" not in build.cpu_flags(), reason="this CPU has no such instruction"
)
def test_the_instruction_for_bfloat16_gives_what_is_emulated_elsewhere(
    backend: WinogradBackend,
    tmp_path: Path,
    hasty_compiler: None,
    monkeypatch: pytest.MonkeyPatch,
    random: torch.Generator,
) -> None:
    assert backend._library.multiplies_bfloat16
    emulate = f"{build.find_compiler()} -DWINOGRAD_EMULATE_BF16"
    emulated = WinogradBackend.load(tmp_path, emulate)
    assert not emulated._library.multiplies_bfloat16
    weights = random_weights(64, 96, random, torch.bfloat16)
    maps = torch.randn(1, 64, 19, 22, generator=random).bfloat16()
    found, wanted = (
        each.prepare(weights).rectified(maps, nothing) for each in (backend, emulated)
    )
    # The sums differ in float32's last digit, and few of them round the other way.
    assert relative_error(found, wanted) < 1e-3


# ------------------------------------------------------------ what is not for them


@pytest.mark.parametrize(
    "unfit",
    [
        {"inputs": 20},
        {"outputs": 20},
        {"padding_px": 0},
        {"dtype": torch.float64},
        {"dtype": torch.float16},
        {"device": torch.device("meta")},
    ],
    ids=str,
)
def test_what_the_kernels_are_not_made_for_is_torchs(
    unfit: dict[str, object], backend: WinogradBackend
) -> None:
    asked = {
        "inputs": 32,
        "outputs": 32,
        "padding_px": 1,
        "dtype": torch.float32,
        "device": CPU,
    } | unfit
    weights = ConvolutionWeights(
        torch.randn(asked["outputs"], asked["inputs"], 3, 3),
        torch.randn(asked["outputs"]),
        asked["dtype"],
        asked["device"],
        asked["padding_px"],
    )
    assert not backend.can(weights)
    assert type(backend.prepare(weights)) is type(TorchBackend().prepare(weights))


def test_wrong_sizes_are_refused_before_a_pointer_goes_out(
    backend: WinogradBackend,
) -> None:
    maps = torch.zeros(1, 32, 4, 4).contiguous(memory_format=torch.channels_last)
    kernels = pack(torch.zeros(32, 32, 3, 3), torch.float32, 16)
    fitting = {"maps": maps, "kernels": kernels, "result": torch.empty_like(maps)}
    Operands(**fitting)
    for wrong in (
        {"kernels": kernels[1:]},
        {"kernels": kernels.bfloat16()},
        {"mask": maps[:, :, :3]},
        {"bias": torch.zeros(31)},
        {"result": maps[:, :, :3]},
        {"maps": torch.zeros(1, 32, 4, 4)},
    ):
        with pytest.raises(ValueError, match=r"must be|not|unlike"):
            Operands(**fitting | wrong)
    halves = torch.zeros(1, 32, 2, 2).contiguous(memory_format=torch.channels_last)
    places = halves.to(torch.uint8)
    Operands(**fitting | {"result": halves, "pool_places": places})
    Operands(**fitting | {"maps": halves, "spread_places": places})
    Operands(**fitting | {"maps": halves, "padding_px": 2})
    for wrong in (
        {"result": halves},
        {"pool_places": places},
        {"spread_places": places},
        {"result": halves, "pool_places": halves},
        {"result": halves, "pool_places": places[:, :16]},
        {"maps": halves, "spread_places": places, "pool_places": places},
        {"padding_px": 2},
        {"maps": halves, "padding_px": 3},
        {"maps": halves, "spread_places": places, "padding_px": 2},
    ):
        with pytest.raises(ValueError, match=r"must|unlike"):
            Operands(**fitting | wrong)
    with pytest.raises(ValueError, match="kernels have"):
        backend.prepare(
            ConvolutionWeights(
                torch.zeros(32, 32, 3, 3), torch.zeros(32), torch.float32, CPU
            )
        ).rectified(torch.zeros(1, 64, 4, 4), nothing)


# ------------------------------------------------------------ threads and stopping


def test_it_uses_as_many_threads_as_torch(
    backend: WinogradBackend, random: torch.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = backend.prepare(random_weights(64, 64, random, torch.float32))
    maps = torch.randn(1, 64, 40, 50, generator=random)
    asked = []
    convolve = backend._library._convolve

    def recorded(task: object) -> int:
        asked.append(task._obj.threads)
        return convolve(task)

    monkeypatch.setattr(backend._library, "_convolve", recorded)
    results = []
    for threads in (1, 3):
        monkeypatch.setattr(torch, "get_num_threads", lambda threads=threads: threads)
        results.append(prepared.rectified(maps, nothing))
    assert asked == [1, 3]
    assert torch.equal(*results)  # bit by bit: no sum depends on who did it


def test_it_needs_no_openmp(
    backend: WinogradBackend, random: torch.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = backend.prepare(random_weights(64, 64, random, torch.float32))
    maps = torch.randn(1, 64, 40, 50, generator=random)
    wanted = prepared.rectified(maps, nothing)
    monkeypatch.setattr(backend._library, "_run_region", None)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)
    assert torch.equal(prepared.rectified(maps, nothing), wanted)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_no_second_openmp_is_loaded(backend: WinogradBackend) -> None:
    # Two of them spin against each other on the same cores.
    assert torchs_parallel_region() is not None
    mapped = Path("/proc/self/maps").read_text().splitlines()
    runtimes = {
        line.split()[-1]
        for line in mapped
        if any(name in line for name in ("libgomp", "libomp", "libiomp"))
    }
    assert len(runtimes) == 1


def test_two_jobs_at_once_do_not_disturb_each_other(
    backend: WinogradBackend, random: torch.Generator
) -> None:
    prepared = backend.prepare(random_weights(64, 64, random, torch.float32))
    maps = torch.randn(4, 64, 40, 50, generator=random)
    wanted = [prepared.rectified(each[None], nothing) for each in maps]
    found: dict[int, torch.Tensor] = {}

    def work(index: int) -> None:
        found[index] = prepared.rectified(maps[index][None], nothing)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(torch.equal(found[index], wanted[index]) for index in range(4))


def test_a_wish_to_stop_is_heard_between_bands(
    backend: WinogradBackend, random: torch.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = random_weights(32, 32, random, torch.float32)
    prepared = backend.prepare(weights)
    maps = torch.randn(1, 32, 30, 21, generator=random)
    whole = prepared.rectified(maps, nothing)
    macs = maps[0, 0].numel() * weights.kernel.numel()
    monkeypatch.setattr(bands, "_BAND_MACS", macs / 5)
    calls: list[None] = []
    banded = prepared.rectified(maps, lambda: calls.append(None))
    assert len(calls) == 5
    assert torch.equal(banded, whole)

    def stop_at_the_third() -> None:
        calls.append(None)
        if len(calls) == 3:
            raise StoppedError

    for run in (
        lambda: prepared.rectified(maps, stop_at_the_third),
        lambda: prepared.gradient_to_input(whole, whole, stop_at_the_third),
    ):
        calls.clear()
        with pytest.raises(StoppedError):
            run()
        assert len(calls) == 3


# ------------------------------------------------------------ building


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(build, "_COMPILERS", ("no-such-compiler",))


@pytest.fixture
def fake_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    """Return a function that makes a shell script the compiler."""

    def install(script: str) -> None:
        path = tmp_path / "fake-c++"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setenv("CXX", str(path))

    return install


def test_without_a_compiler_torch_computes_and_one_line_says_so(
    tmp_path: Path, no_compiler: None, caplog: pytest.LogCaptureFixture
) -> None:
    assert choose_backend("auto", torch.float32, tmp_path).name == "torch"
    assert len(caplog.records) == 1
    assert "no C++ compiler" in caplog.text
    with pytest.raises(EngineError, match="no C\\+\\+ compiler"):
        choose_backend("winograd", torch.float32, tmp_path)


def test_a_compiler_that_fails_is_quoted(
    tmp_path: Path,
    fake_compiler: Callable[[str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake_compiler("echo 'kernels.cpp:1: no mood today' >&2; exit 3")
    assert choose_backend("auto", torch.float32, tmp_path).name == "torch"
    assert len(caplog.records) == 1
    with pytest.raises(BackendError, match=r"status 3: .*no mood today"):
        choose_backend("winograd", torch.float32, tmp_path)


@pytest.mark.parametrize(
    "script", ["exit 0", 'while [ "$1" != -o ]; do shift; done; echo junk > "$2"']
)
def test_a_compiler_that_builds_nothing_usable_is_no_crash(
    script: str, tmp_path: Path, fake_compiler: Callable[[str], None]
) -> None:
    fake_compiler(script)
    assert choose_backend("auto", torch.float32, tmp_path).name == "torch"


def test_a_compiler_that_can_not_be_started_is_no_crash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", str(tmp_path / "absent"))
    assert choose_backend("auto", torch.float32, tmp_path).name == "torch"


def test_kernels_that_compute_something_else_are_not_used(
    backend: WinogradBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(operands: Operands, first_tile: int, last_tile: int) -> None:
        operands.result.fill_(1)

    monkeypatch.setattr(backend._library, "convolve", wrong)
    with pytest.raises(BackendError, match="off by"):
        backend.check()


def test_the_library_is_built_once(
    cache_dir: Path, backend: WinogradBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", "/no/such/compiler")
    assert WinogradBackend.load(cache_dir).name == "winograd"


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_library_is_removed_not_loaded(
    damage: str, tmp_path: Path, cache_dir: Path, backend: WinogradBackend
) -> None:
    (whole,) = (cache_dir / build.FOLDER).glob("*.so")
    content = bytearray(whole.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    content = content[: {"cut": 5000, "empty": 0}.get(damage, len(content))]
    damaged = tmp_path / build.FOLDER / whole.name
    damaged.parent.mkdir()
    damaged.write_bytes(content)
    assert build.cached(build.native_target(), tmp_path) is None
    assert not damaged.exists()


def test_a_damaged_library_is_built_anew(
    tmp_path: Path, cache_dir: Path, backend: WinogradBackend
) -> None:
    (whole,) = (cache_dir / build.FOLDER).glob("*.so")
    damaged = tmp_path / build.FOLDER / whole.name
    damaged.parent.mkdir()
    damaged.write_bytes(whole.read_bytes()[:-1])
    assert WinogradBackend.load(tmp_path).name == "winograd"
    (rebuilt,) = damaged.parent.iterdir()
    assert rebuilt.read_bytes() == whole.read_bytes()


def test_a_cache_that_can_not_be_read_is_no_crash(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"{build._stem(build.native_target())}-x.so"
    (tmp_path / build.FOLDER / name).mkdir(parents=True)
    assert choose_backend("auto", torch.float32, tmp_path).name == "torch"
    assert "can not be used" in caplog.text


def test_another_source_or_another_cpu_is_another_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [build._stem(build.native_target())]
    monkeypatch.setattr(build, "cpu_flags", lambda: frozenset({"something_else"}))
    names.append(build._stem(build.native_target()))
    changed = tmp_path / "kernels.cpp"
    changed.write_text(build.SOURCE.read_text() + "\n")
    monkeypatch.setattr(build, "SOURCE", changed)
    names.append(build._stem(build.native_target()))
    assert len(set(names)) == 3


NEW_CPU = "sse2 avx2 fma bmi2 f16c avx512f avx512bw avx512cd avx512dq avx512vl"


@pytest.mark.parametrize(
    ("hidden", "flag"),
    [
        ("", "-march=native"),
        ("amx_bf16,no_flag", "-march=native"),
        ("avx512_bf16", "-march=x86-64-v4"),
        ("avx512_bf16, avx512f", "-march=x86-64-v3"),
        ("avx512f,avx2", "-march=x86-64"),
    ],
)
def test_kernels_are_built_without_what_is_hidden(
    hidden: str, flag: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"flags\t: {NEW_CPU} avx512_bf16\n")
    monkeypatch.setattr(device, "_CPU_FLAGS", cpuinfo)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setenv("IMPASTO_HIDE_CPU_FLAGS", hidden)
    target = build.native_target()
    assert target.flag == flag
    assert not set(hidden.replace(" ", "").split(",")) & set(target.origin.split())


def test_two_that_build_at_once_both_get_a_whole_library(
    tmp_path: Path, hasty_compiler: None
) -> None:
    # Nothing but the folder joins them: processes would meet in the same way.
    found: list[Path] = []
    builders = [
        threading.Thread(target=lambda: found.append(build.library(tmp_path)))
        for _ in range(2)
    ]
    for builder in builders:
        builder.start()
    for builder in builders:
        builder.join()
    assert len(found) == 2
    for path in found:
        assert WinogradLibrary(path).panel > 0
    # No half-written leftovers.
    assert set((tmp_path / build.FOLDER).iterdir()) == set(found)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners of files here")
def test_code_that_anybody_could_have_put_there_is_not_loaded(
    tmp_path: Path, cache_dir: Path, backend: WinogradBackend
) -> None:
    (whole,) = (cache_dir / build.FOLDER).glob("*.so")
    folder = tmp_path / build.FOLDER
    folder.mkdir()
    (folder / whole.name).write_bytes(whole.read_bytes())
    assert build.library(tmp_path).parent == folder
    folder.chmod(folder.stat().st_mode | stat.S_IWOTH)
    with pytest.raises(BackendError, match="written by anybody"):
        build.library(tmp_path)


@pytest.mark.skipif(
    not any(each.needs <= build.cpu_flags() for each in build.portable_targets()),
    reason="this CPU is older than all that are built for",
)
def test_a_machine_without_a_compiler_uses_what_was_built_for_its_kind(
    tmp_path: Path, hasty_compiler: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = build.build_portable(tmp_path)
    assert len(built) == len(build.portable_targets())
    monkeypatch.setattr(build, "find_compiler", lambda: None)
    backend = WinogradBackend.load(tmp_path)
    assert backend.name == "winograd"
    # One that can do less than all of them is left with torch.
    monkeypatch.setattr(build, "cpu_flags", lambda: frozenset({"sse2"}))
    with pytest.raises(BackendError, match="no library that was built for this CPU"):
        build.library(tmp_path)


# ------------------------------------------------------------ the choice


def test_auto_is_winograd_in_float32_on_a_cpu_only(
    cache_dir: Path, backend: WinogradBackend
) -> None:
    assert choose_backend("auto", torch.float32, cache_dir).name == "winograd"
    assert choose_backend("auto", torch.bfloat16, cache_dir).name == "torch"
    assert choose_backend("torch", torch.float32, cache_dir).name == "torch"
    assert choose_backend("winograd", torch.bfloat16, cache_dir).name == "winograd"
    cuda = torch.device("cuda")
    assert choose_backend("auto", torch.float32, cache_dir, device=cuda).name == "torch"
    with pytest.raises(BackendError, match="for the CPU"):
        choose_backend("winograd", torch.float32, cache_dir, device=cuda)
    with pytest.raises(ValueError, match="auto, torch, winograd"):
        choose_backend("fastest", torch.float32, cache_dir)


def test_a_library_without_our_functions_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.so"
    path.write_bytes(b"not a library")
    with pytest.raises(BackendError, match="can not be loaded"):
        WinogradLibrary(path)
