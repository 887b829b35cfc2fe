"""Why a job may fail: the codes that stand in `error` of a failed job."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class FailureCode(StrEnum):
    """The reasons; the same words as in HTTP errors where both can happen."""

    EXCEEDS_MEMORY = "exceeds_memory"
    OUT_OF_MEMORY = "out_of_memory"
    NUMERICAL_DIVERGENCE = "numerical_divergence"
    TRAINING_DIVERGED = "training_diverged"
    DATASET_UNAVAILABLE = "dataset_unavailable"
    TIME_LIMIT_EXCEEDED = "time_limit_exceeded"
    WORKER_LOST = "worker_lost"
    INPUT_MISSING = "input_missing"
    STORAGE_UNAVAILABLE = "storage_unavailable"
    DECODER_FAILED = "decoder_failed"
    ENCODER_FAILED = "encoder_failed"
    INTERNAL_ERROR = "internal_error"


_TITLE_AND_RETRYABLE: dict[FailureCode, tuple[str, bool]] = {
    FailureCode.EXCEEDS_MEMORY: (
        "The picture cannot fit into this worker's memory",
        False,
    ),
    FailureCode.OUT_OF_MEMORY: ("The picture did not fit into memory", False),
    FailureCode.NUMERICAL_DIVERGENCE: ("The optimization diverged", True),
    FailureCode.TRAINING_DIVERGED: ("The training diverged", False),
    FailureCode.DATASET_UNAVAILABLE: ("The data set cannot be used", True),
    FailureCode.TIME_LIMIT_EXCEEDED: ("The job took longer than allowed", False),
    FailureCode.WORKER_LOST: ("The worker was lost too often", True),
    FailureCode.INPUT_MISSING: ("An input picture is no longer stored", False),
    FailureCode.STORAGE_UNAVAILABLE: ("Pictures could not be stored or read", True),
    FailureCode.DECODER_FAILED: ("An input file cannot be read to its end", False),
    FailureCode.ENCODER_FAILED: ("The video's file could not be made", True),
    FailureCode.INTERNAL_ERROR: ("The worker met an unexpected error", True),
}


class Failure(BaseModel):
    """What a client reads in `error` of a failed job."""

    model_config = ConfigDict(frozen=True)

    code: FailureCode
    title: Annotated[str, Field(description="The same for every occurrence.")]
    detail: Annotated[str, Field(description="What happened to this job.")]
    retryable: Annotated[
        bool, Field(description="Whether the same job may succeed another time.")
    ]

    @classmethod
    def of(cls, code: FailureCode, detail: str) -> "Failure":
        """Return the failure with the title and the advice that belong to the code."""
        title, retryable = _TITLE_AND_RETRYABLE[code]
        return cls(code=code, title=title, detail=detail, retryable=retryable)
