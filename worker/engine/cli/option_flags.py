"""An engine's options as flags of a command line, and back.

Knows argparse and what options declare; neither files nor engines.
"""

import argparse
import dataclasses
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, get_origin

from worker.engine.option_checks import OptionField, option_fields
from worker.engine.options import StylizeOptions


def add_option_flags(
    parser: argparse.ArgumentParser, owner: type = StylizeOptions
) -> None:
    """Add a flag for each option of a dataclass; those left out stay default."""
    defaults = {each.name: each.default for each in dataclasses.fields(owner)}
    for field in option_fields(owner):
        default = defaults[field.name]
        shown = "" if default is None else f" (default {default})"
        reading = _reading(field)
        name = field.name.removesuffix("_px")
        if "action" in reading:
            name = name.removesuffix("s")  # repeated: one at a time
        parser.add_argument(
            field.option.flag or f"--{name.replace('_', '-')}",
            dest=field.name,
            default=None,
            help=(field.option.help + shown).replace("%", "%%"),
            **reading,
        )


def _reading(field: OptionField) -> dict[str, Any]:  # argparse's own arguments
    """Return how argparse reads an option."""
    kind, option = field.kind, field.option
    if kind is bool:
        return {"action": "store_true"}
    if kind in {int, float}:
        most = "" if option.most is None else f"{option.most:g}"
        return {"type": kind, "metavar": f"{option.least:g}..{most}"}
    if get_origin(kind) is Mapping:
        return {"action": "append", "type": _layer, "metavar": "LAYER[=WEIGHT]"}
    if get_origin(kind) is Sequence:
        return {"action": "append", "type": _rung, "metavar": "PX:STEPS"}
    if not issubclass(kind, StrEnum):
        raise TypeError(f"no flag can be made for the option {field.name}")
    return {"choices": [*kind]}


# Any: argparse's values.
def given_options(
    arguments: argparse.Namespace, owner: type = StylizeOptions
) -> dict[str, Any]:
    """Return the options that flags were given for, by name."""
    given = {each.name: getattr(arguments, each.name) for each in option_fields(owner)}
    return {name: value for name, value in given.items() if value is not None}


def options_from(arguments: argparse.Namespace) -> StylizeOptions:
    """Return the options that the flags ask for.

    Raises:
        ValueError: a value is out of its range.
    """
    given = given_options(arguments)
    for name in {"style_layers", "content_layers"} & given.keys():
        given[name] = dict(given[name])
    if "rungs" in given:
        given.setdefault("size_px", given["rungs"][-1][0])
    return StylizeOptions(**given)


def _rung(text: str) -> tuple[int, int]:
    scale_px, _, steps = text.partition(":")
    return int(scale_px), int(steps)


def _layer(text: str) -> tuple[str, float]:
    layer, equals, weight = text.partition("=")
    return layer, float(weight) if equals else 1.0
