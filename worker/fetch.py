"""Brings a job's pictures from the store to the press, in the modes the press wants."""

import io
from itertools import zip_longest
from typing import Literal

from PIL import Image

from app.contract.jobs import InputImage, Job
from app.contract.wire import upload_key
from worker.press import Originals, StyleOriginal
from worker.storage import Readable


def fetch_originals(blobs: Readable, job: Job) -> Originals:
    """Return the pictures that the job names.

    Raises:
        BlobNotFoundError: One is not stored any more.
    """

    def fetched(image: InputImage, mode: Literal["RGB", "L"] = "RGB") -> Image.Image:
        content = blobs.get(upload_key(image.sha256))
        return Image.open(io.BytesIO(content), formats=["PNG", "JPEG"]).convert(mode)

    def mask(image: InputImage | None) -> Image.Image | None:
        return None if image is None else fetched(image, "L")

    given = job.input
    # There may be fewer masks than paintings, but a weight for each.
    rows = zip_longest(given.styles, given.masks, given.style_masks)
    return Originals(
        content_image=fetched(given.content),
        styles=tuple(
            StyleOriginal(
                image=fetched(style),
                weight=weight,
                mask=mask(over_content),
                style_mask=mask(over_style),
            )
            for (style, over_content, over_style), weight in zip(
                rows, job.params.style_weights, strict=True
            )
        ),
        start_image=None if given.init is None else fetched(given.init),
    )
