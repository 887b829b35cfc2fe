"""Weights of paintings and of layers, as a client may send them."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated

from pydantic import Field, FiniteFloat
from pydantic_core import PydanticCustomError

from app.contract.painting.choices import Network
from app.contract.painting.layers import ALL_LAYERS, layers_of
from app.contract.painting.limits import (
    MAX_LAYER_WEIGHT,
    MAX_STYLE_WEIGHT,
    MAX_STYLES,
    MIN_STYLE_WEIGHT,
)
from app.contract.refused_params import RefusedParams
from app.contract.slots import count_of

StyleWeight = Annotated[
    FiniteFloat,
    # What a form's empty field stands for.
    Field(ge=MIN_STYLE_WEIGHT, le=MAX_STYLE_WEIGHT, json_schema_extra={"default": 1}),
]
StyleWeights = Annotated[
    tuple[StyleWeight, ...],
    # For readers alone: an empty list is told as one that does not match the paintings.
    Field(max_length=MAX_STYLES, json_schema_extra={"minItems": 1}),
]
LayerWeights = Annotated[
    dict[str, Annotated[FiniteFloat, Field(ge=0, le=MAX_LAYER_WEIGHT)]],
    Field(
        json_schema_extra={
            "propertyNames": {"enum": [*ALL_LAYERS]},
            "minProperties": 1,
            # At least one weight is above 0; `require_some_weight` judges it.
            "not": {"additionalProperties": {"const": 0}},
        }
    ),
]

#: An unknown name is a stranger's text: no longer one is repeated.
_LONGEST_ECHO = 100


def require_weight_each(
    weights: Sequence[float] | None,
    names: Iterable[str],
    pointer: str = "/params/style_weights",
) -> None:
    """Raise RefusedParams unless there is one weight for each painting, or none."""
    styles = count_of("style", names)
    if weights is not None and len(weights) != styles:
        raise RefusedParams(
            pointer,
            f"The number of weights is {len(weights)}, that of paintings is {styles}.",
            "style_weights_mismatch",
            styles,
            len(weights),
        )


def require_layers(names: Mapping[object, object], network: Network) -> None:
    """Raise a PydanticCustomError `unknown_layer` for a name the network lacks."""
    allowed = layers_of(network)
    for name in names:
        if name not in allowed:
            echo = str(name)[:_LONGEST_ECHO]
            raise PydanticCustomError(
                "unknown_layer",
                "{network} has no layer '{actual}'; {hint}",
                {
                    "network": str(network),
                    "actual": echo,
                    "hint": _hint(echo, allowed),
                    "allowed": list(allowed),
                },
            )


def require_some_weight(weights: Mapping[str, float]) -> None:
    """Raise a PydanticCustomError `no_layer` unless one of the weights is above 0."""
    if not any(weights.values()):
        raise PydanticCustomError(
            "no_layer", "At least one layer must have a weight above 0"
        )


def _hint(name: str, allowed: tuple[str, ...]) -> str:
    nearest = next(iter(difflib.get_close_matches(name, allowed, 1)), None)
    if nearest is not None:
        return f"was {nearest} meant?"
    return f"it has {allowed[0]} to {allowed[-1]}"
