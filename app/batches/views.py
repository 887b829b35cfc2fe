"""The JSON of a batch."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.batches.states import BatchState, BatchStatus
from app.contract.jobs import JobStatus
from app.contract.views import UrlsView
from app.http.links import Links


class BatchCounts(BaseModel):
    """How many jobs are in which state."""

    total: int
    queued: int
    starting: int
    processing: int
    succeeded: int
    failed: int
    canceled: int
    deleted: int

    @classmethod
    def of(cls, state: BatchState) -> Self:
        """Return the counts of a batch."""
        total = len(state.jobs)
        counts = {str(status): state.counts[status] for status in JobStatus}
        return cls(total=total, deleted=total - len(state.there), **counts)


class BatchJobView(BaseModel):
    """One job of a batch."""

    content: Annotated[int, Field(description="Which photograph, from 0.")]
    style: Annotated[int, Field(description="Which painting, from 0.")]
    id: str
    status: Annotated[JobStatus | None, Field(description="null: it was deleted.")]
    urls: UrlsView


class BatchUrlsView(BaseModel):
    """Where to go from here."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    self_: Annotated[str, Field(alias="self")]
    cancel: str
    sheet: str


class BatchView(BaseModel):
    """Every photograph in the manner of every painting."""

    id: Annotated[str, Field(examples=["bat_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d"])]
    object: Literal["batch"] = "batch"
    status: BatchStatus
    counts: BatchCounts
    created_at: datetime | None
    metadata: dict[str, JsonValue]
    jobs: Annotated[
        list[BatchJobView],
        Field(description="All paintings of the first photograph, then the next."),
    ]
    urls: BatchUrlsView

    @classmethod
    def of(cls, state: BatchState, links: Links) -> Self:
        """Return the view of a batch."""
        batch, url = state.batch, batch_url(links, state.batch.id)
        jobs = [
            BatchJobView(
                content=place // batch.styles,
                style=place % batch.styles,
                id=job_id,
                status=None if job is None else job.status,
                urls=UrlsView.of(job_id, links),
            )
            for place, (job_id, job) in enumerate(
                zip(batch.job_ids, state.jobs, strict=True)
            )
        ]
        return cls(
            id=batch.id,
            status=state.status,
            counts=BatchCounts.of(state),
            created_at=batch.created_at,
            metadata=batch.metadata,
            jobs=jobs,
            urls=BatchUrlsView(self_=url, cancel=f"{url}/cancel", sheet=f"{url}/sheet"),
        )


def batch_url(links: Links, batch_id: str) -> str:
    """Return the absolute URL of a batch."""
    return f"{links.origin}/v1/batches/{batch_id}"
