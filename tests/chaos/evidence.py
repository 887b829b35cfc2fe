"""What an audit looks at: the state of a service after everything has calmed down.

Values only; how they were gathered is `gathering`'s business, so that a doctored state
can be made by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.chaos.receiver import Receipt
from tests.chaos.submissions import Submission
from tests.chaos.watch import Recovery


@dataclass(frozen=True, kw_only=True)
class JobFacts:
    """One job as the service tells it."""

    job_id: str
    status: str
    attempt: int
    error_code: str | None = None
    stopped_early: bool = False
    #: What `params.changes` tells: at which step, and the style strength from there on.
    changes: tuple[tuple[int, float], ...] = ()
    #: Of the changes that its stream tells, in its order.
    revisions: tuple[int, ...] = ()
    #: How often its stream says `done`.
    ends: int = 1
    #: Of the bytes that `GET …/result` gave; None if there is no result.
    sha256: str | None = None
    #: What the record says about them.
    told_sha256: str | None = None


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Everything that is judged."""

    submissions: list[Submission]
    jobs: Mapping[str, JobFacts]
    #: Each variant's result in an undisturbed run.
    expected: Mapping[str, str]
    #: Ids of all records in Redis, whether a client knows them or not.
    recorded: frozenset[str]
    #: What the ledger counted: `submitted`, and all `ended:…` together; 0 where it was
    #: emptied meanwhile.
    submitted: int = 0
    ended: int = 0
    receipts: list[Receipt] = field(default_factory=list)
    #: Messages that are still due.
    outbox: list[str] = field(default_factory=list)
    #: What is left when all jobs were deleted and swept.
    files_left: list[str] = field(default_factory=list)
    keys_left: list[str] = field(default_factory=list)
    processes_left: list[str] = field(default_factory=list)
    #: Processes that ended although nobody ended them.
    deaths: list[str] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    #: An open job must be open to others after so long.
    recovery_limit_s: float = 0.0
    api_peak_bytes: int = 0
