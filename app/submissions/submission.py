"""What one request asks for, read and not yet checked against any store."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.contract.inputs import Input
from app.contract.jobs import Checkpoint
from app.contract.kind import AnyKind
from app.contract.messages.webhooks import Webhook
from app.submissions.files.sources import SentFile
from app.submissions.terms import Terms


@dataclass(frozen=True, kw_only=True)
class Submission:
    """One job, all jobs of a batch, or an old job once more.

    Attributes:
        kind: of the jobs.
        jobs: of each its inputs by name, as they were sent or as they are stored.
        empty: names that came without a file.
        terms: of each job.
        fingerprint: tells what equal requests have in common; reads the files.
        columns: of a batch, how many jobs a row has; None: this is no batch.
        retry_of: the old job.
        branch_of: the old job, if this one goes on from its state.
        start: that state.
        webhook: of the old job, if it stays.
    """

    kind: AnyKind
    jobs: Sequence[Mapping[str, SentFile | Input]]
    empty: tuple[str, ...] = ()
    terms: Terms
    fingerprint: Callable[[], str]
    columns: int | None = None
    retry_of: str | None = None
    branch_of: str | None = None
    start: Checkpoint | None = None
    webhook: Webhook | None = None

    @property
    def sent(self) -> list[SentFile]:
        """The files that came, each once, in the order of the slots."""
        names = [slot.name for slot in self.kind.slots]
        files = [each for job in self.jobs for each in job.values()]
        sent = {each.place: each for each in files if isinstance(each, SentFile)}
        return sorted(sent.values(), key=lambda each: names.index(each.slot.name))

    @property
    def may_reuse(self) -> bool:
        """Whether the result of an equal job will do, where nothing is drawn anew."""
        is_alone = self.columns is None and self.retry_of is self.branch_of is None
        return is_alone and not self.kind.draws(self.terms.params)
