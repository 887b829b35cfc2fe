"""From a body to a submission, by the slots of its kind; no file is looked at."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from math import prod

from pydantic import JsonValue
from starlette.datastructures import FormData

from app.contract.batches import MAX_BATCH_JOBS
from app.contract.inputs import input_name
from app.contract.slots import Slot, by_slot
from app.problems import ProblemCode, refuse
from app.submissions.documents import Document
from app.submissions.fields import KIND
from app.submissions.forms import Form
from app.submissions.idempotency import fingerprint_of_request, identity_of
from app.submissions.offers import Offer
from app.submissions.sources import SentFile
from app.submissions.submission import Submission
from app.submissions.terms import Terms, require_harmony

#: Returns what is offered of the kind that was named, or of the default one.
FindOffer = Callable[[JsonValue], Offer]
Files = Mapping[str, Sequence[SentFile | None]]
#: Both have the same methods, which refuse what is wrong in them.
Body = Form | Document


def parse_job(sent: FormData | Document, find_offer: FindOffer) -> Submission:
    """Return the job that a body asks for.

    Raises:
        ProblemError: A field is missing, unknown, doubled or of the wrong kind, or two
            of them contradict each other.
    """
    body = _body_of(sent)
    offer = find_offer(body.kind)
    files, terms = _read(body, offer)
    numbered = {
        input_name(slot.name, number if slot.plural else None): each
        for slot in offer.fields.slots
        for number, each in enumerate(files[slot.name])
    }
    job = {name: each for name, each in numbered.items() if each is not None}
    empty = tuple(name for name, each in numbered.items() if each is None)
    require_harmony(offer, terms.params, job)
    return Submission(
        kind=offer.kind,
        jobs=[job],
        empty=empty,
        terms=terms,
        fingerprint=partial(_fingerprint_of_job, offer, job, empty, terms),
    )


def parse_batch(sent: FormData | Document, find_offer: FindOffer) -> Submission:
    """Return the jobs that a body asks for: one of each slot, in every combination.

    Raises:
        ProblemError: As `parse_job`, or there would be too many jobs.
    """
    body = _body_of(sent)
    offer = find_offer(body.kind)
    files, terms = _read(body, offer)
    slots = [slot for slot in offer.kind.slots if slot.least]
    names = [input_name(slot.name, 0 if slot.plural else None) for slot in slots]
    lists = [[each for each in files[slot.name] if each] for slot in slots]
    _require_few_jobs(body, offer, [len(each) for each in lists])
    require_harmony(offer, terms.params, names)
    return Submission(
        kind=offer.kind,
        jobs=[dict(zip(names, each, strict=True)) for each in product(*lists)],
        terms=terms,
        fingerprint=partial(_fingerprint_of_batch, offer, files, terms),
        columns=prod(len(each) for each in lists[1:]),
    )


def _body_of(sent: FormData | Document) -> Body:
    return Form(sent) if isinstance(sent, FormData) else sent


def _read(body: Body, offer: Offer) -> tuple[Files, Terms]:
    body.check_names(offer)
    files: dict[str, list[SentFile | None]] = {}
    slots = {slot.name: slot for slot in offer.fields.slots}
    for slot in slots.values():
        owner = None if slot.each_of is None else slots[slot.each_of]
        most = slot.most if owner is None else len(files[owner.name])
        _require_count(body, slot, owner, most)
        files[slot.name] = body.files(slot)
    return files, body.terms(offer)


def _require_count(body: Body, slot: Slot, owner: Slot | None, most: int) -> None:
    """Refuse too few and too many; those that belong to others may be as many."""
    count, called = body.count(slot), body.name_of(slot)
    pointer = f"/{called}"
    if count < slot.least:
        raise refuse(pointer, body.none_of(slot), ProblemCode(slot.missing))
    if count <= most:
        return
    detail = f"{count} {slot.noun}s came; {most} are allowed."
    if owner is not None:
        detail = (
            f"{called}: {count} came, for {most} {owner.noun}s; each {owner.noun} may "
            "have one."
        )
    raise refuse(pointer, detail, ProblemCode(slot.too_many), most, count)


def _require_few_jobs(body: Body, offer: Offer, counts: Sequence[int]) -> None:
    jobs, slots = prod(counts), offer.fields.slots
    if jobs > MAX_BATCH_JOBS:
        pairs = zip(counts, slots, strict=True)
        times = " times ".join(f"{count} {slot.noun}s" for count, slot in pairs)
        detail = f"{times} are {jobs} jobs; {MAX_BATCH_JOBS} are allowed."
        pointer, code = f"/{body.name_of(slots[0])}", ProblemCode.TOO_MANY_BATCH_JOBS
        raise refuse(pointer, detail, code, MAX_BATCH_JOBS, jobs)


def _fingerprint_of_job(
    offer: Offer, job: Mapping[str, SentFile], empty: Sequence[str], terms: Terms
) -> str:
    files = {name: identity_of(each) for name, each in job.items()}
    pictures = by_slot(offer.kind.slots, files, empty)
    asked = {**_kind_of(offer), **terms.as_sent(), "pictures": pictures}
    return fingerprint_of_request("job", asked)


def _fingerprint_of_batch(offer: Offer, files: Files, terms: Terms) -> str:
    asked = {**_kind_of(offer), **terms.as_sent()}
    for slot in offer.fields.slots:
        sent = [each for each in files[slot.name] if each is not None]
        asked[slot.member] = [identity_of(each) for each in sent]
    return fingerprint_of_request("batch", asked)


def _kind_of(offer: Offer) -> dict[str, str]:
    """Return what is said of a kind; nothing of the default, as before there were more.

    So a key that was sent to the version before still stands for its job.
    """
    return {} if offer.is_default else {KIND: offer.kind.name}
