"""The words that a user may choose from; each is explained where it is obeyed."""

from enum import StrEnum


class Preset(StrEnum):
    """How much time a picture may take; `schedule` says what each one does."""

    DRAFT = "draft"
    STANDARD = "standard"
    HIGH = "high"


class StyleLoss(StrEnum):
    """Which distance between style statistics is minimized; `losses` has each."""

    WASSERSTEIN = "wasserstein"
    GRAM = "gram"
    MEAN_STD = "mean_std"


class Start(StrEnum):
    """What the optimization starts from."""

    CONTENT = "content"
    NOISE = "noise"
    IMAGE = "image"


class Color(StrEnum):
    """Whose colours the picture has; `colors` says how."""

    STYLE = "style"
    CONTENT = "content"
    MATCHED = "matched"


class Pooling(StrEnum):
    """How the network halves its maps."""

    MAX = "max"
    AVERAGE = "average"


class OptimizerName(StrEnum):
    """Which optimizer moves the picture; `painting.optimizers` has both."""

    ADAM = "adam"
    LBFGS = "lbfgs"


class LearningRateSchedule(StrEnum):
    """How the learning rate falls over the steps of a rung."""

    CONSTANT = "constant"
    LINEAR = "linear"
    COSINE = "cosine"


class Precision(StrEnum):
    """What the network computes in; statistics and the picture are float32 always.

    `FLOAT16` keeps the first convolution in float32; with `HALF` the whole network
    is float16, the first convolution too.
    """

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"
    HALF = "half"


class MemoryMode(StrEnum):
    """What is kept between the network's forward and backward pass.

    `WHOLE` keeps all feature maps; `RECOMPUTE` keeps one map a block and computes the
    others again; `TILES` works on one tile at a time. `AUTO` takes the first that fits.
    """

    AUTO = "auto"
    WHOLE = "whole"
    RECOMPUTE = "recompute"
    TILES = "tiles"

    @classmethod
    def _missing_(cls, value: object) -> "MemoryMode | None":
        """Understand the name that `recompute` had before."""
        return cls.RECOMPUTE if value == "checkpoint" else None
