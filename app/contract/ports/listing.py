"""Which jobs are listed, and a page of them."""

from typing import NamedTuple

from app.contract.jobs import Job, JobStatus


class JobFilter(NamedTuple):
    """Which jobs a list shows, and from where.

    Attributes:
        owner: only this key's; None is the key of a service without keys.
        statuses: only these; all if empty.
        limit: so many at most.
        cursor: a page's `next_cursor`; None begins.
        newest_first: else the oldest is first.
        kinds: only these, by name; all if empty.
        paused: only those that are paused, or only the others; None: both.
    """

    owner: str | None
    statuses: frozenset[JobStatus] = frozenset()
    limit: int = 20
    cursor: str | None = None
    newest_first: bool = True
    kinds: frozenset[str] = frozenset()
    paused: bool | None = None


class JobPage(NamedTuple):
    """Some jobs, and where the next ones begin; None at the end."""

    jobs: list[Job]
    next_cursor: str | None
