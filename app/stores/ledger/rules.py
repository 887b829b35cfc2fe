"""The numbers that every process on one ledger must agree on."""

from dataclasses import dataclass

from app.contract.failures import Failure, FailureCode


@dataclass(frozen=True, kw_only=True)
class LedgerRules:
    """How long a lease lasts and how often things are tried."""

    #: A worker that has not beaten for so long has lost its job.
    lease_s: float = 30.0
    #: After so many attempts a job that kills its workers fails.
    max_attempts: int = 3
    #: A waiting job's bell is rung again when nobody heard it for so long.
    bell_patience_s: float = 15.0
    #: A worker that has not announced itself for so long is gone.
    worker_patience_s: float = 20.0
    #: So many jobs may wait.
    queue_limit: int = 100

    def __post_init__(self) -> None:
        for name in ("lease_s", "bell_patience_s", "worker_patience_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("max_attempts", "queue_limit"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1, got {getattr(self, name)}"
                )

    @property
    def worker_lost(self) -> Failure:
        """The failure of a job whose attempts are used up."""
        detail = (
            f"The worker stopped answering in each of {self.max_attempts} attempts."
        )
        return Failure.of(FailureCode.WORKER_LOST, detail)
