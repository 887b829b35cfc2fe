"""The numbers that every process on one ledger must agree on."""

from dataclasses import dataclass

from app.contract.failures import Failure, FailureCode
from app.contract.records.states import PART_OF_STATES, STATES_KEPT

#: Upper ends of the histograms' slots, in seconds.
HISTOGRAM_BOUNDS: dict[str, tuple[float, ...]] = {
    "wait_seconds": (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000),
    "run_seconds": (1, 3, 10, 30, 60, 120, 300, 600, 1200, 1800),
    "cancel_seconds": (0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
    "control_seconds": (0.1, 0.2, 0.5, 1, 2, 5, 10, 30),
}


@dataclass(frozen=True, kw_only=True)
class LedgerRules:
    """How long a lease lasts and how often things are tried."""

    #: A worker that has not beaten for so long has lost its job.
    lease_s: float = 30.0
    #: After so many attempts a job that kills its workers fails.
    max_attempts: int = 3
    #: A waiting job's bell is rung again when nobody heard it for so long. Short: a
    #: worker whose child was killed hears bells and has nobody to send, while another
    #: one is idle; and as long as bells wait at the broker none is rung again.
    bell_patience_s: float = 1.0
    #: A longer pause in which nobody looked for lost workers may mean that the server
    #: stood still: no lease runs out for as long again. More than a beat waits for an
    #: answer.
    round_gap_s: float = 3.5
    #: A worker that has not announced itself for so long is gone.
    worker_patience_s: float = 20.0
    #: So many jobs may wait.
    queue_limit: int = 100
    #: So many unfinished jobs may an API key have.
    active_limit: int = 5
    #: A record outlives its pictures by so long.
    record_ttl_s: float = 7 * 24 * 3600.0
    #: A blob that nobody needs is spared so long: somebody may just begin to need it.
    blob_grace_s: float = 60.0
    #: A preview is kept so long, and of one job so many at most.
    preview_ttl_s: float = 3600.0
    previews_kept: int = 60
    #: So many finished jobs are remembered for estimates.
    samples_kept: int = 500

    #: A job that has run for so long makes room for others that wait; 0: never.
    slice_s: float = 60.0
    #: So much of the states is kept that branches begin with: the last ones of ended
    #: jobs, and of each job so many older ones.
    state_bytes: int = 2**30
    states_kept: int = STATES_KEPT

    def __post_init__(self) -> None:
        for name in (
            "lease_s",
            "bell_patience_s",
            "round_gap_s",
            "worker_patience_s",
            "preview_ttl_s",
        ):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("max_attempts", "queue_limit", "active_limit", "previews_kept"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"{name} must be at least 1, got {getattr(self, name)}"
                )

    @property
    def state_bytes_of_one(self) -> int:
        """How much of one job's older states is kept: others have some, too."""
        return self.state_bytes // PART_OF_STATES

    @property
    def worker_lost(self) -> Failure:
        """The failure of a job whose attempts are used up."""
        detail = (
            f"The worker stopped answering in each of {self.max_attempts} attempts."
        )
        return Failure.of(FailureCode.WORKER_LOST, detail)

    @property
    def of_attempts(self) -> dict[str, object]:
        """What scripts are told that begin attempts, or end them."""
        return {
            "lease_s": self.lease_s,
            "round_gap_s": self.round_gap_s,
            "max_attempts": self.max_attempts,
            "failure": self.worker_lost.model_dump_json(),
        }
