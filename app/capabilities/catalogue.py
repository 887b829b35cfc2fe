"""Gathers what the service can do from the tables that its code obeys.

Nothing is written down a second time: a bound that changes is told as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.capabilities.views import (
    CapabilitiesView,
    FormatsView,
    LimitsView,
    PresetsView,
    PresetView,
    SpanView,
)
from app.contract.batches import MAX_BATCH_JOBS
from app.contract.events import EventKind
from app.contract.failures import FailureCode
from app.contract.jobs import DEFAULT_TTL_S, MAX_TTL_S, MIN_TTL_S
from app.contract.keys import ALL_SCOPES
from app.contract.kinds.image.choices import (
    DESCRIPTION_OF_PRESET,
    STEPS_OF_PRESET,
    Network,
    Preset,
)
from app.contract.kinds.image.kind import ALGORITHM
from app.contract.kinds.image.layers import layers_of
from app.contract.kinds.image.limits import (
    MAX_SIZE_PX,
    MAX_STEPS,
    MAX_STYLES,
    MIN_SIZE_PX,
)
from app.contract.kinds.image.parameters import StyleTransferParameters
from app.contract.priorities import Priority
from app.contract.webhooks import WebhookEvent
from app.intake import ImageKind, IntakeRules
from app.problems import PROBLEMS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OUTPUT_TYPES = ("image/png", "image/jpeg", "image/webp", "image/avif")


@dataclass(frozen=True, kw_only=True)
class ServiceFacts:
    """What an operator has set, and which release this is.

    Attributes:
        version: of the service.
        networks: those that a job may ask for.
        intake: what a picture may measure.
        max_body_bytes: of a whole request.
        queue_limit: so many jobs may wait.
        max_active_jobs: unfinished ones of one API key.
        max_wait_s: the most that `Prefer: wait` gets.
        url_inputs: whether pictures are fetched.
    """

    version: str
    networks: Sequence[Network]
    intake: IntakeRules
    max_body_bytes: int
    queue_limit: int
    max_active_jobs: int
    max_wait_s: int
    url_inputs: bool


def capabilities_of(facts: ServiceFacts) -> CapabilitiesView:
    """Return all that a client may want to know before it sends anything."""
    return CapabilitiesView(
        version=facts.version,
        algorithm=ALGORITHM,
        limits=_limits(facts),
        formats=FormatsView(
            input=[name for kind in ImageKind for name in kind.media_types],
            output=[*_OUTPUT_TYPES],
        ),
        layers={network: [*layers_of(network)] for network in facts.networks},
        networks=[*facts.networks],
        presets=presets().data,
        priorities=[*Priority],
        params_schema=_params_schema(facts.networks),
        events=[*EventKind],
        webhook_events=[*WebhookEvent],
        failure_codes=[*FailureCode],
        problem_codes=[*PROBLEMS],
        scopes=sorted(ALL_SCOPES),
        url_inputs=facts.url_inputs,
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


def _limits(facts: ServiceFacts) -> LimitsView:
    intake = facts.intake
    return LimitsView(
        max_body_bytes=facts.max_body_bytes,
        max_image_bytes=intake.max_bytes,
        max_image_pixels=intake.max_pixels,
        max_image_pixels_by_type={
            name: intake.max_pixels_of(kind)
            for kind in ImageKind
            for name in kind.media_types
        },
        min_image_side_px=intake.min_side_px,
        max_image_aspect=intake.max_aspect,
        max_styles=MAX_STYLES,
        min_size=MIN_SIZE_PX,
        max_size=MAX_SIZE_PX,
        max_steps=MAX_STEPS,
        max_batch_jobs=MAX_BATCH_JOBS,
        queue_limit=facts.queue_limit,
        max_active_jobs=facts.max_active_jobs,
        max_wait_seconds=facts.max_wait_s,
        ttl_seconds=SpanView(min=MIN_TTL_S, max=MAX_TTL_S, default=DEFAULT_TTL_S),
    )


# Any: a JSON Schema has no type of its own.
def _params_schema(networks: Sequence[Network]) -> dict[str, Any]:
    """Return the parameters' schema, with those networks that may be asked for."""
    schema = StyleTransferParameters.model_json_schema()
    schema["$defs"]["Network"]["enum"] = [str(network) for network in networks]
    return {"$schema": _DIALECT, **schema}
