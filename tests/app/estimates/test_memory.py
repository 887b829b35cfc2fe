from typing import Any

import pytest

from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.workers import MemoryNeed, WorkerInfo
from app.estimates.memory import MemoryFit, find_fit, require_memory
from app.problems import ProblemCode, ProblemError
from tests.app.estimates.samples import pair

GIB = 2**30
NEEDS = {
    "whole": MemoryNeed(base_bytes=GIB // 2, bytes_per_pixel=3700),
    "checkpoint": MemoryNeed(base_bytes=GIB // 2, bytes_per_pixel=2700),
    "tiles": MemoryNeed(base_bytes=2 * GIB, bytes_per_pixel=420),
}


def info(free_gib: float | None, **changes: Any) -> WorkerInfo:
    values: dict[str, Any] = {
        "name": "a",
        "memory_needs": NEEDS,
        "memory_free_bytes": None if free_gib is None else int(free_gib * GIB),
        "memory_total_bytes": 64 * GIB,
        **changes,
    }
    return WorkerInfo(**values)


def fit(infos: list[WorkerInfo], **params: Any) -> MemoryFit | None:
    wanted = StyleTransferParameters.model_validate(params)
    return find_fit(infos, IMAGE, wanted, pair(1600, 1200))


def test_the_quickest_mode_that_fits_is_reckoned_with() -> None:
    found = fit([info(16)], size=1024)
    assert found is not None
    assert found.needed_bytes == GIB // 2 + 3700 * 1024 * 768
    assert found.fits
    tight = fit([info(3)], size=1024)
    assert tight is not None
    assert tight.needed_bytes == GIB // 2 + 2700 * 1024 * 768


def test_the_largest_size_fits_and_one_more_does_not() -> None:
    found = fit([info(3)], size=4096)
    assert found is not None
    assert not found.fits
    assert found.largest_size is not None
    largest = fit([info(3)], size=found.largest_size)
    larger = fit([info(3)], size=found.largest_size + 1)
    assert largest is not None
    assert larger is not None
    assert largest.fits
    assert not larger.fits


def test_a_mode_that_was_asked_for_is_not_left() -> None:
    found = fit([info(3)], size=1100, memory="whole")
    assert found is not None
    assert not found.fits
    auto = fit([info(3)], size=1100)
    assert auto is not None
    assert auto.fits


def test_one_worker_that_can_is_enough() -> None:
    found = fit([info(1, name="small"), info(48, name="large")], size=2048)
    assert found is not None
    assert found.fits


@pytest.mark.parametrize(
    "infos",
    [
        [],
        [info(1, memory_needs={})],
        [info(None, memory_total_bytes=None)],
        [info(1), info(None, name="mute", memory_total_bytes=None)],
    ],
)
def test_what_a_worker_does_not_tell_refuses_nothing(infos: list[WorkerInfo]) -> None:
    params = StyleTransferParameters(size=4096)
    assert find_fit(infos, IMAGE, params, pair(1000, 1000)) is None
    require_memory(infos, IMAGE, params, pair(1000, 1000))


def test_a_busy_worker_is_measured_by_all_its_memory() -> None:
    busy = fit([info(1, job_id="job_x")], size=1024)
    assert busy is not None
    assert busy.fits
    idle = fit([info(1)], size=1024)
    assert idle is not None
    assert not idle.fits


def test_a_refusal_names_the_largest_size() -> None:
    params = StyleTransferParameters(size=4096)
    with pytest.raises(ProblemError) as caught:
        require_memory([info(3)], IMAGE, params, pair(1600, 1200))
    problem = caught.value
    assert problem.code is ProblemCode.EXCEEDS_MEMORY
    (error,) = problem.errors
    assert error.field == "/params/size"
    assert error.actual == 4096
    assert error.limit == problem.extra["largest_size"]
    assert str(error.limit) in problem.detail


def test_a_refusal_says_if_no_size_fits() -> None:
    hopeless = [info(0.25)]
    params = StyleTransferParameters()
    with pytest.raises(ProblemError, match="no size fits") as caught:
        require_memory(hopeless, IMAGE, params, pair(1600, 1200))
    assert caught.value.extra == {"largest_size": None}


def test_a_network_that_takes_more_is_reckoned_with_its_own_needs() -> None:
    dear = {"whole": MemoryNeed(base_bytes=GIB, bytes_per_pixel=10_000)}
    worker = info(16, network_needs={"vit_small_16": dear})
    usual, other = (
        fit([worker], size=1024, memory="whole", network=network)
        for network in ("vgg19", "vit_small_16")
    )
    assert usual is not None
    assert usual.needed_bytes == GIB // 2 + 3700 * 1024 * 768
    assert other is not None
    assert other.needed_bytes == GIB + 10_000 * 1024 * 768
