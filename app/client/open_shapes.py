"""Models that are open to what a newer service says: of any answer, and of a kind's."""

import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from app.contract.kind import UnknownKindError
from app.contract.kinds import KINDS


class Answer(BaseModel):
    """An object of the API; members that it does not name are kept."""

    model_config = ConfigDict(extra="allow")


class AsTold(BaseModel):
    """Takes values as they came where this version's rules do not admit them."""

    model_config = ConfigDict(extra="allow")

    # Any: the value is what a service wrote, of whatever kind.
    @model_validator(mode="wrap")
    @classmethod
    def _as_told(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(value)
        except ValidationError:
            if not isinstance(value, Mapping):
                raise
            # mypy's plugin loses the subclass here.
            return cast("Self", cls.model_construct(**value))


@cache
def _open(known: type[BaseModel], *bases: type[BaseModel]) -> type[BaseModel]:
    body = {"__doc__": known.__doc__, "model_config": ConfigDict(extra="allow")}
    return types.new_class(
        known.__name__, (*bases, known), exec_body=lambda own: own.update(body)
    )


def shape_of(kind: str, part: str, value: object = None) -> type[BaseModel]:
    """Return the model of a part of a kind's jobs; a kind that is newer has no names.

    Args:
        kind: of job.
        part: of `Views`.
        value: that shall have the shape: parameters are those of an engine.
    """
    try:
        views = KINDS.of(kind).views
    except UnknownKindError:
        return Answer
    if part == "params":
        return _open(views.for_params(value), AsTold)
    return _open(getattr(views, part))
