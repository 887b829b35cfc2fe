"""A problem as it is raised, and as a client reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, Field, JsonValue

from app.problems.codes import ProblemCode
from app.problems.kinds.kind import ProblemKind
from app.problems.table import PROBLEMS

MEDIA_TYPE = "application/problem+json"
#: When to come back to a service that is down or full.
RETRY_AFTER_S = 5


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: Annotated[str, Field(examples=["/params/steps"])]
    code: Annotated[str, Field(examples=["less_than_equal"])]
    message: Annotated[
        str, Field(examples=["Input should be less than or equal to 2000"])
    ]
    limit: Annotated[JsonValue, Field(description="What is allowed.")] = None
    actual: Annotated[JsonValue, Field(description="What came.")] = None


class Problem(BaseModel):
    """An answer in the form of RFC 9457."""

    type: Annotated[str, Field(description="A page about this kind of problem.")]
    title: Annotated[str, Field(description="The same for every occurrence.")]
    status: Annotated[int, Field(description="The HTTP status.")]
    detail: Annotated[str, Field(description="What happened to this request.")]
    instance: Annotated[str, Field(description="The path that was asked for.")]
    code: ProblemCode
    retryable: Annotated[
        bool, Field(description="Whether the same request may succeed later.")
    ]
    request_id: Annotated[str, Field(description="Tell it to the operator.")]
    job_id: Annotated[str | None, Field(description="The job that it is about.")] = None
    errors: Annotated[
        list[FieldError], Field(description="One for each wrong field.")
    ] = []


@dataclass
class ProblemError(Exception):
    """Ends a request with a problem.

    `extra` are further members of the answer; `headers`, further headers.
    """

    code: ProblemCode
    detail: str
    errors: Sequence[FieldError] = ()
    job_id: str | None = None
    retry_after_s: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    extra: dict[str, JsonValue] = field(default_factory=dict)

    @property
    def kind(self) -> ProblemKind:
        """What the table says about the code."""
        return PROBLEMS[self.code]

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"
