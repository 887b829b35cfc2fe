"""Brings a job's pictures from the store to the press, in the modes the press wants."""

import io

from PIL import Image

from app.contract.inputs import Inputs, input_name, slot_and_number
from app.contract.kinds.image.kind import IMAGE
from app.contract.kinds.image.parameters import ResolvedParameters
from app.contract.wire import upload_key
from worker.press import Originals, StyleOriginal
from worker.storage import Readable

_MASKS = frozenset(slot.name for slot in IMAGE.slots if slot.is_mask)


def fetch_originals(
    blobs: Readable, inputs: Inputs, params: ResolvedParameters
) -> Originals:
    """Return the pictures that the job names.

    Raises:
        BlobNotFoundError: One is not stored any more.
    """
    pictures = {
        name: _opened(blobs.get(upload_key(each.sha256)), name)
        for name, each in inputs.items()
    }
    styles = (
        StyleOriginal(
            image=pictures[input_name("style", number)],
            weight=weight,
            mask=pictures.get(input_name("mask", number)),
            style_mask=pictures.get(input_name("style_mask", number)),
        )
        for number, weight in enumerate(params.style_weights)
    )
    return Originals(
        content_image=pictures["content"],
        styles=tuple(styles),
        start_image=pictures.get("init"),
    )


def _opened(content: bytes, name: str) -> Image.Image:
    slot, _ = slot_and_number(name)
    picture = Image.open(io.BytesIO(content), formats=["PNG", "JPEG"])
    return picture.convert("L" if slot in _MASKS else "RGB")
