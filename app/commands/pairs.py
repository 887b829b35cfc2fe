"""Reads what a terminal has no words for: `relu1_1=16`, `128:100`, `5m`, no mask."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import typer
from pydantic import JsonValue

#: In the place of a mask: this painting has none.
NO_MASK = Path("-")

_TIME = re.compile(r"(?P<number>[0-9]{1,9})(?P<unit>[smhd]?)")
_SECONDS_OF = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def layer_weights(option: str, texts: Sequence[str] | None) -> dict[str, float] | None:
    """Return the weights by layer of `relu1_1=16`, ...; None if there are none.

    Raises:
        BadParameter: One of another form, or a layer twice.
    """
    weights: dict[str, float] = {}
    for text in texts or ():
        layer, equals, weight = text.partition("=")
        try:
            number = float(weight)
        except ValueError:
            equals = ""
        if not equals:
            raise _bad(option, f"{text!r} is not of the form relu1_1=16")
        if layer in weights:
            raise _bad(option, f"{layer} came twice")
        weights[layer] = number
    return weights or None


def rungs(option: str, texts: Sequence[str] | None) -> list[tuple[int, int]] | None:
    """Return the rungs of `128:100`, ... (long side, steps); None if there are none.

    Raises:
        BadParameter: One of another form.
    """
    pairs = []
    for text in texts or ():
        scale_px, _, steps = text.partition(":")
        try:
            pairs.append((int(scale_px), int(steps)))
        except ValueError:
            raise _bad(option, f"{text!r} is not of the form 128:100") from None
    return pairs or None


def masks(paths: Sequence[Path] | None) -> list[Path | None]:
    """Return the masks in order; `-` is none."""
    return [None if path == NO_MASK else path for path in paths or ()]


def notes(option: str, texts: Sequence[str] | None) -> dict[str, JsonValue] | None:
    """Return the notes of `user=ada`, ...; None if there are none.

    Raises:
        BadParameter: One of another form, or a name twice.
    """
    found: dict[str, JsonValue] = {}
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise _bad(option, f"{text!r} is not of the form user=ada")
        if name in found:
            raise _bad(option, f"{name} came twice")
        found[name] = value
    return found or None


def overrides(option: str, texts: Sequence[str] | None) -> dict[str, JsonValue] | None:
    """Return the parameters of `steps=500`, ...: JSON if it is, else a word."""
    found = notes(option, texts)
    if found is None:
        return None
    return {name: _json_or_word(str(value)) for name, value in found.items()}


def seconds(option: str, text: str | None) -> int | None:
    """Return the whole seconds of `90`, `90s`, `5m`, `2h` or `3d`.

    Raises:
        BadParameter: Of another form, or no time at all.
    """
    if text is None:
        return None
    form = _TIME.fullmatch(text)
    if form is None or int(form["number"]) == 0:
        raise _bad(option, f"{text!r} is not of the form 90s, 5m, 2h or 3d")
    return int(form["number"]) * _SECONDS_OF[form["unit"] or "s"]


def _json_or_word(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value


def _bad(option: str, message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint=f"'{option}'")
