"""Finds what a job wants to be kept, with networks that are read once."""

from pathlib import Path

from PIL import Image

from app.contract.painting.choices import Keep
from worker.engine.images import upright_rgb
from worker.engine.keep.found import Kept, kept_in
from worker.engine.keep.graph import Graph
from worker.engine.keep.weights import load_finder


class KeepFinder:
    """The networks that find people and faces, each read when it is first needed.

    Args:
        cache_dir: where their files are; the user's cache by default.
    """

    def __init__(self, cache_dir: Path | str | None = None) -> None:
        self._cache_dir = Path(cache_dir) if cache_dir else None
        self._networks: dict[Keep, Graph] = {}

    def found(self, content_image: Image.Image, keep: Keep) -> Kept:
        """Return what of a content is people or faces.

        Raises:
            WeightsError: the network that finds them is not here.
        """
        if keep not in self._networks:
            self._networks[keep] = load_finder(keep, self._cache_dir)
        return kept_in(keep, upright_rgb(content_image), self._networks[keep])

    def mask(
        self, content_image: Image.Image, keep: Keep, given: Image.Image | None
    ) -> Image.Image | None:
        """Return what of a content is kept, white; None for nothing.

        Raises:
            ValueError: a mask is given and not asked for, or the other way round.
            WeightsError: as `found`.
        """
        if keep in {Keep.PERSON, Keep.FACE}:
            return given or self.found(content_image, keep).mask
        if (keep is Keep.MASK) != (given is not None):
            raise ValueError(
                f"keep is {keep.value!r}, and {'no' if given is None else 'a'} mask of "
                "what to keep was given"
            )
        return given
