"""The JSON of a batch."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.batches.states import BatchState, BatchStatus
from app.contract.jobs import JobStatus
from app.contract.views.job_parts import UrlsView
from app.http.access.links import Links


class BatchCounts(BaseModel):
    """How many jobs are in which state."""

    total: Annotated[int, Field(description="Photographs times paintings.")]
    queued: Annotated[int, Field(description="Those that wait.")]
    starting: Annotated[int, Field(description="Those that a worker prepares.")]
    processing: Annotated[int, Field(description="Those that are painted.")]
    succeeded: Annotated[int, Field(description="Those that have their picture.")]
    failed: Annotated[int, Field(description="Those that ended with an error.")]
    canceled: Annotated[int, Field(description="Those that were stopped.")]
    deleted: Annotated[int, Field(description="Those whose record is gone.")]

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
    id: Annotated[str, Field(description="The job's.")]
    status: Annotated[JobStatus | None, Field(description="null: it was deleted.")]
    urls: UrlsView


class BatchUrlsView(BaseModel):
    """Where to go from here."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    self_: Annotated[str, Field(alias="self", description="This batch.")]
    cancel: Annotated[str, Field(description="POST there to cancel its jobs.")]
    sheet: Annotated[str, Field(description="All finished pictures in one.")]


class BatchView(BaseModel):
    """Every photograph in the manner of every painting."""

    id: Annotated[str, Field(examples=["bat_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d"])]
    object: Literal["batch"] = "batch"
    status: BatchStatus
    counts: BatchCounts
    created_at: Annotated[datetime | None, Field(description="When it was submitted.")]
    metadata: Annotated[
        dict[str, JsonValue], Field(description="The client's own notes.")
    ]
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
