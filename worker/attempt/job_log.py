"""Lines of the log that name their job: in the text, and as fields for JSON."""

import logging
from collections.abc import MutableMapping
from typing import Any

from app.contract.ports import Claim


# Any: what `logging` itself says of a call's keywords.
class JobLog(logging.LoggerAdapter[logging.Logger]):
    """Puts the job and the attempt on each line; records have `job_id`, `attempt`."""

    def __init__(self, logger: logging.Logger, claim: Claim) -> None:
        super().__init__(logger, {"job_id": claim.job_id, "attempt": claim.attempt})
        self._prefix = f"job_id={claim.job_id} attempt={claim.attempt} "

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Return the line with its job."""
        return self._prefix + str(msg), {**kwargs, "extra": self.extra}
