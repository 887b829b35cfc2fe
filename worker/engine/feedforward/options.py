"""What may be asked of one fast picture; refuses nonsense, knows no network."""

from dataclasses import dataclass
from typing import Annotated

from app.contract.painting.choices import Color, FastNetwork, Keep
from worker.engine.option_checks import Option, check_options
from worker.engine.options import (
    KeepStrength,
    Size,
    StyleScale,
    WhatIsKept,
    WhoseColor,
)


@dataclass(frozen=True, kw_only=True)
class FastOptions:
    """The choices for one fast picture.

    Raises:
        ValueError: a value is out of its range; the message gives both.
    """

    size_px: Size = 512
    network: Annotated[
        FastNetwork,
        Option("pack is the style's own, arbitrary looks at the painting, auto takes "
               "the pack where a style has one"),
    ] = FastNetwork.AUTO  # fmt: skip
    style_strength: Annotated[
        float,
        Option("0 is the photograph, 0.5 the network's picture, mixed pixel by pixel "
               "between them; above, the photograph is given a faint "
               "texture of the painting before, so that empty places fill; without a "
               "painting, one of the picture's own in twice the time", 0, 1),
    ] = 0.5  # fmt: skip
    style_scale: StyleScale = 1.0
    color: WhoseColor = Color.STYLE
    keep: WhatIsKept = Keep.NONE
    keep_strength: KeepStrength = 0.7

    def __post_init__(self) -> None:
        check_options(self)
