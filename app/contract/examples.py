"""Examples for the OpenAPI document that are of no kind; a test holds them to schemas.

Those of jobs are said by their kinds, in `Views`.
"""

from typing import Any

# Any: JSON of mixed kinds.
QUEUE: dict[str, Any] = {
    "object": "queue",
    "depth": 3,
    "limit": 100,
    "running": 1,
    "workers": 1,
    "median_wait_seconds": 1.6,
    "median_run_seconds": 22.3,
    "estimated_wait_seconds": {"p50": 75.0, "p90": 82.0},
    "steps_per_second": 31.8,
    "lanes": {
        "short": {
            "depth": 0,
            "running": 0,
            "workers": 1,
            "estimated_wait_seconds": {"p50": 0.0, "p90": 0.0},
        },
        "long": {
            "depth": 3,
            "running": 1,
            "workers": 1,
            "estimated_wait_seconds": {"p50": 75.0, "p90": 82.0},
        },
    },
    "hint": None,
}

#: By the names of their schemas.
EXAMPLES = {"QueueStateView": QUEUE}
