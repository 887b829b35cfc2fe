"""What must be known of a kind to show its jobs, and how those of others are shown."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, JsonValue

from app.contract.engines import sent_model
from app.contract.slots import Slot

#: Nobody writes to it. No proxy: kinds are pickled on their way to a child process.
# Any: of whatever values.
_NOTHING: Mapping[str, Any] = {}


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
