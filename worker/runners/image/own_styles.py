"""The styles of the network that has 26 of its own, for the library.

Nobody knows their paintings: each is named by what can be seen in its sample, which the
network makes of a photograph of ours (examples/contents/harbour.jpg, CC0-1.0).
"""

import io
from collections.abc import Iterator
from functools import partial
from importlib import resources

from PIL import Image

from worker.engine.feedforward import FastEngine, FastOptions, FastStyle, Pack
from worker.runners.image.tick import finished_picture
from worker.runners.runner import FinishedFile, OwnStyle

_SAMPLE_PX = 256
#: In the network's own order.
_TITLES = (
    "Amber and pale blue haze",
    "Black bars on yellow",
    "Soft pastels over a dark ground",
    "Bold red, blue and black",
    "Warm strokes over crimson",
    "Orange dabs on dark red",
    "Violet with dark dots",
    "Yellow and red over deep blue",
    "White with turquoise lines",
    "Flakes of teal, rose and white",
    "Brown and rust",
    "Gold with brown outlines",
    "Lilac and yellow light",
    "Green and teal contours",
    "Pale blue wash",
    "Pastel cells",
    "Swirls of blue and orange",
    "Red and orange weave",
    "Beige relief",
    "Blue night with yellow lights",
    "Deep red strokes",
    "White, pink and black patches",
    "Grey cells with black lines",
    "Dark shore in a soft light",
    "Waves of pale green and navy",
    "Dark dabs of many colours",
)


def own_styles(engine: FastEngine) -> Iterator[OwnStyle]:
    """Yield them; what takes time is done when it is asked for."""
    for number, title in enumerate(_TITLES):
        info = engine.builtin(number).info
        yield OwnStyle(
            id=f"network_{number + 1:02d}",
            title=title,
            license=info.licence,
            source=info.origin,
            pack=partial(_pack, engine, number),
            sample=partial(_sample, engine, number),
        )


def _named(engine: FastEngine, number: int) -> Pack:
    return engine.builtin(number, _TITLES[number])


def _pack(engine: FastEngine, number: int) -> bytes:
    return _named(engine, number).to_bytes()


def _sample(engine: FastEngine, number: int) -> FinishedFile:
    """Return the photograph, painted."""
    content = resources.files(__package__).joinpath("sample.jpg").read_bytes()
    photograph = Image.open(io.BytesIO(content), formats=["JPEG"])
    style = FastStyle(pack=_named(engine, number))
    picture = engine.stylize(photograph, [style], FastOptions(size_px=_SAMPLE_PX))
    (file,) = finished_picture(picture).values()
    return file
