"""What the handlers of jobs work with; `app.main` sets one up for each application."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends

from app.contract.kind import Kinds
from app.contract.ports import BlobStore, Feed, Ledger
from app.estimates import Estimator
from app.http.access.callers import Caller, the_caller
from app.http.edge.closing import Closing
from app.http.services import dependency
from app.jobs.job_cache import JobCache
from app.jobs.stream import StreamRules
from app.jobs.watching import LongPoll
from app.renditions.pictures import Transcoder


@dataclass(frozen=True, kw_only=True)
class JobDependencies:
    """Ports, and what bounds how many wait."""

    #: Say how their jobs are shown.
    kinds: Kinds
    blobs: BlobStore
    ledger: Ledger
    feed: Feed
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

    def long_poll(self, caller: Caller) -> LongPoll:
        """Return what waits for a job's news in one client's name."""
        return LongPoll(
            job_cache=self.job_cache,
            feed=self.feed,
            closing=self.closing,
            caller=caller,
        )


TheJobDependencies = Annotated[JobDependencies, Depends(dependency(JobDependencies))]
TheCaller = Annotated[Caller, Depends(the_caller)]
