"""A form as a submission is read from it: names, files and texts."""

import re
from collections import Counter
from typing import BinaryIO

from pydantic import BaseModel, JsonValue
from starlette.datastructures import FormData, UploadFile

from app.contract.slots import Slot
from app.http.bodies.multipart import without_empty_texts
from app.problems import ProblemCode, refuse
from app.submissions.fields import (
    KIND,
    METADATA,
    PRIORITY,
    TERMS,
    TTL_SECONDS,
    Schema,
    parameters_of_kind,
    without_null,
)
from app.submissions.files.sources import Place, SentFile, fields_of_form, source_of
from app.submissions.json_texts import JsonTextError, read_json
from app.submissions.offers import Offer
from app.submissions.parameters import read_parameters
from app.submissions.refusals import require_known
from app.submissions.terms import Terms, read_terms

#: What `FormData` holds, or nothing.
Part = UploadFile | str | None
_WHOLE = re.compile(r"-?[0-9]{1,15}")


class Form:
    """A form whose files are open."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    @property
    def kind(self) -> JsonValue:
        """What the form says of the kind; None if it says nothing."""
        text = self._form.get(KIND)
        return None if text is None else _as_text(text, KIND).strip() or None

    def check_names(self, offer: Offer) -> None:
        """Refuse fields that are unknown, or come twice though they may come once."""
        fields = offer.fields
        self._form = without_empty_texts(self._form, fields.optional_texts)
        require_known(self._form, fields.known, offer)
        for name in self._form:
            count = len(self._form.getlist(name))
            if count > 1 and name not in fields.repeated:
                detail = f"{name} came {count} times; once is allowed."
                code = ProblemCode.DUPLICATE_FIELD
                raise refuse(f"/{name}", detail, code, 1, count)

    def files(self, slot: Slot) -> list[SentFile | None]:
        """Return the files of a slot in their order; None for a gap."""
        parts = self._parts(slot)
        total, before = Counter(name for name, _ in parts), Counter[str]()
        files: list[SentFile | None] = []
        for number, (name, part) in enumerate(parts):
            pointer = f"/{name}/{before[name]}" if total[name] > 1 else f"/{name}"
            before[name] += 1
            place = Place.of(slot.name, number, len(parts), pointer)
            files.append(_file(name, part, slot, place))
        return files

    def count(self, slot: Slot) -> int:
        """Return how many there are, gaps included."""
        return len(self._parts(slot))

    def name_of(self, slot: Slot) -> str:
        """Return what a slot's files are called there."""
        return slot.name

    def none_of(self, slot: Slot) -> str:
        """Say that a slot has no file."""
        return f"There is no file {slot.name} in the form."

    def terms(self, offer: Offer) -> Terms:
        """Return what the form says besides its files."""
        members = {name: self._member(name) for name in TERMS if name in self._form}
        return read_terms(self._parameters(offer), members)

    def _parts(self, slot: Slot) -> list[tuple[str, Part]]:
        """Return what came; what a browser's form leaves empty was not chosen."""
        return [
            (name, part)
            for name, part in self._form.multi_items()
            if name in fields_of_form(slot) and (slot.each_of or not is_empty(part))
        ]

    def _parameters(self, offer: Offer) -> BaseModel:
        texts = {
            name: _as_text(self._form[name], name)
            for name in offer.fields.parameters
            if name in self._form
        }
        lists: dict[str, list[str]] = {}
        for name, single in offer.fields.singles.items():
            values = self._values(single, name, offer)
            if values and name in texts:
                detail = f"{name} and {single} say the same; send one of them."
                raise refuse(f"/{name}", detail, ProblemCode.DUPLICATE_FIELD)
            if values:
                lists[name] = values
        return read_parameters(texts, lists, offer=offer)

    def _values(self, single: str, name: str, offer: Offer) -> list[str]:
        """Return the texts of a repeated field; an empty one keeps its place."""
        texts = [_as_text(each, single) for each in self._form.getlist(single)]
        if not any(each.strip() for each in texts):
            return []
        usual = _usual_item(parameters_of_kind(offer.kind)[name])
        return [each if each.strip() else usual for each in texts]

    def _member(self, name: str) -> JsonValue:
        """Return one of the terms as the JSON that its text stands for."""
        text = _as_text(self._form[name], name)
        if name == TTL_SECONDS:
            return _number(text)
        if name == PRIORITY:
            return text
        try:
            value = read_json(text)
        except JsonTextError as error:
            raise refuse(f"/{name}", f"{name} {error}.") from error
        if value is None and name == METADATA:
            raise refuse(f"/{name}", f"{name} must be a JSON object.")
        return value


def is_empty(part: Part) -> bool:
    """Whether nothing was chosen in a browser's field, or the text is empty."""
    if isinstance(part, UploadFile):
        return not (part.filename or part.size)
    return not (part and part.strip())


def _file(name: str, part: Part, slot: Slot, place: Place) -> SentFile | None:
    if is_empty(part):
        return None
    value: str | BinaryIO
    if name != slot.name:
        value = _as_text(part, name)
    elif isinstance(part, UploadFile):
        value = part.file
    else:
        detail = f"{name} came as text; send a file (curl: -F {name}=@picture.jpg)."
        raise refuse(f"/{name}", detail, ProblemCode(slot.missing))
    member = fields_of_form(slot)[name]
    return SentFile(source_of(member, value, slot, place), place, slot)


def _usual_item(schema: Schema) -> str:
    """Return what stands in a list for a value that was left open."""
    return str(without_null(schema)[0]["items"].get("default", ""))


def _number(text: str) -> JsonValue:
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return float("nan")
    return int(text) if _WHOLE.fullmatch(text) else text


def _as_text(part: Part, name: str) -> str:
    if isinstance(part, str):
        return part
    raise refuse(f"/{name}", f"{name} came as a file; send its value as text.")
