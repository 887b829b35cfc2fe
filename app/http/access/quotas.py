"""Too much of a good thing: rates and numbers that a key may not exceed.

The headers are those of draft-ietf-httpapi-ratelimit-headers-10, the problem's type is
the one that this draft registers.
"""

import math

from app.contract.rates import Allowance, RatePolicy
from app.problems import RETRY_AFTER_S, ProblemCode, ProblemError


def rate_headers(policy: RatePolicy, allowance: Allowance) -> dict[str, str]:
    """Return what a client reads its quota from, and what is left of it."""
    name = f'"{policy.name}"'
    reset_s = math.ceil(allowance.reset_s)
    return {
        "RateLimit-Policy": f"{name};q={policy.quota};w={policy.window_s}",
        "RateLimit": f"{name};r={allowance.remaining};t={reset_s}",
    }


def rate_limited(policy: RatePolicy, allowance: Allowance) -> ProblemError:
    """Return the problem of one who came too often."""
    return ProblemError(
        ProblemCode.RATE_LIMITED,
        f"{policy.quota} requests of this kind are allowed in {policy.window_s} s.",
        # Never 0: that would say "at once".
        retry_after_s=max(1, math.ceil(allowance.reset_s)),
        headers=rate_headers(policy, allowance),
        extra={"violated-policies": [policy.name]},
    )


def too_many_active_jobs(active: int, limit: int) -> ProblemError:
    """Return the problem of a key whose jobs must first come to an end."""
    return ProblemError(
        ProblemCode.TOO_MANY_ACTIVE_JOBS,
        f"{active} jobs of the key are unfinished; {limit} are allowed.",
        retry_after_s=RETRY_AFTER_S,
        extra={"active": active, "limit": limit},
    )
