"""When to try again, and after how long: one rule for every request.

Only what may be said twice is said again, and only after what passes by itself.
"""

import itertools
import random
from dataclasses import dataclass, field

import httpx

from app.client.calls import Call
from app.client.errors import ClientError, error_of, unreachable
from app.client.flows import Flow, SendOnce, Sleep
from app.problems import ProblemCode

_PASSING_STATUSES = frozenset({429, 502, 503, 504})
_PASSING_CODES = frozenset({ProblemCode.IDEMPOTENCY_IN_PROGRESS})


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """Exponential back-off with full jitter (Brooker, AWS 2015).

    Attributes:
        attempts: how often a request is sent at most.
        base_s: the first pause's upper bound; it doubles from one to the next.
        cap_s: no bound grows beyond this.
        patience_s: a service that says to come again later than this is left alone.
        rng: draws the jitter.
    """

    attempts: int = 4
    base_s: float = 0.5
    cap_s: float = 8.0
    patience_s: float = 60.0
    rng: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError(f"attempts is {self.attempts}, must be 1 or more")
        if min(self.base_s, self.cap_s, self.patience_s) < 0:
            raise ValueError("times must not be negative")

    def pause_s(self, call: Call, attempt: int, error: ClientError) -> float | None:
        """Return how long to wait before the next attempt; None for giving up.

        Args:
            call: what was sent.
            attempt: how often it was, from 1.
            error: why that did not do.
        """
        if attempt >= self.attempts or not call.may_repeat or not _passes(error):
            return None
        bound_s = min(self.cap_s, self.base_s * 2 ** (attempt - 1))
        jitter_s = self.rng.uniform(0, bound_s)
        if error.retry_after_s is None:
            return jitter_s
        # Never earlier than asked for; the jitter keeps a crowd from coming at once.
        pause_s = error.retry_after_s + min(jitter_s, self.base_s)
        return pause_s if error.retry_after_s <= self.patience_s else None


def attempts_at(call: Call, url: object, policy: RetryPolicy) -> Flow[httpx.Response]:
    """Send until there is a successful answer.

    Raises:
        ClientError: The last attempt's.
    """
    for attempt in itertools.count(1):
        try:
            response: httpx.Response = yield SendOnce(call)
        except httpx.TransportError as lost:
            error: ClientError = unreachable(url, lost)
            error.__cause__ = lost
        else:
            if response.is_success or response.status_code in call.accepts:
                return response
            error = error_of(response)
        pause_s = policy.pause_s(call, attempt, error)
        if pause_s is None:
            raise error
        yield Sleep(pause_s)
    raise AssertionError("count() has no end")


def _passes(error: ClientError) -> bool:
    """Tell whether the obstacle may go away by itself."""
    if error.status is None or error.code in _PASSING_CODES:
        return True
    return error.status in _PASSING_STATUSES
