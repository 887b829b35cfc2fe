"""Lets so many requests through at once; the others wait, but not for ever."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import anyio

from app.problems import RETRY_AFTER_S, ProblemCode, ProblemError


@asynccontextmanager
async def limited(
    limiter: anyio.CapacityLimiter, patience_s: float
) -> AsyncIterator[None]:
    """Hold one of the limiter's places.

    Raises:
        ProblemError: No place became free in time.
    """
    holder = object()  # A task may hold several places, so the task is no key.
    try:
        with anyio.fail_after(patience_s):
            await limiter.acquire_on_behalf_of(holder)
    except TimeoutError as error:
        detail = f"{limiter.total_tokens:g} uploads are under way; that is the limit."
        code = ProblemCode.TOO_MANY_UPLOADS
        raise ProblemError(code, detail, retry_after_s=RETRY_AFTER_S) from error
    try:
        yield
    finally:
        limiter.release_on_behalf_of(holder)


@asynccontextmanager
async def exclusive(
    limiter: anyio.CapacityLimiter, one_at_a_time: anyio.CapacityLimiter
) -> AsyncIterator[None]:
    """Hold all places of `limiter` but one, which is for whoever works in the block.

    Args:
        limiter: bounds what happens at once.
        one_at_a_time: has one place: two of those who collect places one by one would
            wait for each other.
    """
    async with one_at_a_time, AsyncExitStack() as places:
        for _ in range(int(limiter.total_tokens) - 1):
            holder = object()
            await limiter.acquire_on_behalf_of(holder)
            places.callback(limiter.release_on_behalf_of, holder)
        yield
