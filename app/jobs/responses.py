"""What the OpenAPI document says of the answers about jobs that there are already."""

from typing import Any

from app.contract.messages.events import EventKind
from app.contract.views.jobs import JobView
from app.http.openapi.kind_schemas import RESULT_TYPES
from app.http.openapi.parts import FILE, RETRY_AFTER, answer, header
from app.http.openapi.schema import Responses, problem_responses
from app.problems import ProblemCode as Code

# Any: OpenAPI documents are nested dictionaries without a type of their own.
_Part = dict[str, Any]


ETAG = header("The job's revision.", examples=['W/"41"'])
CONTROLS_ETAG = header("The revision of the controls.", examples=['"3"'])
_FILE_ETAG = header("Of these very bytes.")
_VARY = header("The answer depends on `Accept`.")
_ACCEPT_RANGES = header("Parts may be asked for.", examples=["bytes"])
_CONTENT_RANGE = header("Which part of how many.", examples=["bytes 0-99/65536"])
_DISPOSITION = header("Shown or saved, and under which name.")
_APPLIED = header("The wait that was granted.", examples=["wait=30"])


def _file_responses(
    what: str,
    content: _Part,
    *problems: Code,
    told: str = "",
    headers: _Part = {},  # noqa: B006  # nobody changes it
) -> Responses:
    """Return the `responses` of an operation that sends a file, whole or in part."""
    headers = {"ETag": _FILE_ETAG, "Accept-Ranges": _ACCEPT_RANGES, **headers}
    part = {"ETag": _FILE_ETAG, "Content-Range": _CONTENT_RANGE}
    return {
        **problem_responses(*_FILE_PROBLEMS, *problems),
        200: {"description": told, "content": content, "headers": headers},
        206: {
            "description": "The part that `Range` asked for.",
            "content": content,
            "headers": part,
        },
        304: answer(f"The client has the {what} already."),
    }


_JOB_PROBLEMS = (Code.JOB_NOT_FOUND, Code.BROKER_UNAVAILABLE)
_EARLY_END_PROBLEMS = (
    *_JOB_PROBLEMS,
    Code.JOB_FINISHED,
    Code.STORAGE_UNAVAILABLE,
    Code.STORAGE_FULL,
)
_FILE_PROBLEMS = (
    *_JOB_PROBLEMS,
    Code.NOT_ACCEPTABLE,
    Code.RANGE_NOT_SATISFIABLE,
    Code.STORAGE_UNAVAILABLE,
)

LIST_RESPONSES: Responses = {
    **problem_responses(
        Code.INVALID_VALUE,
        Code.OUT_OF_RANGE,
        Code.UNKNOWN_KIND,
        Code.BROKER_UNAVAILABLE,
    ),
    200: answer(
        "A page of the caller's jobs.",
        {"Link": header("To the next page, `rel=next`, if there is one.")},
    ),
}
_STATE = {"Retry-After": RETRY_AFTER, "ETag": ETAG}
_LOOK = {**_STATE, "Preference-Applied": _APPLIED}
FETCH_RESPONSES: Responses = {
    **problem_responses(*_JOB_PROBLEMS),
    200: answer("The job, whatever its state.", _LOOK),
    304: answer(
        "Nothing has changed since `If-None-Match`; with `Prefer: "
        "wait=n`, not for so long.",
        _LOOK,
    ),
}

_STREAM_EXAMPLE = """\
retry: 3000

event: status
data: {"id": "job_0f3c9a5d2b7e4c1f8a6d3e2b1c0f9a8d", "status": "processing",
data:  "revision": 40, "attempt": 1, "queue": {"position": null},
data:  "progress": null, "cancel_requested_at": null}
id: 1784023451123-0

event: preview
data: {"step": 200, "url": "http://localhost:8000/v1/jobs/job_0f3c/preview?step=200"}
id: 1784023451789-0

: ping

"""
#: Of one event: OpenAPI 3.1 has no word for the items of a stream, and readers take the
#: schema of this media type for theirs.
_EVENT = {
    "type": "object",
    "description": "One event of the stream.",
    "required": ["event", "data", "id"],
    "properties": {
        "id": {"type": "string", "description": "For `Last-Event-ID`."},
        "event": {
            "type": "string",
            "enum": [str(kind) for kind in EventKind],
            "description": "What happened.",
        },
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "A JSON object, by the kind of event.",
        },
    },
}
EVENTS_RESPONSES: Responses = {
    **problem_responses(*_JOB_PROBLEMS),
    200: {
        "description": "`status` (how the job stands: the first event, unless "
        "`Last-Event-ID` is still known), `progress` (the job's `progress` with its "
        "`revision`), `preview` (`step`, `url`) and `done` (the whole job; the stream "
        "ends). A comment every 15 s; after 10 minutes the stream ends and the client "
        "comes again.",
        "content": {
            "text/event-stream": {
                "schema": _EVENT,
                "example": _STREAM_EXAMPLE,
            }
        },
    },
}

_NO_RESULT = (
    Code.RESULT_NOT_READY,
    Code.JOB_CANCELED,
    Code.JOB_FAILED,
    Code.RESULT_EXPIRED,
)
#: In its place stand then the media types of all kinds' results.
_RESULTS = {RESULT_TYPES: {"schema": FILE}}
_NAMED = {"Vary": _VARY, "Content-Disposition": _DISPOSITION}
_REDIRECT: Responses = {
    307: answer(
        "The file as it is stored is to be fetched from the object "
        "storage, without a key; only where an operator has turned download redirects "
        "on, and never with `?proxy=1`.",
        {"Location": header("Opens the file for some minutes.")},
    ),
}
RESULT_RESPONSES: Responses = {
    **_file_responses(
        "picture",
        _RESULTS,
        *_NO_RESULT,
        Code.INVALID_VALUE,
        Code.OUT_OF_RANGE,
        told="The picture, with sRGB's profile. The PNG is the one that the job's "
        "`result` describes; its ETag is the SHA-256 of its bytes.",
        headers=_NAMED,
    ),
    **_REDIRECT,
}
FILES_RESPONSES: Responses = {
    **problem_responses(*_JOB_PROBLEMS, *_NO_RESULT),
    200: answer("What the job has made besides its result."),
}
FILE_RESPONSES: Responses = {
    **_file_responses(
        "file",
        {"*/*": {"schema": FILE}},
        *_NO_RESULT,
        Code.FILE_NOT_FOUND,
        Code.INVALID_VALUE,
        told="The file; its ETag is the SHA-256 of its bytes.",
        headers=_NAMED,
    ),
    **_REDIRECT,
}
PREVIEW_RESPONSES: Responses = _file_responses(
    "preview",
    {"image/jpeg": {"schema": FILE}},
    Code.PREVIEW_NOT_FOUND,
    Code.INVALID_VALUE,
    Code.OUT_OF_RANGE,
    told="The preview.",
    headers={"X-Step": header("The step that it shows.", type_="integer", minimum=0)},
)
PREVIEWS_RESPONSES: Responses = problem_responses(*_JOB_PROBLEMS)
INPUT_RESPONSES: Responses = _file_responses(
    "picture",
    {"image/png": {"schema": FILE}},
    Code.INPUT_NOT_FOUND,
    Code.RESULT_EXPIRED,
    told="The picture as the job uses it: upright sRGB, no metadata.",
)
_CSV_EXAMPLE = (
    "step,scale,total,content,style,tv\r\n210,2,8123.4,901.2,7102.1,120.1\r\n"
)
LOSSES_RESPONSES: Responses = {
    **problem_responses(*_JOB_PROBLEMS, Code.NOT_ACCEPTABLE, Code.INVALID_VALUE),
    200: {
        "description": "The curve: objects, a table with a head row, or a drawing.",
        "content": {
            "text/csv": {"schema": {"type": "string"}, "example": _CSV_EXAMPLE},
            "image/svg+xml": {"schema": {"type": "string"}},
        },
        "headers": {"ETag": ETAG, "Vary": _VARY, "Retry-After": RETRY_AFTER},
    },
    304: answer("The client has the curve already."),
}

CANCEL_RESPONSES: Responses = {
    **problem_responses(*_EARLY_END_PROBLEMS),
    200: answer("The job is canceled.", {"ETag": ETAG}),
    202: {
        "description": "The job runs and was asked to stop.",
        "model": JobView,
        "headers": _STATE,
    },
}
FINISH_RESPONSES: Responses = {
    **problem_responses(*_EARLY_END_PROBLEMS),
    202: answer("The job was asked to stop and to keep its picture.", _STATE),
}
CONTROLS_EXTRA: _Part = {
    "parameters": [
        {
            "name": "If-Match",
            "in": "header",
            "description": "Change nothing unless the controls are at this revision.",
            "schema": {"type": "string", "examples": ['"3"']},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "minProperties": 1},
                "example": {"style_strength": 0.8},
            }
        },
    },
}
CONTROLS_RESPONSES: Responses = {
    **problem_responses(
        *_JOB_PROBLEMS,
        Code.JOB_FINISHED,
        Code.MALFORMED_BODY,
        Code.UPLOAD_TOO_SLOW,
        Code.UPLOAD_TOO_LARGE,
        Code.UNSUPPORTED_MEDIA_TYPE,
        Code.NOT_CHANGEABLE,
        Code.INVALID_VALUE,
        Code.OUT_OF_RANGE,
        Code.NOT_FINITE,
        Code.PRECONDITION_FAILED,
        Code.STYLE_WEIGHTS_MISMATCH,
        Code.STORAGE_UNAVAILABLE,
        Code.STORAGE_FULL,
    ),
    202: answer(
        "The job was asked to go on with these values.", {"ETag": CONTROLS_ETAG}
    ),
}
LOOK_CONTROLS_RESPONSES: Responses = {
    **problem_responses(*_JOB_PROBLEMS),
    200: answer("How they stand.", {"ETag": CONTROLS_ETAG}),
}
PAUSE_RESPONSES: Responses = {
    **problem_responses(*_EARLY_END_PROBLEMS),
    202: answer("The job is paused, or will be soon.", _STATE),
}
RESUME_RESPONSES: Responses = {
    **problem_responses(*_EARLY_END_PROBLEMS, Code.JOB_NOT_PAUSED),
    202: answer("The job waits for a worker again.", _STATE),
}
DELETE_RESPONSES: Responses = {
    **problem_responses(*_JOB_PROBLEMS, Code.JOB_NOT_FINISHED),
    204: answer("The job is forgotten."),
}
