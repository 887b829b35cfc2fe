"""What the handlers of jobs work with; `app.main` sets one up for each application."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from app.contract.kind import Kinds
from app.contract.ports import (
    BlobStore,
    Doorbell,
    Feed,
    Ledger,
    Reservations,
    WorkerRegistry,
)
from app.estimates import Estimator
from app.http.access.callers import Caller, the_caller
from app.http.edge.closing import Closing
from app.jobs.job_cache import JobCache
from app.jobs.stream import StreamRules
from app.jobs.transcoder import Transcoder


@dataclass(frozen=True, kw_only=True)
class JobDependencies:
    """Ports, and what bounds how many wait."""

    #: Say how their jobs are shown.
    kinds: Kinds
    blobs: BlobStore
    ledger: Ledger
    doorbell: Doorbell
    feed: Feed
    worker_registry: WorkerRegistry
    reservations: Reservations
    #: How jobs stand, for many who ask.
    job_cache: JobCache
    closing: Closing
    transcoder: Transcoder
    stream: StreamRules
    estimator: Estimator
    #: Submissions that wait for their job's end.
    waits: CapacityLimiter
    #: Whether results may be fetched from the blob store itself.
    redirects_downloads: bool = False


def dependencies_of(request: Request) -> JobDependencies:
    """Return the dependencies of the application that the request came to."""
    job_deps: JobDependencies = request.app.state.job_deps
    return job_deps


# Not a plain function: FastAPI would call that one in a thread.
async def _dependencies_of(request: Request) -> JobDependencies:
    return dependencies_of(request)


TheJobDependencies = Annotated[JobDependencies, Depends(_dependencies_of)]
TheCaller = Annotated[Caller, Depends(the_caller)]
