import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.estimates.quantiles import Quantiles, weighted_quantiles


def test_one_value_is_all_there_is_to_know() -> None:
    assert weighted_quantiles([(7.0, 0.1)]) == Quantiles(7.0, 7.0)


def test_with_equal_weights_the_middle_is_the_median() -> None:
    values = [5.0, 1.0, 4.0, 2.0]
    found = weighted_quantiles([(value, 3.0) for value in values])
    assert found.p50 == statistics.median(values)


def test_ninety_of_a_hundred_stay_below_the_second() -> None:
    found = weighted_quantiles([(float(value), 1.0) for value in range(1, 101)])
    assert found == pytest.approx((50.5, 90.5))


def test_what_counts_more_draws_the_middle_to_itself() -> None:
    light, heavy = [(1.0, 1.0), (2.0, 9.0)], [(1.0, 9.0), (2.0, 1.0)]
    assert weighted_quantiles(heavy).p50 == pytest.approx(1.1)
    assert weighted_quantiles(light).p50 == pytest.approx(1.9)


pairs = st.tuples(st.floats(0, 1e6), st.floats(0.01, 1))


@given(st.lists(pairs, min_size=1, max_size=30))
def test_quantiles_lie_among_the_values_and_rise(
    values: list[tuple[float, float]],
) -> None:
    p50, p90 = weighted_quantiles(values)
    lowest, highest = min(values)[0], max(values)[0]
    assert lowest <= p50 <= p90 * (1 + 1e-9)
    assert p90 <= highest
