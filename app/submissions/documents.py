"""What JSON bodies of jobs and of batches have in common: members and pictures."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from app.http.bodies.json_bodies import JsonBody
from app.problems import ProblemCode, ProblemError, too_large
from app.submissions.base64_files import Base64File
from app.submissions.fields import TERMS
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
from app.submissions.pictures import Place, words_of
from app.submissions.refusals import no_such_field, refuse
from app.submissions.sources import (
    LibraryPicture,
    RemotePicture,
    SentPicture,
    Source,
    Upload,
)
from app.submissions.terms import Terms, read_terms

Members = Mapping[str, JsonValue]

#: Metadata may be as deep as anywhere else; they lie one level below the body.
_BODY_DEPTH = MAX_DEPTH + 1
#: Only there a long text may stand.
_PLACE_OF_DATA = re.compile(r"/(?:(?:content|init)|[a-z_]+/[0-9]+)/data")
_FORMS = ("data", "url", "style_id")


@dataclass
class Document:
    """A JSON object and the pictures that came with it; close it.

    Attributes:
        members: as they came, a token in the place of each long text.
        max_picture_bytes: of a picture that is decoded from its text.
    """

    members: Members
    max_picture_bytes: int
    _long_texts: Mapping[str, Base64File]
    _opened: list[Base64File] = field(default_factory=list)

    def close(self) -> None:
        """Delete the pictures' files."""
        for each in (*self._long_texts.values(), *self._opened):
            each.close()

    def check_members(self, known: Collection[str]) -> None:
        """Refuse members that are not known."""
        _check_names(self.members, known, "")

    def terms(self, offer: Offer) -> Terms:
        """Return what the document says besides its pictures.

        Args:
            offer: what may be asked for.
        """
        value = self.members.get("params")
        params = offer.kind.sent() if value is None else parameters_of(value, offer)
        return read_terms(
            params, {name: self.members[name] for name in TERMS if name in self.members}
        )

    def content(self) -> SentPicture:
        """Return the photograph."""
        value = self.members.get("content")
        if value is None:
            detail = "There is no content: the photograph."
            raise refuse("/content", detail, ProblemCode.MISSING_CONTENT)
        return self._picture(value, Place("content", "/content"))

    def contents(self) -> tuple[SentPicture, ...]:
        """Return the photographs of a batch, at least one."""
        values = self._list("contents")
        if not values:
            detail = "There is no photograph in contents."
            raise refuse("/contents", detail, ProblemCode.MISSING_CONTENT)
        return self._pictures(values, "contents", "content")

    def styles(self, most: int | None) -> tuple[SentPicture, ...]:
        """Return the paintings, at least one."""
        values = self._list("styles")
        if not values:
            detail = "There is no painting in styles."
            raise refuse("/styles", detail, ProblemCode.MISSING_STYLE)
        if most is not None and (count := len(values)) > most:
            detail = f"{count} paintings came; {most} are allowed."
            code = ProblemCode.TOO_MANY_STYLES
            raise refuse("/styles", detail, code, most, count)
        return self._pictures(values, "styles", "style")

    def masks(self, name: str, word: str) -> tuple[SentPicture | None, ...]:
        """Return the masks of a list; null stands for a painting without one."""
        values = self._list(name)
        return tuple(
            None
            if value is None
            else self._picture(value, _place(name, word, number, values, is_mask=True))
            for number, value in enumerate(values)
        )

    def init(self) -> SentPicture | None:
        """Return the picture to start from, if there is one."""
        value = self.members.get("init")
        return None if value is None else self._picture(value, Place("init", "/init"))

    def length_of(self, name: str) -> int:
        """Return how many entries a list has."""
        return len(self._list(name))

    def _list(self, name: str) -> list[JsonValue]:
        value = self.members.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise refuse(f"/{name}", f"{name} must be a list.")
        return value

    def _pictures(
        self, values: list[JsonValue], name: str, word: str
    ) -> tuple[SentPicture, ...]:
        return tuple(
            self._picture(value, _place(name, word, number, values))
            for number, value in enumerate(values)
        )

    def _picture(self, value: JsonValue, place: Place) -> SentPicture:
        """Return a picture; its place is then that of its very text."""
        if not isinstance(value, dict):
            detail = f'{place.words} must be an object like {{"data": "<base64>"}}.'
            raise refuse(place.pointer, detail)
        _check_names(value, _FORMS, place.pointer)
        if len(value) != 1:
            detail = f"{place.words} must have one of {', '.join(_FORMS)}."
            raise refuse(place.pointer, detail)
        ((form, text),) = value.items()
        inner = Place(place.words, f"{place.pointer}/{form}", place.is_mask)
        if not isinstance(text, str):
            raise refuse(inner.pointer, f"{form} of {place.words} must be a string.")
        return SentPicture(self._source(form, text, inner), inner)

    def _source(self, form: str, text: str, place: Place) -> Source:
        if form == "url":
            return RemotePicture(text)
        if form == "data":
            return self._upload(text, place)
        if place.is_mask:
            detail = f"{place.words} cannot be a painting of the library."
            raise refuse(place.pointer, detail)
        return LibraryPicture(text)

    def _upload(self, text: str, place: Place) -> Upload:
        decoded = self._long_texts.get(text)
        if decoded is None:
            decoded = Base64File.of(text, self.max_picture_bytes)
            self._opened.append(decoded)
        if decoded.is_too_large:
            most = self.max_picture_bytes
            detail = f"{place.words} has more than {most} bytes."
            raise too_large(detail, most, pointer=place.pointer)
        if decoded.fault is not None:
            raise refuse(place.pointer, f"data of {place.words} {decoded.fault}.")
        return Upload(decoded.file)


def read_document(body: JsonBody[Base64File], max_picture_bytes: int) -> Document:
    """Return the document that a body holds.

    Args:
        body: as it came; it stays the caller's to close until this returns.
        max_picture_bytes: of a picture that is decoded from its text.

    Raises:
        ProblemError: It is no JSON object, is ambiguous, or holds a long text where
            no picture is.
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
    return Document(value, max_picture_bytes, body.long_texts)


def _check_long_texts(
    value: JsonValue, body: JsonBody[Base64File], pointer: str
) -> None:
    """Refuse a long text that is a name, or a value where no picture can be."""
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


def _check_names(members: Members, known: Collection[str], pointer: str) -> None:
    for name in members:
        if name not in known:
            detail = no_such_field(name, known)
            detail = detail if detail.endswith("?") else f"{detail}."
            raise refuse(pointer_to(pointer, name), detail, ProblemCode.UNKNOWN_FIELD)


def _place(
    name: str,
    word: str,
    number: int,
    values: list[JsonValue],
    *,
    is_mask: bool = False,
) -> Place:
    return Place(words_of(word, number, len(values)), f"/{name}/{number}", is_mask)
