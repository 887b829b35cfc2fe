"""What must be known of a kind to show its jobs, and how those of others are shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.contract.artifacts import FileView
from app.contract.engines import sent_model
from app.contract.slots import Slot

#: Nobody writes to it. No proxy: kinds are pickled on their way to a child process.
# Any: of whatever values.
_NOTHING: Mapping[str, Any] = {}


class View(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True)


class CommonProgress(View):
    """How far a job has come, of whatever kind."""

    fraction: Annotated[float, Field(description="Of the work, 0 to 1.")]
    step: Annotated[int, Field(description="Steps taken so far.")]
    total_steps: Annotated[int, Field(description="So many there will be.")]
    unit: Annotated[str, Field(description="What a step is.")] = "steps"
    steps_per_second: Annotated[float, Field(description="On average so far.")]
    elapsed_seconds: Annotated[float, Field(description="Since the first step.")]
    eta_seconds: Annotated[float, Field(description="What is left of it.")]
    updated_at: Annotated[datetime, Field(description="When the worker told this.")]


class CommonResult(View):
    """What a job has made, of whatever kind."""

    url: Annotated[str, Field(description="Where the file is.")]
    media_type: Annotated[str, Field(description="As stored.")]
    bytes: Annotated[int, Field(description="Of the stored file.")]
    sha256: Annotated[str, Field(description="Of the stored file.")]
    stopped_early: Annotated[
        bool, Field(description="Whether `finish` ended it before its last step.")
    ]
    expires_at: Annotated[
        datetime | None,
        Field(description="Then the files are deleted; the record stays."),
    ] = None
    expired: Annotated[
        bool, Field(description="Whether the files have been deleted.")
    ] = False
    files: Annotated[
        list[FileView], Field(description="What else the job has made.")
    ] = []


class Views(NamedTuple):
    """How a job of a kind is shown and documented: the models of its JSON.

    Attributes:
        params: every value filled in, of the default engine.
        input: by the members of the slots.
        progress: of an unfinished job.
        result: of one that has succeeded.
        row: of the series.
        params_of_engine: those of the other engines.
        examples: of answers, by the names of their schemas.
    """

    params: type[BaseModel]
    input: type[BaseModel]
    progress: type[BaseModel]
    result: type[BaseModel]
    row: type[BaseModel]
    params_of_engine: Mapping[str, type[BaseModel]] = _NOTHING
    examples: Mapping[str, JsonValue] = _NOTHING

    def for_params(self, params: object) -> type[BaseModel]:
        """Return the model of the parameters that a record or an answer holds."""
        return sent_model(self.params_of_engine, params, self.params)

    @property
    def parts(self) -> dict[str, list[type[BaseModel]]]:
        """The models of each part."""
        return {
            "params": [self.params, *self.params_of_engine.values()],
            "input": [self.input],
            "progress": [self.progress],
            "result": [self.result],
            "row": [self.row],
        }


class BodyExample(NamedTuple):
    """A body in JSON as it may be sent.

    Attributes:
        operation: whose, by its id in the OpenAPI document.
        name: of the example.
        summary: what it asks for.
        value: the body.
    """

    operation: str
    name: str
    summary: str
    value: JsonValue


class _AsStored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")


#: Everything that a record says, without a promise of what that is.
AS_STORED = Views(_AsStored, _AsStored, _AsStored, _AsStored, _AsStored)


class ShownKind(Protocol):
    """What must be known of a kind to show its jobs."""

    @property
    def slots(self) -> Sequence[Slot]:
        """The named places for what a job is made from."""

    @property
    def metrics(self) -> Sequence[str]:
        """The columns of its series."""
        return ()

    @property
    def views(self) -> Views:
        """The models of its JSON."""
        return AS_STORED


class UnknownKind(NamedTuple):
    """How jobs of a kind that is not known here are shown: as their records say."""

    slots: tuple[Slot, ...] = ()
    metrics: tuple[str, ...] = ()
    views: Views = AS_STORED
