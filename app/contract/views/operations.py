"""The JSON of estimates, the queue and the workers: what the API writes of itself."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from app.contract.kind import Lane
from app.contract.workers import WorkerInfo


class SecondsView(BaseModel):
    """A time that is not known exactly."""

    p50: Annotated[float, Field(ge=0, description="Half of the cases stay below.")]
    p90: Annotated[float, Field(ge=0, description="Nine of ten stay below.")]


class EstimateView(BaseModel):
    """What a job would take if it were submitted now; null is what nothing tells."""

    object: Literal["estimate"] = "estimate"
    width: Annotated[
        int | None, Field(description="Of the result, in pixels, if it has one.")
    ]
    height: Annotated[
        int | None, Field(description="Of the result, in pixels, if it has one.")
    ]
    predict_seconds: Annotated[
        SecondsView | None, Field(description="Of the optimization alone.")
    ]
    wait_seconds: Annotated[
        SecondsView | None,
        Field(description="Until a worker takes it up; null if none is alive."),
    ]
    memory_bytes: Annotated[
        int | None, Field(description="Of the worker that suits it best.")
    ]
    fits: Annotated[
        bool | None, Field(description="Whether a live worker can hold it.")
    ]
    largest_size: Annotated[
        int | None, Field(description="The largest `size` that fits.")
    ]
    samples: Annotated[
        int, Field(ge=0, description="How many finished jobs this was learnt from.")
    ]
    based_on: Annotated[
        str,
        Field(
            description="Which jobs those were, or why there are none; for people.",
            examples=["12 finished jobs of the same kind on cpu"],
        ),
    ]


class HintView(BaseModel):
    """Why a job waits on and on; it is no failure, and passes when a worker comes."""

    code: Literal["no_worker_for_this_job"] = "no_worker_for_this_job"
    missing: Annotated[
        list[str],
        Field(
            description="What the worker that comes closest lacks: `kind`, `lane`, "
            "`network`, `device`, `memory`; `unable` if it found out too late; "
            "`worker` if none is alive.",
            examples=[["network"]],
        ),
    ]
    detail: Annotated[str, Field(description="The same in words.")]


class LaneView(BaseModel):
    """How busy one line of jobs is."""

    depth: Annotated[int, Field(ge=0, description="Jobs that wait in it.")]
    running: Annotated[int, Field(ge=0, description="Jobs of it that workers hold.")]
    workers: Annotated[int, Field(ge=0, description="Live workers that serve it.")]
    estimated_wait_seconds: Annotated[
        SecondsView | None,
        Field(description="Until a job that is sent now begins; null if not known."),
    ]


class QueueStateView(BaseModel):
    """How busy the service is."""

    object: Literal["queue"] = "queue"
    depth: Annotated[int, Field(ge=0, description="Jobs that wait.")]
    limit: Annotated[int, Field(ge=1, description="So many may wait.")]
    running: Annotated[int, Field(ge=0, description="Jobs that workers hold.")]
    workers: Annotated[int, Field(ge=0, description="Workers heard of just now.")]
    median_wait_seconds: Annotated[
        float | None,
        Field(description="From submission to start, of all jobs so far."),
    ]
    median_run_seconds: Annotated[
        float | None, Field(description="From start to picture, of the last jobs.")
    ]
    estimated_wait_seconds: Annotated[
        SecondsView | None,
        Field(description="Until a job that is sent now begins; null if not known."),
    ]
    steps_per_second: Annotated[
        float, Field(ge=0, description="Of all running jobs together.")
    ]
    lanes: Annotated[
        dict[Lane, LaneView],
        Field(description="`short` has jobs of seconds, `long` those of minutes."),
    ]
    hint: Annotated[
        HintView | None,
        Field(description="Of the first job that no live worker can do, if one waits."),
    ]


class WorkerView(BaseModel):
    """One live worker; null is what it does not tell."""

    name: Annotated[str, Field(description="Unique, also over restarts.")]
    device: Annotated[str, Field(examples=["cpu", "cuda:0"])]
    precision: Annotated[str, Field(description="Of the network.")]
    convolutions: Annotated[str, Field(description="Who computes them.")]
    algorithm: Annotated[str, Field(description="Name and version of how it paints.")]
    torch: Annotated[str, Field(description="Its version.")]
    threads: Annotated[int, Field(description="Of the CPU.")]
    networks: Annotated[tuple[str, ...], Field(description="Those that it offers.")]
    kinds: Annotated[tuple[str, ...], Field(description="Of jobs that it can do.")]
    lanes: Annotated[tuple[Lane, ...], Field(description="That it serves.")]
    memory_total_bytes: Annotated[int | None, Field(description="Of the device.")]
    memory_free_bytes: Annotated[
        int | None, Field(description="What a job may take now.")
    ]
    process_bytes: Annotated[
        int | None, Field(description="Main memory of the process.")
    ]
    job_id: Annotated[str | None, Field(description="The job that it holds.")]
    started_at: Annotated[datetime | None, Field(description="When it was ready.")]
    seen_at: Annotated[datetime | None, Field(description="When it was last heard of.")]
    heartbeat_age_seconds: Annotated[
        float | None, Field(description="Since it was last heard of.")
    ]

    @classmethod
    def of(cls, info: WorkerInfo, now: datetime) -> Self:
        """Return the view of a worker at the time `now`, which has a time zone."""
        age_s = None
        if info.seen_at is not None:
            # Two clocks: the ledger's may be a little ahead of ours.
            age_s = max(0.0, round((now - info.seen_at).total_seconds(), 3))
        values = info.model_dump(exclude={"memory_needs", "network_needs"})
        return cls(**values, heartbeat_age_seconds=age_s)


class WorkersView(BaseModel):
    """All live workers, by name."""

    data: Annotated[list[WorkerView], Field(description="By name.")]
