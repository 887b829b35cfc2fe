"""Reads what a terminal has no words for: `relu1_1=16`, `128:100`, `5m`, no file."""

import json
import re
from collections.abc import Sequence

import typer
from pydantic import JsonValue

_TIME = re.compile(r"(?P<number>[0-9]{1,9})(?P<unit>[smhd]?)")
_SECONDS_OF = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def numbers_by_name(
    option: str, texts: Sequence[str], example: str
) -> dict[str, float]:
    """Return the numbers of `relu1_1=16`, ..., by their names.

    Raises:
        BadParameter: One that is not of the example's form, or a name twice.
    """
    numbers: dict[str, float] = {}
    for text in texts:
        name, equals, words = text.partition("=")
        try:
            number = float(words)
        except ValueError:
            equals = ""
        if not equals:
            raise _bad(option, f"{text!r} is not of the form {example or 'name=1'}")
        if name in numbers:
            raise _bad(option, f"{name} came twice")
        numbers[name] = number
    return numbers


def integers(option: str, texts: Sequence[str], example: str) -> list[tuple[int, ...]]:
    """Return the integers of `128:100`, ....

    Raises:
        BadParameter: One that is not of the example's form.
    """
    many = []
    for text in texts:
        try:
            numbers = tuple(map(int, text.split(":")))
        except ValueError:
            numbers = ()
        if len(numbers) != example.count(":") + 1:
            raise _bad(option, f"{text!r} is not of the form {example}")
        many.append(numbers)
    return many


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
    return {name: json_or_word(str(value)) for name, value in found.items()}


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


def json_or_word(text: str) -> JsonValue:
    """Return what the text says as JSON; the text itself if it is none."""
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        return text
    return value


def _bad(option: str, message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint=f"'{option}'")
