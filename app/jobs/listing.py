"""Pages of a key's jobs: the cursor that leads from one to the next."""

import base64
import binascii
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

from pydantic import BaseModel, Field

from app.contract.jobs import Job, JobStatus
from app.contract.kind import Kinds
from app.contract.ports import JobFilter, JobPage
from app.contract.views.job_parts import QueueView
from app.contract.views.jobs import JobView
from app.http.access.links import Links
from app.problems import FieldError, ProblemCode, ProblemError
from app.submissions.offers import find_kind

MAX_LIMIT, DEFAULT_LIMIT = 100, 20
#: Stands before the ledger's cursor, so that no other text passes for one.
_MARK = "jobs1:"
_LONGEST_CURSOR = 256


class ListOrder(StrEnum):
    """In which order jobs are listed; the short words mean the same."""

    CREATED_DESC = "created_desc"
    CREATED_ASC = "created_asc"
    DESC = "desc"
    ASC = "asc"

    @property
    def is_newest_first(self) -> bool:
        """Whether the list begins with the newest job."""
        return self in {ListOrder.CREATED_DESC, ListOrder.DESC}


class JobList(BaseModel):
    """A page of jobs."""

    data: list[JobView]
    next_cursor: Annotated[
        str | None, Field(description="For the next page; null on the last one.")
    ]

    @classmethod
    def of(
        cls,
        page: JobPage,
        links: Links,
        kinds: Kinds,
        queue_of: Callable[[Job], QueueView],
    ) -> "JobList":
        """Return the view of a page; `queue_of` as `JobView.of` wants it."""
        data = [JobView.of(job, links, kinds, queue_of(job)) for job in page.jobs]
        cursor = page.next_cursor
        return cls(data=data, next_cursor=None if cursor is None else opaque(cursor))


class ListQuery(BaseModel):
    """Which jobs a client wants to see, and from where."""

    status: Annotated[
        list[JobStatus], Field(description="Only these; repeat it for several.")
    ] = []
    kind: Annotated[
        list[str], Field(description="Only these kinds; repeat it for several.")
    ] = []
    paused: Annotated[
        bool | None, Field(description="Only those that are paused, or that are not.")
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="So many at most.")] = (
        DEFAULT_LIMIT
    )
    cursor: Annotated[
        str | None, Field(description="A page's `next_cursor`; leave it out to begin.")
    ] = None
    order: Annotated[ListOrder, Field(description="By the time of submission.")] = (
        ListOrder.CREATED_DESC
    )

    def job_filter(self, owner: str | None, kinds: Kinds) -> JobFilter:
        """Return what the ledger is asked for.

        Raises:
            ProblemError: The cursor is none of ours, or a kind is unknown.
        """
        for name in self.kind:
            find_kind(kinds, name)
        return JobFilter(
            owner=owner,
            statuses=frozenset(self.status),
            kinds=frozenset(self.kind),
            paused=self.paused,
            limit=self.limit,
            cursor=None if self.cursor is None else _read(self.cursor),
            newest_first=self.order.is_newest_first,
        )

    def next_link(self, url: str, cursor: str) -> str:
        """Return the `Link` header that leads to the next page (RFC 8288)."""
        query = [("status", each.value) for each in self.status]
        query += [("kind", each) for each in self.kind]
        if self.paused is not None:
            query.append(("paused", str(self.paused).lower()))
        query += [("limit", str(self.limit)), ("order", self.order.value)]
        return f'<{url}?{urlencode([*query, ("cursor", cursor)])}>; rel="next"'


def opaque(cursor: str) -> str:
    """Return the ledger's cursor as clients get it: safe in a query, of no meaning."""
    text = base64.urlsafe_b64encode(f"{_MARK}{cursor}".encode())
    return text.rstrip(b"=").decode()


def _read(cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        text = ""
    is_ours = text.startswith(_MARK) and text.isprintable()
    if not is_ours or len(cursor) > _LONGEST_CURSOR:
        message = "It is not the next_cursor of a page"
        entry = FieldError(field="/cursor", code="cursor", message=message)
        raise ProblemError(
            ProblemCode.INVALID_VALUE,
            "cursor is not the next_cursor of a page; leave it out to begin.",
            [entry],
        )
    return text.removeprefix(_MARK)
