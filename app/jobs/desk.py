"""What the handlers of jobs work with; `app.main` sets one up for each application."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from app.contract.choices import Network
from app.contract.ports import BlobStore, Doorbell, Feed, Ledger, Reservations, Roster
from app.estimates import Estimator
from app.http.callers import Caller, the_caller
from app.http.closing import Closing
from app.http.multipart import FormLimits
from app.intake import IntakeRules
from app.jobs.darkroom import Darkroom
from app.jobs.lookout import Lookout
from app.jobs.stream import StreamRules

#: Beyond this a decoded picture takes so much memory that two at once are too many.
LARGE_PIXELS = 16_000_000


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Ports, rules, and the turnstiles that bound what happens at once."""

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
    intake: IntakeRules
    form: FormLimits
    #: Those that a job may ask for.
    networks: tuple[Network, ...]
    queue_limit: int
    #: Bodies read at once, and how long another waits for its turn.
    uploads: CapacityLimiter
    upload_patience_s: float
    #: Pictures decoded at once, and large ones among them: this bounds the memory.
    decodes: CapacityLimiter
    large_decodes: CapacityLimiter


# Not a plain function: FastAPI would call that one in a thread.
async def _desk_of(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(_desk_of)]
TheCaller = Annotated[Caller, Depends(the_caller)]
