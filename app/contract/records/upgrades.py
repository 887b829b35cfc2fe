"""Turns what the version before has written into what this one writes.

Wire version 3 and archive version 1 knew pictures alone. Each function takes a record
as JSON has it and returns one of today; a record of today comes back as it is. What is
neither is left to the model that reads it, which says what is wrong.
"""

from typing import Any

from pydantic import BaseModel

from app.contract.artifacts import RESULT
from app.contract.inputs import Input, input_name
from app.contract.jobs import slip_fields
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.kinds.image.views import JobInput, Progress
from app.contract.painting.choices import Preset
from app.contract.painting.ladder import work_of_steps
from app.contract.painting.views import InputImage
from app.contract.slots import sent_slots

# Any: JSON of somebody's, whose shape is what is asked here.
Record = Any

#: Of every record of version 3.
KIND_BEFORE = IMAGE.name


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
    if isinstance(rows := new.get("losses"), list):
        new["losses"] = [upgraded_row(row) for row in rows]
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
    params = ResolvedParameters.model_validate(record["params"])
    kept = {name: value for name, value in record.items() if name != "input"}
    new = {**kept, **slip_fields(IMAGE, params, inputs), "empty_inputs": empty}
    if "outcome" in new:
        new["outcome"] = upgraded_outcome(new["outcome"])
    if "progress" in new:
        new["progress"] = upgraded_update(new["progress"])
    return new


def upgraded_outcome(record: Record) -> Record:
    """Return what came of a job that has succeeded.

    Raises:
        ValidationError: Its picture is none of version 3.
    """
    if not isinstance(record, dict) or "result" not in record:
        return record
    old = _Result.model_validate(record["result"])
    facts = {"width": old.width, "height": old.height}
    made = old.model_dump(include={"blob_key", "media_type", "bytes", "sha256"})
    return {
        **{name: value for name, value in record.items() if name != "result"},
        "artifacts": {RESULT: {**made, "facts": facts}},
        "stopped_early": old.stopped_early,
    }


def upgraded_update(record: Record) -> Record:
    """Return how far a job has come, also what an event of its stream tells.

    Raises:
        ValidationError: It is no progress of version 3.
    """
    if not isinstance(record, dict) or "loss" not in record:
        return record
    old = Progress.model_validate(record)
    kept = old.model_dump(exclude={"scale", "total_scales", "width", "height", "loss"})
    return {
        **kept,
        "stage": old.scale,
        "total_stages": old.total_scales,
        "metrics": {} if old.loss is None else old.loss.model_dump(),
        "details": {"width": old.width, "height": old.height},
    }


def upgraded_row(record: Record) -> Record:
    """Return one row of a job's series: its values were not in a list of their own."""
    if not isinstance(record, list) or any(isinstance(each, list) for each in record):
        return record
    return [*record[:2], record[2:]]


def upgraded_sample(record: Record) -> Record:
    """Return what a finished job cost; work is reckoned where it was not noted."""
    if not isinstance(record, dict) or "traits" in record:
        return record
    old = dict(record)
    traits = {name: old.pop(name) for name in _TRAITS}
    work = old.pop("work", None) or work_of_steps(
        Preset(traits["preset"]), old["steps"], traits["width"], traits["height"]
    )
    return {**old, "kind": IMAGE.name, "traits": traits, "work": work}


_TRAITS = (
    *("network", "style_loss", "optimizer", "memory", "preset"),
    *("width", "height", "styles"),
)


class _Result(BaseModel):
    """A finished picture, as version 3 had it."""

    blob_key: str
    media_type: str
    width: int
    height: int
    bytes: int
    sha256: str
    stopped_early: bool = False


def _named(old: JobInput) -> dict[str, InputImage | None]:
    """Return the five fields by the names of inputs; gaps are None."""
    named = {}
    for slot in sent_slots(IMAGE.slots):
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
