"""What this service offers to those who submit a job."""

from dataclasses import dataclass

from app.contract.kind import AnyKind
from app.submissions.fields import Fields, fields_of


@dataclass(frozen=True)
class Offer:
    """A kind of job, and those of its networks that this service has.

    A refusal names no network that is not offered.
    """

    kind: AnyKind
    networks: tuple[str, ...]

    @property
    def fields(self) -> Fields:
        """The names of what may be submitted."""
        return fields_of(self.kind)
