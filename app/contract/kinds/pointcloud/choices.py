"""The words that a client may choose from; what each one does is told in the fields."""

from enum import StrEnum


class CloudPreset(StrEnum):
    """How much time a cloud may take."""

    DRAFT = "draft"
    STANDARD = "standard"
    HIGH = "high"


#: Optimizer steps over all scales, one view a step.
STEPS_OF_PRESET: dict[CloudPreset, int] = {
    CloudPreset.DRAFT: 60,
    CloudPreset.STANDARD: 160,
    CloudPreset.HIGH: 480,
}


class Mode(StrEnum):
    """How it is painted."""

    PAINT = "paint"
    QUICK = "quick"
    PALETTE = "palette"


#: What is read of the parameters in each mode, besides those that all read.
READ_IN_MODE: dict[Mode, frozenset[str]] = {
    Mode.PAINT: frozenset(
        {
            *("preset", "steps", "content_strength", "color", "style_scale"),
            *("smoothness", "split", "changes"),
        }
    ),
    Mode.QUICK: frozenset({"color", "style_scale", "split"}),
    Mode.PALETTE: frozenset(),
}
#: The steps of a palette: directions in which colours are brought in order.
PALETTE_STEPS = 12


class Up(StrEnum):
    """Which way is up in the cloud's coordinates."""

    AUTO = "auto"
    PLUS_X = "+x"
    MINUS_X = "-x"
    PLUS_Y = "+y"
    MINUS_Y = "-y"
    PLUS_Z = "+z"
    MINUS_Z = "-z"


class Harmonics(StrEnum):
    """What becomes of the part of a Gaussian's colour that depends on the view."""

    SCALE = "scale"
    KEEP = "keep"
    DROP = "drop"


class CloudFormat(StrEnum):
    """What a file is, told by its first bytes and its length."""

    PLY = "ply"
    SPLAT = "splat"
    LAS = "las"
    LAZ = "laz"
    XYZ = "xyz"
    PTS = "pts"
    CSV = "csv"
    NPZ = "npz"


#: What a result is served as.
MEDIA_TYPES: dict[CloudFormat, str] = {
    CloudFormat.PLY: "model/x-ply",
    CloudFormat.SPLAT: "model/x-splat",
    CloudFormat.LAS: "model/x-las",
    CloudFormat.LAZ: "model/x-laz",
    # Names of files do not tell these apart, so they are served alike.
    CloudFormat.XYZ: "text/plain",
    CloudFormat.PTS: "text/plain",
    CloudFormat.CSV: "text/plain",
    CloudFormat.NPZ: "application/x-npz",
}
#: Of cameras that were sent, in whatever form.
CAMERAS_TYPE = "application/json"
CLOUD_TYPES = tuple(dict.fromkeys(MEDIA_TYPES.values()))
