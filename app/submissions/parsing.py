"""A job as it was sent, its form being right; the pictures are not yet seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.datastructures import FormData

from app.contract.inputs import input_name
from app.contract.kind import AnyKind
from app.contract.kinds.image.limits import MAX_STYLES
from app.problems import ProblemCode
from app.submissions.documents import Document
from app.submissions.forms import (
    check_names,
    file_of,
    form_terms,
    is_empty,
    place_of,
    sent_files,
    sent_styles,
)
from app.submissions.offers import Offer
from app.submissions.refusals import refuse
from app.submissions.sources import SentPicture, Upload
from app.submissions.terms import Terms, require_harmony


@dataclass(frozen=True, kw_only=True)
class ParsedJob:
    """Pictures, by the names of a job's inputs, and terms of one job."""

    kind: AnyKind
    pictures: Mapping[str, SentPicture]
    #: Names that came without a picture.
    empty: tuple[str, ...]
    terms: Terms


def parse_job(body: FormData | Document, offer: Offer) -> ParsedJob:
    """Return the job that a body asks for.

    Args:
        body: as it came.
        offer: what may be asked for.

    Raises:
        ProblemError: A field is missing, unknown, doubled or of the wrong kind, or two
            of them contradict each other.
    """
    if isinstance(body, FormData):
        parsed = _parse_form(body, offer)
    else:
        parsed = _parse_document(body, offer)
    require_harmony(offer, parsed.terms.params, parsed.pictures)
    return parsed


def _parse_form(form: FormData, offer: Offer) -> ParsedJob:
    check_names(form, offer.fields.known, offer.fields.repeated)
    (content,) = sent_files(form, "content", ProblemCode.MISSING_CONTENT)
    styles = sent_styles(form, MAX_STYLES)
    init = form.get("init")
    named = {
        "content": content,
        **_numbered("style", styles),
        **_numbered("mask", _form_masks(form, "mask", len(styles))),
        **_numbered("style_mask", _form_masks(form, "style_mask", len(styles))),
    }
    if not is_empty(init):
        place = place_of("init", 0, 1)
        named["init"] = SentPicture(Upload(file_of(init, "init")), place)
    return _order(offer.kind, named, form_terms(form, offer))


def _order(
    kind: AnyKind, named: Mapping[str, SentPicture | None], terms: Terms
) -> ParsedJob:
    return ParsedJob(
        kind=kind,
        pictures={name: each for name, each in named.items() if each is not None},
        empty=tuple(name for name, each in named.items() if each is None),
        terms=terms,
    )


def _numbered(
    slot: str, pictures: Iterable[SentPicture | None]
) -> dict[str, SentPicture | None]:
    return {input_name(slot, number): each for number, each in enumerate(pictures)}


def _form_masks(
    form: FormData, name: str, limit: int
) -> tuple[SentPicture | None, ...]:
    """Return the files of a name; an empty part stands for a painting without one."""
    parts = form.getlist(name)
    count = len(parts)
    _require_masks_for_styles(name, count, limit)
    return tuple(
        None
        if is_empty(part)
        else SentPicture(
            Upload(file_of(part, name)), place_of(name, number, count, is_mask=True)
        )
        for number, part in enumerate(parts)
    )


def _parse_document(document: Document, offer: Offer) -> ParsedJob:
    document.check_members(offer.fields.members)
    content = document.content()
    styles = document.styles(MAX_STYLES)
    for name in ("masks", "style_masks"):
        _require_masks_for_styles(name, document.length_of(name), len(styles))
    named = {
        "content": content,
        **_numbered("style", styles),
        **_numbered("mask", document.masks("masks", "mask")),
        **_numbered("style_mask", document.masks("style_masks", "style_mask")),
    }
    if (init := document.init()) is not None:
        named["init"] = init
    return _order(offer.kind, named, document.terms(offer))


def _require_masks_for_styles(name: str, count: int, styles: int) -> None:
    if count > styles:
        detail = (
            f"{name}: {count} came, for {styles} paintings; each painting may have one."
        )
        raise refuse(f"/{name}", detail, ProblemCode.TOO_MANY_MASKS, styles, count)
