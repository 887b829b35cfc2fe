"""How often something may be done, and what is asked of those who count."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class RatePolicy:
    """At most `quota` times within any `window_s` seconds; clients see `name`."""

    name: str
    quota: int
    window_s: int

    def __post_init__(self) -> None:
        if self.quota < 1 or self.window_s < 1:
            raise ValueError(f"quota and window must be 1 at least: {self}")


@dataclass(frozen=True)
class Allowance:
    """What the one who counts answered.

    Attributes:
        is_granted: whether this one was within the quota.
        remaining: how many more are allowed now.
        reset_s: in so many seconds one more will be; 0 to the window's length.
    """

    is_granted: bool
    remaining: int
    reset_s: float


class RateLimiter(Protocol):
    """Counts for each policy and identity."""

    def hit(self, policy: RatePolicy, identity: str) -> Allowance:
        """Count once, unless the quota is used up.

        Raises:
            LedgerUnavailableError: The shared count did not answer in time.
        """
