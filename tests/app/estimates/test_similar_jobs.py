from typing import Any

import pytest

from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.estimates.similar_jobs import ENOUGH, SimilarJobs, find_similar_jobs
from tests.app.estimates.samples import pair, sample


def similar_jobs(samples: list[Any], **params: Any) -> SimilarJobs | None:
    wanted = StyleTransferParameters.model_validate(params)
    ours = IMAGE.traits(wanted, pair(512, 384))
    return find_similar_jobs(samples, IMAGE, ours, {"cpu"})


def p50(samples: list[Any], **params: Any) -> float:
    found = similar_jobs(samples, **params)
    assert found is not None
    return found.seconds_per_work().p50


def test_without_samples_nothing_is_known() -> None:
    assert similar_jobs([]) is None


def test_another_device_tells_nothing() -> None:
    assert similar_jobs([sample(device="cuda:0")] * 20) is None


def test_another_kind_tells_nothing() -> None:
    assert similar_jobs([sample(kind="video")] * 20) is None


def test_time_is_learnt_per_work_whatever_the_size() -> None:
    assert p50([sample(2.0, width=1024, height=768)]) == pytest.approx(2.0)
    assert p50([sample(2.0, preset="draft", steps=60)]) == pytest.approx(2.0)


def test_a_noted_work_counts_before_a_reckoned_one() -> None:
    assert p50([sample(work=10.0, predict_seconds=5.0)]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("network", "vgg16"),
        ("optimizer", "lbfgs"),
        ("style_loss", "gram"),
        ("memory", "tiles"),
    ],
)
def test_enough_jobs_of_the_same_kind_silence_the_others(name: str, other: str) -> None:
    ours = [sample(2.0)] * ENOUGH
    theirs = [sample(50.0, **{name: other})] * 100
    found = similar_jobs(theirs + ours)
    assert found is not None
    assert found.are_alike
    assert len(found.weighted) == ENOUGH
    assert p50(theirs + ours) == pytest.approx(2.0)
    assert p50(theirs + ours, **{name: other}) == pytest.approx(50.0)


def test_too_few_of_the_same_kind_are_joined_by_others_that_count_less() -> None:
    ours, theirs = [sample(2.0)] * 2, [sample(3.0, network="vgg16")] * 6
    found = similar_jobs(ours + theirs)
    assert found is not None
    assert not found.are_alike
    assert len(found.weighted) == 8
    assert p50(ours + theirs) < 2.5


def test_a_precision_that_was_asked_for_must_be_the_same() -> None:
    half = [sample(1.0, precision="bfloat16")] * ENOUGH
    whole = [sample(2.0)] * ENOUGH
    assert p50(half + whole, precision="bfloat16") == pytest.approx(1.0)
    assert p50(half + whole, precision="float32") == pytest.approx(2.0)


def test_jobs_of_the_same_size_count_more() -> None:
    large = [sample(1.0, width=2048, height=1536)] * 3
    assert p50([*large, *[sample(2.0)] * 3]) == pytest.approx(2.0, abs=0.2)


def test_jobs_with_as_many_paintings_count_more() -> None:
    two = [sample(5.0, styles=2)] * 3
    assert p50([*two, *[sample(2.0)] * 3]) < 3
