import math

import pytest

from app.estimates.histograms import read_histogram

BOUNDS = (0.1, 1, 10)
COUNTERS = {
    "wait_seconds:le:0.1": 2.0,
    "wait_seconds:le:10": 6.0,
    "wait_seconds:le:+Inf": 2.0,
    "wait_seconds:count": 10.0,
    "wait_seconds:sum": 77.5,
    "run_seconds:le:0.1": 9.0,
}


def test_slots_become_cumulative_and_none_is_left_out() -> None:
    read = read_histogram(COUNTERS, "wait_seconds", BOUNDS)
    assert read.buckets == ((0.1, 2), (1.0, 2), (10.0, 8), (math.inf, 10))
    assert read.total == 77.5
    assert read.count == 10


def test_the_median_lies_within_its_slot() -> None:
    # The fifth of ten values is the third of six between 1 and 10.
    read = read_histogram(COUNTERS, "wait_seconds", BOUNDS)
    assert read.median() == pytest.approx(1 + 9 * 3 / 6)


def test_beyond_the_last_end_the_median_is_at_least_that() -> None:
    counters = {"wait_seconds:le:+Inf": 3.0}
    assert read_histogram(counters, "wait_seconds", BOUNDS).median() == 10


def test_of_nothing_there_is_no_median() -> None:
    read = read_histogram({}, "wait_seconds", BOUNDS)
    assert read.median() is None
    assert read.count == 0
