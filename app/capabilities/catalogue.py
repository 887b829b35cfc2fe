"""Gathers what the service can do from the tables that its code obeys.

Nothing is written down a second time: a bound that changes is told as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from app.capabilities.views import (
    CapabilitiesView,
    FormatsView,
    KindView,
    LimitsView,
    SlotView,
    SpanView,
)
from app.contract.batches import MAX_BATCH_JOBS
from app.contract.commands import changeable_of, controls_schema
from app.contract.failures import FailureCode
from app.contract.inputs import Input, input_name
from app.contract.jobs import DEFAULT_TTL_S, MAX_TTL_S, MIN_TTL_S
from app.contract.keys import ALL_SCOPES
from app.contract.kind import AnyKind, Kinds
from app.contract.kinds.pointcloud.choices import CAMERAS_TYPE, CLOUD_TYPES
from app.contract.messages.events import EventKind
from app.contract.messages.webhooks import WebhookEvent
from app.contract.priorities import Priority
from app.contract.slots import Medium, Slot, sent_slots
from app.intake import ImageKind, IntakeRules
from app.intake.videos.containers import CONTAINERS
from app.problems import PROBLEMS

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_INPUT_TYPES = {
    Medium.PICTURE: [name for kind in ImageKind for name in kind.media_types],
    Medium.VIDEO: [each.media_type for each in CONTAINERS],
    Medium.POINTCLOUD: [*CLOUD_TYPES],
    Medium.CAMERAS: [CAMERAS_TYPE, "text/plain"],
    Medium.ANY: ["*/*"],
}
#: What a kind that is asked what may change must know: that it is there.
_ANY_INPUT = Input(media_type="application/octet-stream", sha256="")
_PICTURE_ENDINGS = [".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif", ".hif"]


@dataclass(frozen=True, kw_only=True)
class ServiceFacts:
    """What an operator has set, and which release this is.

    Attributes:
        version: of the service.
        kinds: those that a job may be of.
        networks: those that a job may ask for.
        withheld: engines that this service does not have.
        intake: what a picture may measure.
        max_body_bytes: of a whole request.
        queue_limit: so many jobs may wait.
        max_active_jobs: unfinished ones of one API key.
        max_wait_s: the most that `Prefer: wait` gets.
        url_inputs: whether pictures are fetched.
    """

    version: str
    kinds: Kinds
    networks: Sequence[str]
    withheld: frozenset[str]
    intake: IntakeRules
    max_body_bytes: int
    queue_limit: int
    max_active_jobs: int
    max_wait_s: int
    url_inputs: bool


def capabilities_of(
    facts: ServiceFacts, workers: Mapping[str, int] | None
) -> CapabilitiesView:
    """Return all that a client may want to know before it sends anything.

    Args:
        facts: of the service.
        workers: how many live ones can do a kind, by its name; None if nobody knows.
    """
    kinds = {kind.name: _kind_view(kind, facts, workers) for kind in facts.kinds}
    default = facts.kinds.default
    told = kinds[default.name]
    return CapabilitiesView(
        **default.facts(facts.networks).model_dump(),
        version=facts.version,
        kinds=kinds,
        limits=_limits(facts, default.limits),
        formats=told.formats,
        params_schema=_params_schema(default.sent, facts.networks),
        priorities=[*Priority],
        events=[*EventKind],
        webhook_events=[*WebhookEvent],
        failure_codes=[*FailureCode],
        problem_codes=[*PROBLEMS],
        scopes=sorted(ALL_SCOPES),
        url_inputs=facts.url_inputs,
    )


def _kind_view(
    kind: AnyKind, facts: ServiceFacts, workers: Mapping[str, int] | None
) -> KindView:
    media = dict.fromkeys(slot.medium for slot in sent_slots(kind.slots))
    return KindView(
        **kind.facts(facts.networks).model_dump(mode="json"),
        params_schema=_schema_by_engine(kind, facts),
        controls_schema={"$schema": _DIALECT, **_controls_schema(kind)},
        formats=FormatsView(
            input=[each for medium in media for each in _INPUT_TYPES[medium]],
            output=[*kind.result_types],
        ),
        slots=[_slot_view(slot) for slot in sent_slots(kind.slots)],
        limits=kind.limits.model_dump(mode="json"),
        unit=kind.unit,
        files=[*kind.files],
        draws_views=kind.survey_module is not None,
        workers=None if workers is None else workers[kind.name],
    )


# Any: a JSON Schema has no type of its own.
def _controls_schema(kind: AnyKind) -> dict[str, Any]:
    """Return that of a job of the default engine with all the files it may have."""
    inputs = {
        input_name(slot.name, number if slot.plural else None): _ANY_INPUT
        for slot in kind.slots
        if slot.least
        for number in range(slot.most)
    }
    params = kind.resolve(kind.sent(), inputs)
    return controls_schema(kind, changeable_of(kind, params, inputs))


def _slot_view(slot: Slot) -> SlotView:
    of_medium = _PICTURE_ENDINGS if slot.medium is Medium.PICTURE else ()
    return SlotView(
        name=slot.name,
        plural=slot.plural,
        noun=slot.noun,
        description=slot.description,
        media_types=_INPUT_TYPES[slot.medium],
        endings=[*(slot.endings or of_medium)],
        least=slot.least,
        most=slot.most,
        library_field=slot.library_field,
        each_of=slot.each_of,
        over=slot.over,
    )


def _limits(facts: ServiceFacts, of_kind: BaseModel) -> LimitsView:
    intake = facts.intake
    return LimitsView(
        **of_kind.model_dump(),
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
        max_batch_jobs=MAX_BATCH_JOBS,
        queue_limit=facts.queue_limit,
        max_active_jobs=facts.max_active_jobs,
        max_wait_seconds=facts.max_wait_s,
        ttl_seconds=SpanView(min=MIN_TTL_S, max=MAX_TTL_S, default=DEFAULT_TTL_S),
    )


# Any: a JSON Schema has no type of its own.
def _schema_by_engine(kind: AnyKind, facts: ServiceFacts) -> dict[str, Any]:
    """Return the schema of what is sent, or a choice of those of the engines."""
    engines = {n: each for n, each in kind.engines.items() if n not in facts.withheld}
    if len(engines) < 2:
        return _params_schema(kind.sent, facts.networks)
    found = [_params_schema(each, facts.networks) for each in engines.values()]
    definitions: dict[str, Any] = {}
    for schema in found:
        definitions |= schema.pop("$defs", {})
    return {"$schema": found[0]["$schema"], "oneOf": found, "$defs": definitions}


def _params_schema(model: type[BaseModel], networks: Sequence[str]) -> dict[str, Any]:
    """Return a model's schema, with those networks that may be asked for."""
    schema = model.model_json_schema()
    if "Network" in schema.get("$defs", {}):
        schema["$defs"]["Network"]["enum"] = [str(network) for network in networks]
    return {"$schema": _DIALECT, **schema}
