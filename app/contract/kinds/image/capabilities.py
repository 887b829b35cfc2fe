"""What clients are told of picture jobs: bounds, networks and layers, presets."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.painting.choices import (
    DESCRIPTION_OF_PRESET,
    STEPS_OF_PRESET,
    Network,
    Preset,
)
from app.contract.painting.layers import layers_of
from app.contract.painting.limits import (
    MAX_SIZE_PX,
    MAX_STEPS,
    MAX_STYLES,
    MIN_SIZE_PX,
)


class PictureLimits(BaseModel):
    """Every bound of a picture's parameters that is no matter of one alone."""

    max_styles: Annotated[int, Field(description="Paintings of one job.")]
    min_size: Annotated[int, Field(description="Of a result's long side, in pixels.")]
    max_size: Annotated[int, Field(description="Of a result's long side, in pixels.")]
    max_steps: Annotated[int, Field(description="Over all scales.")]


class PresetView(BaseModel):
    """One choice of how much time a picture may take."""

    name: Annotated[Preset, Field(description="What `preset` says.")]
    steps: Annotated[int, Field(description="Optimizer steps over all scales.")]
    description: Annotated[str, Field(description="For people who choose.")]
    is_default: Annotated[
        bool, Field(description="Whether a job gets it that does not choose.")
    ]


class PresetsView(BaseModel):
    """All presets, from quick to slow."""

    data: Annotated[list[PresetView], Field(description="From quick to slow.")]


class PictureFacts(BaseModel):
    """What a client may want to know of pictures besides their parameters' schema."""

    algorithm: Annotated[
        str, Field(description="Pictures of another algorithm differ.")
    ]
    layers: Annotated[
        dict[Network, list[str]],
        Field(description="Layers by network, from shallow to deep."),
    ]
    networks: Annotated[
        list[Network], Field(description="Those that a job may ask for.")
    ]
    presets: Annotated[list[PresetView], Field(description="From quick to slow.")]


PICTURE_LIMITS = PictureLimits(
    max_styles=MAX_STYLES,
    min_size=MIN_SIZE_PX,
    max_size=MAX_SIZE_PX,
    max_steps=MAX_STEPS,
)


def presets() -> PresetsView:
    """Return the presets, from quick to slow."""
    default = StyleTransferParameters().preset
    return PresetsView(
        data=[
            PresetView(
                name=preset,
                steps=STEPS_OF_PRESET[preset],
                description=DESCRIPTION_OF_PRESET[preset],
                is_default=preset is default,
            )
            for preset in Preset
        ]
    )


def picture_facts(algorithm: str, networks: Sequence[str]) -> PictureFacts:
    """Return the facts of a service that offers these networks."""
    offered = [Network(name) for name in networks]
    return PictureFacts(
        algorithm=algorithm,
        layers={network: [*layers_of(network)] for network in offered},
        networks=offered,
        presets=presets().data,
    )
