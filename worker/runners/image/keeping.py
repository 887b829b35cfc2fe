"""Finds what a job wants to be kept of its photograph."""

from PIL import Image

from app.contract.painting.choices import Keep
from worker.engine import StyleEngine, WeightsError
from worker.engine.feedforward import FastEngine
from worker.engine.keep import Kept
from worker.runners.runner import UnableError


def found_in(
    content_image: Image.Image, keep: Keep, engine: StyleEngine | FastEngine
) -> Kept | None:
    """Return what an engine finds of the photograph; None if it is not asked to look.

    Raises:
        UnableError: This worker lacks the network that finds it.
    """
    if keep not in {Keep.PERSON, Keep.FACE}:
        return None
    try:
        return engine.finder.found(content_image, keep)
    except WeightsError as error:
        raise UnableError(str(error)) from error
