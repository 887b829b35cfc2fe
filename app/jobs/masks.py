"""A mask of a painting may be replaced while the job waits or is painted."""

import io
from collections.abc import Mapping
from dataclasses import replace

from anyio.to_thread import run_sync
from pydantic import JsonValue

from app.contract.inputs import Input, size_of, slot_and_number
from app.contract.jobs import Job
from app.contract.kind import AnyKind, Kinds
from app.contract.ports import BlobStore, Ledger
from app.contract.records.wire import upload_key
from app.intake import (
    IntakeRules,
    NormalizedPicture,
    inspect_picture,
    normalize_mask,
    require_same_aspect,
)
from app.intake.normalization import MEDIA_TYPE
from app.jobs.controls import AskedView, ask, require_changeable_of, values_of
from app.jobs.fetch import find_input
from app.problems import ProblemCode, ProblemError
from app.submissions.dependencies import SubmissionDependencies
from app.submissions.files.decode_limiter import decode_slot

MAX_MASK_BYTES = 2**20


async def replace_mask(
    deps: SubmissionDependencies,
    job: Job,
    name: str,
    content: bytes,
    expected: frozenset[int] | None,
) -> AskedView:
    """Ask a job to go on with another mask of a painting.

    Args:
        deps: ports, rules and limiters.
        job: waits or runs.
        name: of the input: `mask/0`.
        content: at most `MAX_MASK_BYTES`, a picture in the shape of the photograph,
            white where the painting goes.
        expected: the revisions that the client has seen; None: any will do.

    Raises:
        ProblemError: The kind has no such mask, the picture is none, is black or has
            another shape, the job has ended, or has another revision.
    """
    kind = deps.offer(job.kind).kind
    _require_mask(kind, name)
    params = kind.parse(job.params, job.inputs)
    require_changeable_of(job, kind, params, [name])
    side_px = max(deps.intake.stored_side_px, kind.side_px(params))
    rules = replace(deps.intake, stored_side_px=side_px)
    header = await run_sync(_inspect, content, name, rules)
    async with decode_slot(deps.decodes, deps.large_decodes, header):
        mask = await run_sync(_clean, content, name, rules, limiter=deps.decodes)
    _require_fitting(kind, job, name, mask)
    return await run_sync(_keep, deps.ledger, deps.blobs, job, name, mask, expected)


def _require_mask(kind: AnyKind, name: str) -> None:
    masks = [f"{slot.name}/" for slot in kind.slots if slot.is_mask]
    if not name.startswith(tuple(masks)):
        detail = f"Only masks of paintings can be replaced; {name} is none."
        raise ProblemError(ProblemCode.NOT_CHANGEABLE, detail)


def _inspect(content: bytes, name: str, rules: IntakeRules) -> int:
    return inspect_picture(io.BytesIO(content), field=name, rules=rules).pixels


def _clean(content: bytes, name: str, rules: IntakeRules) -> NormalizedPicture:
    return normalize_mask(io.BytesIO(content), field=name, rules=rules)


class _Shape:
    def __init__(self, size: tuple[int, int]) -> None:
        self.width, self.height = size


def _require_fitting(
    kind: AnyKind, job: Job, name: str, mask: NormalizedPicture
) -> None:
    slot_name, _ = slot_and_number(name)
    over = next(slot.over for slot in kind.slots if slot.name == slot_name)
    if over is not None:
        shape = _Shape(size_of(job.inputs[over].facts))
        require_same_aspect(mask, shape, field=name, over=over)


def _keep(
    ledger: Ledger,
    blobs: BlobStore,
    job: Job,
    name: str,
    mask: NormalizedPicture,
    expected: frozenset[int] | None,
) -> AskedView:
    # Before the ledger is told: its worker may look at once.
    key = upload_key(mask.sha256)
    blobs.put(key, mask.content)
    asked = ask(ledger, blobs, job, {name: mask.sha256}, expected)
    # The same mask of before may have been swept away just now.
    if not blobs.exists(key):
        blobs.put(key, mask.content)
    return asked


def find_present_input(ledger: Ledger, kinds: Kinds, job: Job, name: str) -> Input:
    """Return the file that stands under a name now, or that was asked to.

    Raises:
        ProblemError: The job has no such file, or has it no more.
    """
    kind = kinds.of(job.kind)
    if name not in kind.replaceable(kind.parse(job.params, job.inputs), job.inputs):
        return find_input(job, name)
    return find_input(_with_file(job, name, values_of(ledger, kind, job)), name)


def _with_file(job: Job, name: str, values: Mapping[str, JsonValue]) -> Job:
    """Return a job whose input of a name is the one of these values."""
    sha256 = values[name]
    inputs = {n: each for n, each in job.inputs.items() if n != name}
    if sha256 is not None:
        inputs[name] = Input(media_type=MEDIA_TYPE, sha256=str(sha256))
    return job.model_copy(update={"inputs": inputs})
