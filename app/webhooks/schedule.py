"""When a message is tried, and when it is tried again."""

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Seconds from the first try to each one, if all fail at once. What delays one try
#: delays those after it: a process that was down for hours must not send them all.
TRIES_AT_S = (0, 5, 60, 300, 1800, 7200, 18_000, 36_000)
#: Tries are put off by up to this part of their pause: receivers that come back shall
#: not be asked by everybody in the same second.
_JITTER = 0.1
#: A receiver may ask for so much patience and no more.
LONGEST_RETRY_AFTER_S = 36_000.0

#: Returns a number from 0 to 1.
Draw = Callable[[], float]


def pause_s(tries: int, retry_after_s: float | None, draw: Draw) -> float | None:
    """Return the seconds until the next try; None if there will be none.

    Args:
        tries: How many have failed, 1 or more.
        retry_after_s: What the receiver asked for: it lengthens the pause only.
        draw: Chance, for the jitter.
    """
    if tries >= len(TRIES_AT_S):
        return None
    planned_s = TRIES_AT_S[tries] - TRIES_AT_S[tries - 1]
    asked_s = min(retry_after_s or 0.0, LONGEST_RETRY_AFTER_S)
    return max(planned_s * (1 + _JITTER * draw()), asked_s)


def read_retry_after(text: str | None, now_s: float) -> float | None:
    """Return the seconds that a Retry-After header asks for; None if it is none.

    Source: RFC 9110, 10.2.3: whole seconds, or a date.
    """
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max((aware - datetime.fromtimestamp(now_s, UTC)).total_seconds(), 0.0)
