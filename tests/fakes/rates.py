"""Rates that are counted in this process."""

from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from app.stores.rates import WindowRateLimiter


def memory_rates() -> WindowRateLimiter:
    """Return what counts as `shared_rates` does, without Redis."""
    return WindowRateLimiter(MovingWindowRateLimiter(MemoryStorage()))
