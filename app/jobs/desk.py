"""What the handlers of jobs work with; `app.main` sets one up for each application."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from app.contract.kind import Kinds
from app.contract.ports import BlobStore, Doorbell, Feed, Ledger, Reservations, Roster
from app.estimates import Estimator
from app.http.callers import Caller, the_caller
from app.http.closing import Closing
from app.jobs.darkroom import Darkroom
from app.jobs.lookout import Lookout
from app.jobs.stream import StreamRules


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Ports, and what bounds how many wait."""

    #: Say how their jobs are shown.
    kinds: Kinds
    blobs: BlobStore
    ledger: Ledger
    doorbell: Doorbell
    feed: Feed
    roster: Roster
    reservations: Reservations
    #: How jobs stand, for many who ask.
    lookout: Lookout
    closing: Closing
    darkroom: Darkroom
    stream: StreamRules
    estimator: Estimator
    #: Submissions that wait for their job's end.
    waits: CapacityLimiter
    #: Whether results may be fetched from the blob store itself.
    redirects_downloads: bool = False


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that the request came to."""
    desk: Desk = request.app.state.desk
    return desk


# Not a plain function: FastAPI would call that one in a thread.
async def _desk_of(request: Request) -> Desk:
    return desk_of(request)


TheDesk = Annotated[Desk, Depends(_desk_of)]
TheCaller = Annotated[Caller, Depends(the_caller)]
