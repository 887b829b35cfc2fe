import pytest

from app.webhooks.schedule import (
    LONGEST_RETRY_AFTER_S,
    TRIES_AT_S,
    pause_s,
    read_retry_after,
)

NOW_S = 1445412480.0  # Wed, 21 Oct 2015 07:28:00 GMT


def no_jitter() -> float:
    return 0.0


def test_tries_come_when_the_contract_says() -> None:
    clock_s, tries_s, tries = 0.0, [0.0], 1
    while (pause := pause_s(tries, None, no_jitter)) is not None:
        clock_s += pause
        tries += 1
        tries_s.append(clock_s)
    minute_s, hour_s = 60, 3600
    assert tries_s == [
        *[0, 5, minute_s, 5 * minute_s, 30 * minute_s],
        *[2 * hour_s, 5 * hour_s, 10 * hour_s],
    ]


def test_jitter_only_puts_off_and_never_by_much() -> None:
    for tries in range(1, len(TRIES_AT_S)):
        planned_s = pause_s(tries, None, no_jitter)
        latest_s = pause_s(tries, None, lambda: 1.0)
        assert planned_s is not None
        assert latest_s is not None
        assert planned_s < latest_s <= 1.1 * planned_s + 1e-6


@pytest.mark.parametrize(
    ("asked_s", "expected_s"),
    [(0, 5), (3, 5), (30, 30), (LONGEST_RETRY_AFTER_S + 1, LONGEST_RETRY_AFTER_S)],
)
def test_receiver_may_ask_for_more_patience_up_to_a_limit(
    asked_s: float, expected_s: float
) -> None:
    assert pause_s(1, asked_s, no_jitter) == expected_s


def test_no_patience_makes_a_ninth_try() -> None:
    assert pause_s(8, 10, no_jitter) is None


@pytest.mark.parametrize(
    ("text", "expected_s"),
    [
        (None, None),
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30),
        ("Wed, 21 Oct 2015 07:28:30", 30),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0),
        ("9" * 4000, 999_999_999),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("Wed, 99 Oct 2015 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(
    text: str | None, expected_s: float | None
) -> None:
    assert read_retry_after(text, NOW_S) == expected_s
