"""What all occurrences of one problem share."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ProblemKind:
    """What all occurrences of one problem share.

    `advice` says who should do what; `retryable`, whether the very same request may
    succeed later.
    """

    status: int
    title: str
    advice: str
    retryable: bool = False
    #: A registered type that others know too; None: the page of the code.
    type_uri: str | None = None
