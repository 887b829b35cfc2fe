"""Turns what the version before has written into what this one writes.

Wire version 3 and archive version 1 knew pictures alone. Each function takes a record
as JSON has it and returns one of today; a record of today comes back as it is. What is
neither is left to the model that reads it, which says what is wrong.
"""

from typing import Any

from app.contract.inputs import Input, input_name
from app.contract.kind import slip_fields
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.views import InputImage, JobInput

# Any: JSON of somebody's, whose shape is what is asked here.
Record = Any


def upgraded_archive(document: Record) -> Record:
    """Return a document of what is kept of jobs beside the ledger.

    Raises:
        ValidationError: It is of version 1, and the job in it none of version 3.
    """
    if not isinstance(document, dict) or document.get("version", 1) != 1:
        return document
    new = {**document, "version": 2}
    if "job" in new:
        new["job"] = upgraded_slip(new["job"])
    return new


def upgraded_slip(record: Record) -> Record:
    """Return a job as it was accepted, or the whole record of one.

    Raises:
        ValidationError: Its pictures or parameters are none of version 3.
    """
    if not isinstance(record, dict) or not {"input", "params"} <= record.keys():
        return record
    named = _named(JobInput.model_validate(record["input"]))
    inputs = {name: _input(image) for name, image in named.items() if image}
    empty = tuple(name for name, image in named.items() if image is None)
    params = IMAGE.views.params.model_validate(record["params"])
    kept = {name: value for name, value in record.items() if name != "input"}
    return {**kept, **slip_fields(IMAGE, params, inputs), "empty_inputs": empty}


def _named(old: JobInput) -> dict[str, InputImage | None]:
    """Return the five fields by the names of inputs; gaps are None."""
    named = {}
    for slot in IMAGE.slots:
        given: InputImage | tuple[InputImage | None, ...] | None
        given = getattr(old, slot.member)
        if isinstance(given, tuple):
            for number, image in enumerate(given):
                named[input_name(slot.name, number)] = image
        elif given is not None:
            named[slot.name] = given
    return named


def _input(image: InputImage) -> Input:
    return Input(
        media_type=image.media_type,
        sha256=image.sha256,
        facts={"width": image.width, "height": image.height},
        style_id=image.style_id,
    )
