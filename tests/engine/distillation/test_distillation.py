"""A student of small steps: what it computes, how it is fitted, taught and kept."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody knows
from torch import Tensor

from app.contract.painting.choices import Precision
from app.contract.painting.layers import STUDENT_LAYERS
from tests.engine.features.students import drawn
from worker.engine.datasets import open_dataset
from worker.engine.distillation import (
    Distillation,
    DistillationOptions,
    DistillationState,
    DistillationStep,
    distil,
    distiller,
    gradients,
)
from worker.engine.distillation.fitting import fitted
from worker.engine.distillation.gradients import likeness, style_gradient
from worker.engine.distillation.likeness import explained
from worker.engine.errors import StateError, WeightsError
from worker.engine.features.backbones.student import Student
from worker.engine.features.extractor import FeatureExtractor, uninterrupted
from worker.engine.features.weights.lite0 import BLOCKS, SOURCE, folded
from worker.engine.features.weights.students import (
    StudentWeights,
    block_of,
    read_student,
    student_shapes,
)


class FakeTeacher:
    """Layers of the real channels: averages of the picture, mixed and rectified."""

    device, precision = torch.device("cpu"), Precision.FLOAT32
    key = ("a fake",)

    def __init__(self) -> None:
        random = torch.Generator().manual_seed(1)
        shapes = student_shapes()
        self._mixes = {
            layer: torch.randn(
                shapes[f"taps.{layer}.mean"][0], 3, 3, 3, generator=random
            )
            for layer in STUDENT_LAYERS
        }

    def feature_maps(
        self, image: Tensor, taps: Iterable[str], check: object
    ) -> Iterator[tuple[str, Tensor]]:
        for layer in sorted(taps):
            stride = 2 ** (block_of(layer) - 1)
            small = F.avg_pool2d(image - 0.5, stride)
            bordered = F.pad(small, (1, 1, 1, 1), mode="replicate")
            yield layer, F.conv2d(bordered, self._mixes[layer]).relu()


TEACHER: FeatureExtractor = FakeTeacher()  # type: ignore[assignment]
BACKBONE = {n: t for n, t in drawn().items() if not n.startswith("taps.")}
OPTIONS = DistillationOptions(
    steps=2,
    gradient_steps=1,
    fitted_batches=1,
    crop_px=64,
    batch_size=2,
    learning_rate=1e-4,
)


def some_image(height_px: int = 48, width_px: int = 64) -> Tensor:
    random = torch.Generator().manual_seed(2)
    return torch.rand(2, 3, height_px, width_px, generator=random)


class SameCrops:
    """The same pieces at every step, so that what is learnt shows at once."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def batch(self, step: int) -> Tensor:
        return some_image(64, 64)


@pytest.fixture(scope="module")
def distillation() -> Distillation:
    return Distillation(
        teacher=TEACHER,
        backbone=BACKBONE,
        dataset=replace(open_dataset("builtin"), pictures=()),
        options=OPTIONS,
        check=uninterrupted,
    )


Taken = list[tuple[DistillationStep, bytes, str]]


@pytest.fixture(scope="module")
def steps(distillation: Distillation, made_quick: None) -> Taken:
    return [
        (step, step.state().to_bytes(), step.student().sha256)
        for step in distil(distillation)
    ]


@pytest.fixture(scope="module", autouse=True)
def made_quick() -> Iterator[None]:
    """Roots of matrices of 512 channels take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distiller, "Crops", SameCrops)
        for module in (distiller, gradients):
            patch.setattr(module, "STYLE_LAYERS", ("relu1_1", "relu3_1"))
        yield


def test_a_student_learns(steps: Taken) -> None:
    first, last = steps[0][0], steps[-1][0]
    assert [step.step for step, *_ in steps] == [0, 1, 2, 3]
    assert first.curve[-1].r_squared["relu1_1"] > 0.999  # fitted exactly
    assert last.is_last
    assert steps[2][0].loss < steps[1][0].loss
    assert len({sha256 for *_, sha256 in steps}) == len(steps)


def test_resumed_distillations_end_bit_by_bit_alike(
    distillation: Distillation, steps: Taken
) -> None:
    state = DistillationState.from_bytes(steps[1][1])
    *_, last = distil(replace(distillation, resume_from=state))
    assert last.student().sha256 == steps[-1][2]
    assert [p.step for p in last.curve] == [p.step for p in steps[-1][0].curve]


def test_another_distillations_state_is_refused(
    distillation: Distillation, steps: Taken
) -> None:
    state = DistillationState.from_bytes(steps[1][1])
    other = replace(distillation, options=replace(OPTIONS, seed=7), resume_from=state)
    with pytest.raises(StateError, match="another distillation"):
        next(distil(other))
    damaged = bytearray(steps[1][1])
    damaged[-3] ^= 1
    with pytest.raises(StateError, match="damaged"):
        DistillationState.from_bytes(bytes(damaged))


def test_fitted_adapters_are_the_least_squares() -> None:
    image = some_image()
    student = fitted([image], BACKBONE, TEACHER, uninterrupted)
    maps = dict(
        Student(StudentWeights.of(student, {})).feature_maps(
            image, STUDENT_LAYERS, uninterrupted
        )
    )
    wanted = dict(TEACHER.feature_maps(image, STUDENT_LAYERS, uninterrupted))
    found = explained([(maps, wanted)])
    assert found["relu1_1"] > 0.999
    # More inputs than positions: fitted nearly exactly, but for the ridge.
    assert found["relu5_1"] > 0.8
    assert min(found.values()) > 0


def test_r_squared_is_one_for_the_teacher_and_zero_for_its_means() -> None:
    maps = {"relu2_1": torch.rand(2, 4, 5, 6)}
    means = {
        "relu2_1": maps["relu2_1"].mean(dim=(0, 2, 3), keepdim=True).expand(2, 4, 5, 6)
    }
    assert explained([(maps, maps)])["relu2_1"] == 1
    assert explained([(means, maps)])["relu2_1"] == pytest.approx(0, abs=1e-5)


def test_a_gradient_is_like_itself_and_unlike_its_opposite() -> None:
    gradient = style_gradient(
        some_image(),
        lambda pixels: dict(
            TEACHER.feature_maps(pixels, STUDENT_LAYERS, uninterrupted)
        ),
        is_learnt=False,
    )
    assert gradient.abs().max() > 0
    assert likeness(gradient, gradient).tolist() == pytest.approx([1, 1])
    assert likeness(gradient, -gradient).tolist() == pytest.approx([-1, -1])


def test_normalizations_are_folded_into_the_convolutions() -> None:
    """Of the first block, against batch normalization itself."""
    torch.manual_seed(0)
    names = ["_conv_stem", *(f"_blocks.{n}._project_conv" for n in range(len(BLOCKS)))]
    saved: dict[str, Tensor] = {}
    for number, block in enumerate(BLOCKS):
        theirs, inside = f"_blocks.{number}", block.expanded
        saved[f"{theirs}._expand_conv.weight"] = torch.randn(inside, block.inputs, 1, 1)
        side = block.kernel_px
        saved[f"{theirs}._depthwise_conv.weight"] = torch.randn(inside, 1, side, side)
        saved[f"{theirs}._project_conv.weight"] = torch.randn(
            block.outputs, inside, 1, 1
        )
        for name, size in (("_bn0", inside), ("_bn1", inside), ("_bn2", block.outputs)):
            saved |= _normalization(f"{theirs}.{name}", size)
    saved["_conv_stem.weight"] = torch.randn(32, 3, 3, 3)
    saved |= _normalization("_bn0", 32)
    assert len(names) == len(BLOCKS) + 1
    tensors = folded(saved)
    pixels = torch.rand(1, 3, 9, 9)
    mean = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
    there = F.conv2d((pixels - mean) / std, saved["_conv_stem.weight"])
    there = F.batch_norm(
        there,
        *(saved[f"_bn0.{part}"] for part in ("running_mean", "running_var")),
        *(saved[f"_bn0.{part}"] for part in ("weight", "bias")),
        eps=1e-3,
    )
    here = F.conv2d(pixels, tensors["stem.weight"], tensors["stem.bias"])
    assert torch.allclose(here, there, atol=1e-4)


def _normalization(name: str, size: int) -> dict[str, Tensor]:
    return {
        f"{name}.{part}": torch.rand(size) + 0.5
        for part in ("weight", "bias", "running_mean", "running_var")
    }


def test_a_file_gives_back_its_student(tmp_path: Path) -> None:
    student = StudentWeights.of(drawn(), {"step": 3})
    path = tmp_path / "student.safetensors"
    path.write_bytes(student.to_bytes())
    found = read_student(path)
    assert (found.sha256, found.facts) == (student.sha256, {"step": 3})
    with pytest.raises(WeightsError, match="must be 00"):
        read_student(path, "00")


@pytest.mark.parametrize("damage", ["cut", "flipped", "text", "absent"])
def test_damaged_files_are_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "student.safetensors"
    content = bytearray(StudentWeights.of(drawn(), {}).to_bytes())
    content[-2] ^= 1
    made = {"cut": content[:1000], "flipped": content, "text": b"hello"}
    if damage in made:
        path.write_bytes(made[damage])
    with pytest.raises(WeightsError, match="student"):
        read_student(path)


def test_other_shapes_and_numbers_are_refused() -> None:
    tensors = drawn()
    with pytest.raises(ValueError, match="finite"):
        StudentWeights.of({**tensors, "stem.bias": torch.full((32,), torch.nan)}, {})
    del tensors["stem.bias"]
    with pytest.raises(ValueError, match=r"1 tensors .* stem\.bias"):
        StudentWeights.of(tensors, {})


@pytest.mark.skipif(not SOURCE.is_there(), reason="its package is not installed")
def test_the_package_has_the_backbone() -> None:
    from worker.engine.features.weights.lite0 import read_lite0  # noqa: PLC0415

    found = {n: tuple(t.shape) for n, t in read_lite0().items()}
    wanted = student_shapes()
    assert {n: s for n, s in found.items() if n in wanted} == {
        n: s for n, s in wanted.items() if not n.startswith("taps.")
    }
