"""What forms of jobs and of batches have in common: names, files and texts."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import BinaryIO

from pydantic import BaseModel, JsonValue
from starlette.datastructures import FormData, UploadFile

from app.problems import ProblemCode, ProblemError
from app.submissions.fields import (
    METADATA,
    PRIORITY,
    STYLE_ID,
    STYLE_WEIGHT,
    STYLE_WEIGHTS,
    TERMS,
    TTL_SECONDS,
)
from app.submissions.json_texts import JsonTextError, read_json
from app.submissions.offers import Offer
from app.submissions.parameters import read_parameters
from app.submissions.pictures import Place, words_of
from app.submissions.refusals import no_such_field, refuse
from app.submissions.sources import LibraryPicture, SentPicture, Source, Upload
from app.submissions.terms import Terms, read_terms

#: What `FormData` holds, or nothing.
Part = UploadFile | str | None
_USUAL_WEIGHT = "1"
_WHOLE = re.compile(r"-?[0-9]{1,15}")


def check_names(
    form: FormData, known: Collection[str], repeated: Collection[str]
) -> None:
    """Refuse fields that are unknown, or come twice though they may come once."""
    for name in form:
        count = len(form.getlist(name))
        if name not in known:
            pointer, detail = f"/{name[:100]}", no_such_field(name, known)
            raise refuse(pointer, _sentence(detail), ProblemCode.UNKNOWN_FIELD)
        if count > 1 and name not in repeated:
            detail = f"{name} came {count} times; once is allowed."
            raise refuse(f"/{name}", detail, ProblemCode.DUPLICATE_FIELD, 1, count)
    if _style_weights(form) and STYLE_WEIGHTS in form:
        detail = f"{STYLE_WEIGHTS} and {STYLE_WEIGHT} say the same; send one of them."
        raise refuse(f"/{STYLE_WEIGHTS}", detail, ProblemCode.DUPLICATE_FIELD)


def sent_files(
    form: FormData, name: str, missing: ProblemCode
) -> tuple[SentPicture, ...]:
    """Return the files of a name, at least one."""
    parts: Sequence[Part] = form.getlist(name) or (None,)
    return tuple(
        SentPicture(
            Upload(file_of(part, name, missing)), place_of(name, number, len(parts))
        )
        for number, part in enumerate(parts)
    )


def sent_styles(form: FormData, most: int | None) -> tuple[SentPicture, ...]:
    """Return the paintings, files and names of the library, in the order they came."""
    names = ("style", STYLE_ID)
    # What a browser's form leaves empty was not chosen.
    parts: list[tuple[str, Part]] = [
        (name, part)
        for name, part in form.multi_items()
        if name in names and not is_empty(part)
    ]
    parts = parts or [("style", None)]
    if most is not None and (count := len(parts)) > most:
        detail = f"{count} paintings came; {most} are allowed."
        raise refuse("/style", detail, ProblemCode.TOO_MANY_STYLES, most, count)
    styles = []
    for number, (name, part) in enumerate(parts):
        before = sum(each == name for each, _ in parts[:number])
        of_name = sum(each == name for each, _ in parts)
        pointer = f"/{name}" if of_name == 1 else f"/{name}/{before}"
        place = Place(words_of("style", number, len(parts)), pointer)
        styles.append(SentPicture(_style(part, name), place))
    return tuple(styles)


def place_of(name: str, number: int, count: int, *, is_mask: bool = False) -> Place:
    """Return the place of the `number`-th of `count` files of a name."""
    pointer = f"/{name}" if count == 1 else f"/{name}/{number}"
    return Place(words_of(name, number, count), pointer, is_mask)


def is_empty(part: Part) -> bool:
    """Whether nothing was chosen in a browser's field, or the text is empty."""
    if isinstance(part, UploadFile):
        return not (part.filename or part.size)
    return not (part and part.strip())


def file_of(
    part: Part, name: str, missing: ProblemCode = ProblemCode.INVALID_VALUE
) -> BinaryIO:
    """Return the file of a part that must be one."""
    if isinstance(part, UploadFile) and not is_empty(part):
        return part.file
    if isinstance(part, str):
        detail = f"{name} came as text; send a file (curl: -F {name}=@picture.jpg)."
    else:
        detail = f"There is no file {name} in the form."
    raise refuse(f"/{name}", detail, missing)


def form_terms(form: FormData, offer: Offer) -> Terms:
    """Return what the form says besides its pictures.

    Args:
        form: as it came.
        offer: what may be asked for.
    """
    params = _parameters(form, offer)
    members = {name: _member(form, name) for name in TERMS if name in form}
    return read_terms(params, members)


def _style(part: Part, name: str) -> Source:
    if name == STYLE_ID:
        return LibraryPicture(_as_text(part, name))
    return Upload(file_of(part, name, ProblemCode.MISSING_STYLE))


def _parameters(form: FormData, offer: Offer) -> BaseModel:
    texts: Mapping[str, str] = {
        name: _as_text(form[name], name)
        for name in offer.fields.parameters
        if name in form
    }
    return read_parameters(texts, _style_weights(form), offer=offer)


def _style_weights(form: FormData) -> list[str]:
    """Return the weights; an empty one keeps its painting's place."""
    weights = [_as_text(each, STYLE_WEIGHT) for each in form.getlist(STYLE_WEIGHT)]
    if not any(each.strip() for each in weights):
        return []
    return [each if each.strip() else _USUAL_WEIGHT for each in weights]


def _member(form: FormData, name: str) -> JsonValue:
    """Return one of the terms as the JSON that its text stands for."""
    text = _as_text(form[name], name)
    if name == TTL_SECONDS:
        return _number(text)
    if name == PRIORITY:
        return text
    try:
        value = read_json(text)
    except JsonTextError as error:
        raise _not_json(name, error) from error
    if value is None and name == METADATA:
        raise refuse(f"/{name}", f"{name} must be a JSON object.")
    return value


def _number(text: str) -> JsonValue:
    if text.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return float("nan")
    return int(text) if _WHOLE.fullmatch(text) else text


def _not_json(name: str, error: JsonTextError) -> ProblemError:
    return refuse(f"/{name}", f"{name} {error}.")


def _as_text(part: Part, name: str) -> str:
    if isinstance(part, str):
        return part
    detail = f"{name} came as a file; send its value as text."
    raise refuse(f"/{name}", detail)


def _sentence(text: str) -> str:
    return text if text.endswith("?") else f"{text}."
