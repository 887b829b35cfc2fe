"""Brings a job's pictures from the store to the runner, in the modes it wants."""

import io

from PIL import Image

from app.contract.inputs import Inputs, input_name, slot_and_number
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.resolved import ResolvedParameters
from app.contract.wire import upload_key
from worker.attempt.storage import Readable
from worker.runners.runner import ImageInputs, StyleInput

_MASKS = frozenset(slot.name for slot in IMAGE.slots if slot.is_mask)


def fetch_inputs(
    blobs: Readable, inputs: Inputs, params: ResolvedParameters
) -> ImageInputs:
    """Return the pictures that the job names.

    Raises:
        BlobNotFoundError: One is not stored any more.
    """
    pictures = {
        name: _opened(blobs.get(upload_key(each.sha256)), name)
        for name, each in inputs.items()
    }
    styles = (
        StyleInput(
            image=pictures[input_name("style", number)],
            weight=weight,
            mask=pictures.get(input_name("mask", number)),
            style_mask=pictures.get(input_name("style_mask", number)),
        )
        for number, weight in enumerate(params.style_weights)
    )
    return ImageInputs(
        content_image=pictures["content"],
        styles=tuple(styles),
        init_image=pictures.get("init"),
    )


def _opened(content: bytes, name: str) -> Image.Image:
    slot, _ = slot_and_number(name)
    picture = Image.open(io.BytesIO(content), formats=["PNG", "JPEG"])
    return picture.convert("L" if slot in _MASKS else "RGB")
