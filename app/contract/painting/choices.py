"""The words that a client may choose from; what each one does is told in the fields."""

from enum import StrEnum


class Preset(StrEnum):
    """How much time a picture may take."""

    DRAFT = "draft"
    STANDARD = "standard"
    HIGH = "high"


#: Optimizer steps over all scales; `ladder` shares them out.
STEPS_OF_PRESET: dict[Preset, int] = {
    Preset.DRAFT: 100,
    Preset.STANDARD: 250,
    Preset.HIGH: 800,
}

#: For people who choose.
DESCRIPTION_OF_PRESET: dict[Preset, str] = {
    Preset.DRAFT: "A first impression: few steps, on half as many scales.",
    Preset.STANDARD: "What a job gets that does not choose.",
    Preset.HIGH: "Over three times the steps of `standard`, on as many scales.",
}


class FastPreset(StrEnum):
    """How much time a picture of the fast engine may take."""

    INSTANT = "instant"
    QUICK = "quick"


#: Optimizer steps at full size, after the one pass of the network.
STEPS_OF_FAST_PRESET: dict[FastPreset, int] = {
    FastPreset.INSTANT: 0,
    FastPreset.QUICK: 20,
}


class FastNetwork(StrEnum):
    """Which network of the fast engine repaints."""

    #: The style's own where it has one, else that for any painting.
    AUTO = "auto"
    PACK = "pack"
    ARBITRARY = "arbitrary"


#: What a worker offers that has the network for any painting.
FAST_NETWORK = FastNetwork.ARBITRARY.value


class StyleLoss(StrEnum):
    """Which distance between style statistics is minimized."""

    WASSERSTEIN = "wasserstein"
    GRAM = "gram"
    MEAN_STD = "mean_std"
    NEAREST = "nearest"
    OPTIMAL_TRANSPORT = "optimal_transport"

    @property
    def matches(self) -> bool:
        """Whether it compares places with places, not only all of them together."""
        return self in {StyleLoss.NEAREST, StyleLoss.OPTIMAL_TRANSPORT}


class Guidance(StrEnum):
    """Which places of a painting a place of the picture may be matched with."""

    NONE = "none"
    AUTO = "auto"


class ContentLoss(StrEnum):
    """What of the photograph is kept: each place's look, or how places compare."""

    FEATURES = "features"
    SELF_SIMILARITY = "self_similarity"


class Keep(StrEnum):
    """What of the photograph stays closer to it than the rest."""

    NONE = "none"
    PERSON = "person"
    FACE = "face"
    #: What the file `keep_mask` says.
    MASK = "mask"


#: The file of a result that shows what was kept.
KEEP_FILE = "keep.png"


class Start(StrEnum):
    """What the optimization starts from."""

    CONTENT = "content"
    NOISE = "noise"
    IMAGE = "image"
    #: The picture of the fast engine.
    FAST = "fast"

    @property
    def is_given(self) -> bool:
        """Whether a picture is there to start from, whoever has made it."""
        return self in {Start.IMAGE, Start.FAST}


class Color(StrEnum):
    """Whose colours the picture has."""

    STYLE = "style"
    CONTENT = "content"
    MATCHED = "matched"


class Pooling(StrEnum):
    """How the network halves its maps."""

    MAX = "max"
    AVERAGE = "average"


class OptimizerName(StrEnum):
    """Which walk goes down the objective."""

    ADAM = "adam"
    LBFGS = "lbfgs"


class LearningRateSchedule(StrEnum):
    """How the learning rate falls over the steps of a rung."""

    CONSTANT = "constant"
    LINEAR = "linear"
    COSINE = "cosine"


class Precision(StrEnum):
    """What the network computes in."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"
    HALF = "half"


class MemoryMode(StrEnum):
    """What is kept between the network's forward and backward pass."""

    AUTO = "auto"
    WHOLE = "whole"
    RECOMPUTE = "recompute"
    #: What `recompute` was called before.
    CHECKPOINT = "checkpoint"
    TILES = "tiles"


class Network(StrEnum):
    """Which network looks at the pictures; the name says the shape or who trained it.

    A `vit_…` is VGG19 together with a vision transformer, of blocks as many and patches
    as large as the name says; `vit` takes any.
    """

    VGG19 = "vgg19"
    VGG16 = "vgg16"
    VGG19_TORCHVISION = "vgg19_torchvision"
    VGG16_TORCHVISION = "vgg16_torchvision"
    STUDENT_LITE0 = "student_lite0"
    VIT = "vit"
    VIT_SMALL_8 = "vit_small_8"
    VIT_SMALL_16 = "vit_small_16"
    VIT_BASE_8 = "vit_base_8"
    VIT_BASE_16 = "vit_base_16"

    @property
    def is_vit(self) -> bool:
        """Whether a vision transformer looks, too."""
        return self.value.startswith("vit")

    @property
    def is_vgg16(self) -> bool:
        """Whether it has a VGG16's thirteen convolutions and not a VGG19's sixteen."""
        return self in {Network.VGG16, Network.VGG16_TORCHVISION}
