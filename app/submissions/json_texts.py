"""JSON in the text of a stranger: refuses what two readers would read in two ways."""

import json
import re
from typing import Any

from pydantic import JsonValue

MAX_DEPTH = 8
#: Longer integers are no numbers of anybody's; Python itself refuses 4300 digits.
MAX_DIGITS = 300

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_BRACKET = re.compile(r"[\[\]{}]")


class JsonTextError(ValueError):
    """The text is refused; the message goes on after the field's name."""


class DoubledNameError(JsonTextError):
    """An object has a name twice.

    Attributes:
        pointer: where, as a JSON pointer.
    """

    def __init__(self, name: str, pointer: str) -> None:
        super().__init__(f"has the name {name[:100]!r} twice")
        self.pointer = pointer


class TooManyDigitsError(JsonTextError):
    """A number is sound JSON, but no number of anybody's."""

    def __init__(self) -> None:
        super().__init__(f"holds a number of more than {MAX_DIGITS} digits")


def read_json(text: str, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Return what the text says; NaN and Infinity are let through.

    Raises:
        JsonTextError: It is no JSON, is nested too deep, has a name twice in an
            object, holds an integer of too many digits, or half a surrogate pair,
            which no UTF-8 can carry on.
    """
    if depth_of(text) > max_depth:
        raise JsonTextError(f"may be nested {max_depth} deep")
    try:
        value = json.loads(text, object_pairs_hook=_Members, parse_int=_integer)
        plain = _plain(value, "")
        json.dumps(plain, ensure_ascii=False).encode()
    except JsonTextError:
        raise
    except ValueError as error:
        raise JsonTextError("is not JSON") from error
    return plain


def depth_of(text: str) -> int:
    """Return how deep brackets are nested, those within strings left out.

    Counted before parsing: parsers of hostile depths give up in ways of their own.
    """
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def pointer_to(pointer: str, part: str) -> str:
    """Return the JSON pointer to a member of what `pointer` leads to (RFC 6901, 3)."""
    return f"{pointer}/{part[:100].replace('~', '~0').replace('/', '~1')}"


# Any: what is in there is JSON in the making.
class _Members(list[tuple[str, Any]]):
    """An object's members as they came, so that a name may still be there twice."""


def _plain(value: Any, pointer: str) -> JsonValue:
    if isinstance(value, _Members):
        members: dict[str, JsonValue] = {}
        for name, inner in value:
            place = pointer_to(pointer, name)
            if name in members:
                raise DoubledNameError(name, place)
            members[name] = _plain(inner, place)
        return members
    if isinstance(value, list):
        return [_plain(each, f"{pointer}/{i}") for i, each in enumerate(value)]
    scalar: JsonValue = value
    return scalar


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise TooManyDigitsError
    return int(text)
