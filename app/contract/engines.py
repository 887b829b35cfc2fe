"""Engines: the ways in which jobs of one kind can be computed.

Each has a model of what may be sent; its member `engine` is a constant.
"""

import json
from collections.abc import Callable, Mapping
from typing import TypeAlias, TypeVar

from pydantic import BaseModel

ENGINE = "engine"
#: The models of what is sent, by the engines' names, the default first; empty if a kind
#: has but one.
Engines: TypeAlias = Mapping[str, type[BaseModel]]
_Model = TypeVar("_Model", bound=BaseModel)


def sent_model(
    engines: Engines, params: object, default: type[_Model]
) -> type[_Model] | type[BaseModel]:
    """Return the model of the engine that parameters name; it refuses unknown ones."""
    name = params.get(ENGINE) if isinstance(params, Mapping) else None
    return engines.get(name, default) if isinstance(name, str) else default


def engine_of(engines: Engines, sent: BaseModel) -> str | None:
    """Return the engine whose parameters these are; None if there is but one."""
    found = (name for name, model in engines.items() if isinstance(sent, model))
    return next(found, None)


def reading(
    engines: Engines, default: type[BaseModel]
) -> Callable[[object], BaseModel]:
    """Return what reads JSON by the model of its engine, for a validator of pydantic.

    A union's own errors would name its parts in the place of fields.
    """

    def read(value: object) -> BaseModel:
        if isinstance(value, BaseModel):
            return value
        model = sent_model(engines, value, default)
        return model.model_validate_json(json.dumps(value), strict=True)

    return read
