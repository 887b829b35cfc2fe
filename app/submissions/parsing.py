"""From a body to a submission, by the slots of its kind; no file is looked at."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import product
from math import prod

from pydantic import JsonValue
from starlette.datastructures import FormData

from app.contract.batches import MAX_BATCH_JOBS
from app.contract.inputs import input_name
from app.contract.slots import Slot
from app.problems import ProblemCode, refuse
from app.submissions.documents import Document
from app.submissions.fields import KIND
from app.submissions.files.sources import SentFile
from app.submissions.forms import Form
from app.submissions.idempotency import fingerprint_of_request, identity_of
from app.submissions.offers import Offer
from app.submissions.submission import Submission
from app.submissions.terms import Terms, require_harmony, require_known_files

#: Returns what is offered of the kind that was named, or of the default one.
FindOffer = Callable[[JsonValue], Offer]
Files = Mapping[str, Sequence[SentFile | None]]
#: Both have the same methods, which refuse what is wrong in them.
Body = Form | Document


def parse(sent: FormData | Document, find_offer: FindOffer) -> Submission:
    """Return the job that a body asks for, or the jobs of a batch.

    A batch is one file of each slot, in every combination.

    Raises:
        ProblemError: A field is missing, unknown, doubled or of the wrong kind, two of
            them contradict each other, or there would be too many jobs.
    """
    body: Body = Form(sent) if isinstance(sent, FormData) else sent
    offer = find_offer(body.kind)
    files, terms = _read(body, offer)
    empty: tuple[str, ...] = ()
    columns = None
    if offer.is_batch:
        jobs = _combined(offer, files, body)
        columns = prod(len(files[slot.name]) for slot in offer.fields.slots[1:])
    else:
        jobs, empty = _alone(offer, files)
    require_harmony(offer, terms.params, jobs[0])
    require_known_files(terms.params)
    return Submission(
        kind=offer.kind,
        jobs=jobs,
        empty=empty,
        terms=terms,
        fingerprint=partial(_fingerprint, offer, files, terms),
        columns=columns,
    )


def _alone(
    offer: Offer, files: Files
) -> tuple[list[dict[str, SentFile]], tuple[str, ...]]:
    """Return the inputs of the one job by name, and the names without a file."""
    named = {
        input_name(slot.name, number if slot.plural else None): each
        for slot in offer.fields.slots
        for number, each in enumerate(files[slot.name])
    }
    job = {name: each for name, each in named.items() if each is not None}
    return [job], tuple(name for name, each in named.items() if each is None)


def _combined(offer: Offer, files: Files, body: Body) -> list[dict[str, SentFile]]:
    """Return the inputs of each job of a batch, row by row."""
    slots = [slot for slot in offer.kind.slots if slot.least]
    counts = [len(files[slot.name]) for slot in slots]
    if (jobs := prod(counts)) > MAX_BATCH_JOBS:
        pairs = zip(counts, slots, strict=True)
        times = " times ".join(f"{count} {slot.noun}s" for count, slot in pairs)
        detail = f"{times} are {jobs} jobs; {MAX_BATCH_JOBS} are allowed."
        pointer = f"/{body.name_of(offer.fields.slots[0])}"
        code = ProblemCode.TOO_MANY_BATCH_JOBS
        raise refuse(pointer, detail, code, MAX_BATCH_JOBS, jobs)
    names = [input_name(slot.name, 0 if slot.plural else None) for slot in slots]
    sent = [[each for each in files[slot.name] if each] for slot in slots]
    return [dict(zip(names, each, strict=True)) for each in product(*sent)]


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


def _fingerprint(offer: Offer, files: Files, terms: Terms) -> str:
    """Return what tells this request from others; of the default kind, as ever.

    So a key that was sent to a version that knew no kinds still stands for its job.
    """
    told: dict[str, JsonValue] = {}
    for slot in offer.fields.slots:
        named: list[JsonValue] = [
            None if each is None else identity_of(each) for each in files[slot.name]
        ]
        if slot.is_later and not named:
            continue
        told[slot.member] = named if slot.plural else next(iter(named), None)
    asked = terms.as_sent() | (told if offer.is_batch else {"pictures": told})
    if not offer.is_default:
        asked[KIND] = offer.kind.name
    return fingerprint_of_request("batch" if offer.is_batch else "job", asked)
