"""The engines of pictures, and the only list of them."""

from app.contract.engines import Engines
from app.contract.kinds.image.fast import FastParameters
from app.contract.kinds.image.parameters import StyleTransferParameters

ENGINES: Engines = {"optimize": StyleTransferParameters, "fast": FastParameters}
