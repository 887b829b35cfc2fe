"""The JSON of `/v1/capabilities`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.contract.failures import FailureCode
from app.contract.kinds.image.capabilities import PictureFacts, PictureLimits
from app.contract.messages.events import EventKind
from app.contract.messages.webhooks import WebhookEvent
from app.contract.priorities import Priority
from app.problems import ProblemCode


class SpanView(BaseModel):
    """What a number of seconds may be."""

    min: Annotated[int, Field(description="The least.")]
    max: Annotated[int, Field(description="The most.")]
    default: Annotated[int, Field(description="If nothing is said.")]


class LimitsView(PictureLimits):
    """Every bound that a client can meet."""

    model_config = ConfigDict(frozen=True)

    max_body_bytes: Annotated[int, Field(description="Of a whole request.")]
    max_image_bytes: Annotated[int, Field(description="Of one picture's file.")]
    max_image_pixels: Annotated[
        int, Field(description="Width times height, whatever the format.")
    ]
    max_image_pixels_by_type: Annotated[
        dict[str, int],
        Field(
            description="The same by media type: formats that take less memory may "
            "have more. HEIC and AVIF of more than 8 bits may have fewer."
        ),
    ]
    min_image_side_px: Annotated[int, Field(description="Of a picture's shorter side.")]
    max_image_aspect: Annotated[float, Field(description="Long over short side.")]
    max_batch_jobs: Annotated[int, Field(description="Photographs times paintings.")]
    queue_limit: Annotated[int, Field(description="So many jobs may wait.")]
    max_active_jobs: Annotated[
        int,
        Field(description="Unfinished ones of an API key; without keys any number."),
    ]
    max_wait_seconds: Annotated[int, Field(description="The most of `Prefer: wait`.")]
    ttl_seconds: Annotated[SpanView, Field(description="How long pictures are kept.")]


class FormatsView(BaseModel):
    """Media types of files."""

    input: Annotated[
        list[str], Field(description="Accepted, told by their first bytes.")
    ]
    output: Annotated[list[str], Field(description="`Accept` chooses among them.")]


class SlotView(BaseModel):
    """A named place for files of a job."""

    name: Annotated[str, Field(description="The field of a form.", examples=["style"])]
    plural: Annotated[
        str | None,
        Field(description="What JSON calls the list; null where there is one at most."),
    ]
    noun: Annotated[str, Field(description="What people call what is in it.")]
    description: Annotated[str, Field(description="For those who send it.")]
    media_types: Annotated[list[str], Field(description="Accepted.")]
    endings: Annotated[
        list[str], Field(description="Of the names of such files, in small letters.")
    ]
    least: Annotated[int, Field(description="So many there must be.")]
    most: Annotated[int, Field(description="So many there may be.")]
    library_field: Annotated[
        str | None, Field(description="Of a form, naming paintings of the library.")
    ]
    each_of: Annotated[
        str | None,
        Field(
            description="The k-th belongs to the k-th of this slot; it may be missing."
        ),
    ]
    over: Annotated[
        str | None,
        Field(description="A mask: the slot of the picture that it lies over."),
    ]


class KindView(BaseModel):
    """What this service can do of one kind of job; further members are the kind's."""

    model_config = ConfigDict(extra="allow")

    params_schema: Annotated[
        dict[str, JsonValue],
        Field(description="JSON Schema (2020-12) of a job's `params`."),
    ]
    controls_schema: Annotated[
        dict[str, JsonValue],
        Field(description="Likewise of what may change while a job is painted."),
    ]
    formats: FormatsView
    slots: Annotated[
        list[SlotView], Field(description="The files that a job is made from.")
    ]
    limits: Annotated[
        dict[str, JsonValue], Field(description="Those of this kind alone.")
    ]
    unit: Annotated[str, Field(description="What `progress.step` counts.")]
    files: Annotated[
        list[str], Field(description="What a job may make besides its result.")
    ]
    draws_views: Annotated[
        bool,
        Field(
            description="Whether `?validate_only=true` shows what a job would look at."
        ),
    ]
    workers: Annotated[
        int | None,
        Field(description="Live ones that can do it, when this was made, if known."),
    ]


class CapabilitiesView(PictureFacts):
    """What this service can do, made from the tables that its code obeys.

    What `kinds` tells of the default kind stands beside it, too.
    """

    object: Literal["capabilities"] = "capabilities"
    version: Annotated[str, Field(description="Of the service.", examples=["0.1.0"])]
    kinds: Annotated[
        dict[str, KindView], Field(description="Kinds of jobs; the first is default.")
    ]
    limits: LimitsView
    formats: FormatsView
    priorities: Annotated[
        list[Priority], Field(description="Those that a job may have, rising.")
    ]
    params_schema: Annotated[
        dict[str, JsonValue],
        Field(description="JSON Schema (2020-12) of a job's `params`."),
    ]
    events: Annotated[
        list[EventKind], Field(description="Kinds of server-sent events.")
    ]
    webhook_events: Annotated[
        list[WebhookEvent], Field(description="What a webhook may tell.")
    ]
    failure_codes: Annotated[
        list[FailureCode], Field(description="In `error.code` of a failed job.")
    ]
    problem_codes: Annotated[
        list[ProblemCode], Field(description="In `code` of an error.")
    ]
    scopes: Annotated[list[str], Field(description="What an API key may allow.")]
    url_inputs: Annotated[
        bool, Field(description="Whether pictures may be named by their URLs.")
    ]
