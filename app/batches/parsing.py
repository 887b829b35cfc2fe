"""A batch as it was sent, its form being right; the pictures are not yet seen."""

from dataclasses import dataclass

from starlette.datastructures import FormData

from app.contract.batches import MAX_BATCH_JOBS
from app.contract.kind import AnyKind
from app.problems import ProblemCode
from app.submissions.documents import Document
from app.submissions.fields import STYLE_ID, TERMS
from app.submissions.forms import check_names, form_terms, sent_files, sent_styles
from app.submissions.offers import Offer
from app.submissions.refusals import refuse
from app.submissions.sources import SentPicture
from app.submissions.terms import Terms, require_harmony

FORM_FILES = ("content", "style", STYLE_ID)
MEMBERS = ("contents", "styles", "params", *TERMS)


@dataclass(frozen=True, kw_only=True)
class ParsedBatch:
    """Pictures and terms of a batch: each job has one photograph and one painting."""

    kind: AnyKind
    contents: tuple[SentPicture, ...]
    styles: tuple[SentPicture, ...]
    terms: Terms


def parse_batch(body: FormData | Document, offer: Offer) -> ParsedBatch:
    """Return the batch that a body asks for.

    Args:
        body: as it came.
        offer: what may be asked for.

    Raises:
        ProblemError: A field is missing, unknown, doubled or of the wrong kind, or
            there would be too many jobs.
    """
    if isinstance(body, FormData):
        parsed, name = _parse_form(body, offer), "content"
    else:
        parsed, name = _parse_document(body, offer), "contents"
    count = len(parsed.contents) * len(parsed.styles)
    if count > MAX_BATCH_JOBS:
        detail = (
            f"{len(parsed.contents)} photographs times {len(parsed.styles)} paintings "
            f"are {count} jobs; {MAX_BATCH_JOBS} are allowed."
        )
        code = ProblemCode.TOO_MANY_BATCH_JOBS
        raise refuse(f"/{name}", detail, code, MAX_BATCH_JOBS, count)
    require_harmony(offer, parsed.terms.params, ("content", "style/0"))
    return parsed


def _parse_form(form: FormData, offer: Offer) -> ParsedBatch:
    check_names(form, (*FORM_FILES, *TERMS, *offer.fields.parameters), FORM_FILES)
    return ParsedBatch(
        kind=offer.kind,
        contents=sent_files(form, "content", ProblemCode.MISSING_CONTENT),
        styles=sent_styles(form, None),
        terms=form_terms(form, offer),
    )


def _parse_document(document: Document, offer: Offer) -> ParsedBatch:
    document.check_members(MEMBERS)
    return ParsedBatch(
        kind=offer.kind,
        contents=document.contents(),
        styles=document.styles(None),
        terms=document.terms(offer),
    )
