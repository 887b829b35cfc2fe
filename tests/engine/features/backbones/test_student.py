"""A student computes alike whole, in tiles, again, and in fewer bits."""

import pytest
import torch
from torch import Tensor

from app.contract.painting.choices import Precision
from app.contract.painting.layers import STUDENT_LAYERS
from tests.engine.distillation.test_distillation import drawn, some_image
from worker.engine.features.backbones.student import Student
from worker.engine.features.extractor import tiles_of, uninterrupted
from worker.engine.features.weights.students import StudentWeights

WEIGHTS = StudentWeights.of(drawn(), {})


def maps_of(student: Student, image: Tensor) -> dict[str, Tensor]:
    return dict(student.feature_maps(image, STUDENT_LAYERS, uninterrupted))


@pytest.mark.parametrize("size", [(48, 64), (47, 61), (17, 33)])
def test_maps_have_the_sizes_that_strides_say(size: tuple[int, int]) -> None:
    student = Student(WEIGHTS)
    found = maps_of(student, some_image(*size))
    assert [*found] == [*STUDENT_LAYERS]
    for layer, maps in found.items():
        stride = student.stride(layer)
        assert tuple(maps.shape[2:]) == tuple(-(-side // stride) for side in size)


def test_tiles_see_what_the_whole_sees() -> None:
    student, image = Student(WEIGHTS), some_image(80, 448)[:1]
    whole = maps_of(student, image)
    layers = STUDENT_LAYERS[:-1]  # the deepest sees further than two small tiles are
    tiles = tiles_of(student, image, layers, 128)
    assert len(tiles) > 1
    for tile in tiles:
        found = maps_of(student, tile.window(image))
        for layer in layers:
            stride = student.stride(layer)
            there = whole[layer][
                ..., tile.down.within_whole(stride), tile.across.within_whole(stride)
            ]
            assert torch.allclose(tile.own(found[layer], stride), there, atol=1e-4)


def test_nothing_is_seen_beyond_the_reach() -> None:
    student = Student(WEIGHTS)
    layer = "relu4_1"
    image = some_image(16, 256)[:1].requires_grad_()
    maps = maps_of(student, image)[layer]
    middle = maps.shape[3] // 2
    (gradient,) = torch.autograd.grad(maps[..., middle].square().sum(), image)
    seen = gradient.abs().sum(dim=(0, 1, 2)).nonzero().flatten()
    center = middle * student.stride(layer)
    furthest = max(center - int(seen.min()), int(seen.max()) - center)
    reach = student.reach_px([layer])
    assert reach // 2 < furthest <= reach + student.stride(layer)


def test_gradients_computed_again_are_the_same() -> None:
    student = Student(WEIGHTS)
    gradients = []
    for recompute in (False, True):
        image = some_image().requires_grad_()
        taps = {layer: lambda maps: maps.square().mean() for layer in STUDENT_LAYERS}
        readings = student.read(image, taps, uninterrupted, recompute=recompute)
        (gradient,) = torch.autograd.grad(sum(readings.values()), image)
        gradients.append(gradient)
    assert torch.allclose(*gradients, rtol=1e-4, atol=1e-7)


def test_a_check_ends_the_backward_pass() -> None:
    class EndedError(Exception):
        pass

    is_over = False

    def check() -> None:
        if is_over:
            raise EndedError

    image = some_image().requires_grad_()
    taps = {"relu5_1": lambda maps: maps.square().mean()}
    loss = Student(WEIGHTS).read(image, taps, check)["relu5_1"]
    is_over = True
    with pytest.raises(EndedError):
        loss.backward()


def test_bfloat16_is_near_float32() -> None:
    exact, rough = (
        maps_of(Student(WEIGHTS, precision=each), some_image())
        for each in (Precision.FLOAT32, Precision.BFLOAT16)
    )
    for layer, maps in exact.items():
        wrong = (rough[layer].float() - maps).norm() / maps.norm()
        assert wrong < 0.05


def test_unknown_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="relu3_4"):
        Student(WEIGHTS).require(["relu3_4"])
