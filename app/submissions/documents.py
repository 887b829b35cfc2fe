"""A JSON object as a submission is read from it: members, files and texts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from pydantic import JsonValue

from app.contract.slots import Slot
from app.http.bodies.json_bodies import JsonBody
from app.problems import ProblemCode, ProblemError, refuse, too_large
from app.submissions.fields import KIND, PARAMS, TERMS
from app.submissions.files.base64_files import Base64File
from app.submissions.files.sources import (
    DATA,
    MEMBERS_OF_JSON,
    Place,
    SentFile,
    source_of,
)
from app.submissions.json_texts import (
    MAX_DEPTH,
    DoubledNameError,
    JsonTextError,
    TooManyDigitsError,
    pointer_to,
    read_json,
)
from app.submissions.offers import Offer
from app.submissions.parameters import parameters_of
from app.submissions.refusals import require_known
from app.submissions.terms import Terms, read_terms

#: Metadata may be as deep as anywhere else; they lie one level below the body.
_BODY_DEPTH = MAX_DEPTH + 1
#: Only there a long text may stand: in a slot, not in what is said besides.
_PLACE_OF_DATA = re.compile(
    rf"/(?!(?:{'|'.join((PARAMS, *TERMS))})/)[a-z_]+(?:/[0-9]+)?/{DATA}"
)


@dataclass
class Document:
    """A JSON object and the files in it; close it.

    Attributes:
        members: as they came, a token in the place of each long text.
        max_file_bytes: of a file that is decoded from its text.
    """

    members: Mapping[str, JsonValue]
    max_file_bytes: int
    _long_texts: Mapping[str, Base64File]
    _opened: list[Base64File] = field(default_factory=list)

    def close(self) -> None:
        """Delete the files."""
        for each in (*self._long_texts.values(), *self._opened):
            each.close()

    @property
    def kind(self) -> JsonValue:
        """What the object says of the kind; None if it says nothing."""
        return self.members.get(KIND)

    def check_names(self, offer: Offer) -> None:
        """Refuse members that are not known."""
        require_known(self.members, offer.fields.members, offer)

    def files(self, slot: Slot) -> list[SentFile | None]:
        """Return the files of a slot in their order; None for a gap."""
        values = self._values(slot)
        files: list[SentFile | None] = []
        for number, value in enumerate(values):
            pointer = f"/{slot.member}/{number}" if slot.plural else f"/{slot.member}"
            place = Place.of(slot.name, number, len(values), pointer)
            is_gap = value is None and slot.each_of is not None
            files.append(None if is_gap else self._file(value, slot, place))
        return files

    def count(self, slot: Slot) -> int:
        """Return how many there are, gaps included."""
        return len(self._values(slot))

    def name_of(self, slot: Slot) -> str:
        """Return what a slot's files are called there."""
        return slot.member

    def none_of(self, slot: Slot) -> str:
        """Say that a slot has no file."""
        if slot.plural:
            return f"There is no {slot.noun} in {slot.member}."
        return f"There is no {slot.member}: the {slot.noun}."

    def terms(self, offer: Offer) -> Terms:
        """Return what the document says besides its files."""
        value = self.members.get(PARAMS)
        params = offer.kind.sent() if value is None else parameters_of(value, offer)
        members = {each: self.members[each] for each in TERMS if each in self.members}
        return read_terms(params, members)

    def _values(self, slot: Slot) -> list[JsonValue]:
        value = self.members.get(slot.member)
        if value is None:
            return []
        if slot.plural is None:
            return [value]
        if not isinstance(value, list):
            raise refuse(f"/{slot.member}", f"{slot.member} must be a list.")
        return value

    def _file(self, value: JsonValue, slot: Slot, place: Place) -> SentFile:
        """Return a file; its place is then that of its very text."""
        words, pointer = place.words, place.pointer
        if not isinstance(value, dict):
            detail = f'{words} must be an object like {{"{DATA}": "<base64>"}}.'
            raise refuse(pointer, detail)
        require_known(value, MEMBERS_OF_JSON, pointer=pointer)
        if len(value) != 1:
            detail = f"{words} must have one of {', '.join(MEMBERS_OF_JSON)}."
            raise refuse(pointer, detail)
        ((member, text),) = value.items()
        inner = Place(words, f"{pointer}/{member}")
        if not isinstance(text, str):
            raise refuse(inner.pointer, f"{member} of {words} must be a string.")
        named = self._decoded(text, inner) if member == DATA else text
        return SentFile(source_of(member, named, slot, inner), inner, slot)

    def _decoded(self, text: str, place: Place) -> BinaryIO:
        decoded = self._long_texts.get(text)
        if decoded is None:
            decoded = Base64File.of(text, self.max_file_bytes)
            self._opened.append(decoded)
        if decoded.is_too_large:
            most = self.max_file_bytes
            detail = f"{place.words} has more than {most} bytes."
            raise too_large(detail, most, pointer=place.pointer)
        if decoded.fault is not None:
            raise refuse(place.pointer, f"data of {place.words} {decoded.fault}.")
        return decoded.file


def read_document(body: JsonBody[Base64File], max_file_bytes: int) -> Document:
    """Return the document that a body holds, which is the caller's to close.

    Raises:
        ProblemError: It is no JSON object, is ambiguous, or holds a long text where
            no file is.
    """
    try:
        value = read_json(body.text, _BODY_DEPTH)
    except DoubledNameError as error:
        detail = f"The body {error}."
        raise refuse(error.pointer, detail, ProblemCode.DUPLICATE_FIELD) from error
    except TooManyDigitsError as error:
        raise refuse("", f"The body {error}.", ProblemCode.OUT_OF_RANGE) from error
    except JsonTextError as error:
        raise ProblemError(ProblemCode.MALFORMED_BODY, f"The body {error}.") from error
    if not isinstance(value, dict):
        raise refuse("", "The body must be a JSON object.")
    if body.long_texts:
        _check_long_texts(value, body, "")
    return Document(value, max_file_bytes, body.long_texts)


def _check_long_texts(
    value: JsonValue, body: JsonBody[Base64File], pointer: str
) -> None:
    """Refuse a long text that is a name, or a value where no file can be."""
    if isinstance(value, dict):
        for name in value:
            if name in body.long_texts:
                raise _too_long(pointer, "a name", name, body)
        for name, inner in value.items():
            _check_long_texts(inner, body, pointer_to(pointer, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _check_long_texts(inner, body, f"{pointer}/{place}")
    elif (
        isinstance(value, str)
        and value in body.long_texts
        and _PLACE_OF_DATA.fullmatch(pointer) is None
    ):
        raise _too_long(pointer, "a text", value, body)


def _too_long(
    pointer: str, what: str, token: str, body: JsonBody[Base64File]
) -> ProblemError:
    most, length = body.max_text_bytes, body.lengths[token]
    detail = (
        f"{pointer or 'The body'} has {what} of {length} bytes; {most} are allowed."
    )
    return too_large(detail, most, length, pointer=pointer)
