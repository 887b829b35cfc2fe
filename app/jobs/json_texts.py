"""JSON in the text of a stranger: refuses what two readers would read in two ways."""

import json

from pydantic import JsonValue

MAX_DEPTH = 8


class JsonTextError(ValueError):
    """The text is refused; the message goes on after the field's name."""


def read_json(text: str) -> JsonValue:
    """Return what the text says; NaN and Infinity are let through.

    Raises:
        JsonTextError: It is no JSON, is nested too deep, has a name twice in an
            object, or holds half a surrogate pair, which no UTF-8 can carry on.
    """
    if _depth(text) > MAX_DEPTH:
        raise JsonTextError(f"may be nested {MAX_DEPTH} deep")
    try:
        value: JsonValue = json.loads(text, object_pairs_hook=_without_doubles)
        json.dumps(value, ensure_ascii=False).encode()
    except JsonTextError:
        raise
    except ValueError as error:
        raise JsonTextError("is not JSON") from error
    return value


def _depth(text: str) -> int:
    """Return how deep brackets are nested, those in strings included.

    Counted before parsing: parsers of hostile depths give up in ways of their own.
    """
    depth = deepest = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _without_doubles(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    members: dict[str, JsonValue] = {}
    for name, value in pairs:
        if name in members:
            raise JsonTextError(f"has the name {name[:100]!r} twice")
        members[name] = value
    return members
