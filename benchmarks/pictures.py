"""The pair that every measurement uses: ours, so that anybody can repeat it."""

from functools import cache
from pathlib import Path

from PIL import Image

_EXAMPLES = Path(__file__).parents[1] / "examples"


@cache
def content_picture() -> Image.Image:
    """Return the rendered harbour, 4:3."""
    return Image.open(_EXAMPLES / "contents/harbour.jpg").convert("RGB")


@cache
def style_picture() -> Image.Image:
    """Return the night in thick strokes."""
    return Image.open(_EXAMPLES / "styles/night.jpg").convert("RGB")
