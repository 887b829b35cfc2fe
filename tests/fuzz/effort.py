"""How long the fuzz tests look: the same few examples in the suite, or many new ones.

`make fuzz` sets `IMPASTO_FUZZ_EXAMPLES`, and each run then draws other examples.
"""

import os

from hypothesis import HealthCheck, settings

_EXAMPLES = os.environ.get("IMPASTO_FUZZ_EXAMPLES")
#: Whatever comes, an answer may take so long; on a busy machine, too.
LONGEST_S = 10.0


def effort(examples: int) -> settings:
    """Return settings for so many examples within the suite."""
    return settings(
        max_examples=examples if _EXAMPLES is None else int(_EXAMPLES),
        derandomize=_EXAMPLES is None,
        database=None,
        deadline=None,  # the first example pays for all that is loaded
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
