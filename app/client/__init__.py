"""A client of the HTTP API, for programs and for the `impasto` command.

    from app.client import ImpastoClient

    with ImpastoClient("https://impasto.example", api_key="imp_...") as client:
        job = client.submit("photo.jpg", ["painting.jpg"], params={"preset": "draft"})
        for job in client.watch(job.id):
            print(job.status, job.progress and job.progress.fraction)
        client.save(job.id, "pastiche.png")

`AsyncImpastoClient` has the same methods, to be awaited. It knows the contract of the
API only; the service may be on another machine, and torch need not be on this one.
"""

from app.client.clients import AsyncImpastoClient, ImpastoClient
from app.client.connecting import DEFAULT_URL
from app.client.errors import (
    AuthenticationError,
    BatchNotFoundError,
    BusyError,
    ClientError,
    ConflictError,
    FieldRefusal,
    FileError,
    ForbiddenError,
    JobCanceledError,
    JobFailedError,
    JobNotFoundError,
    NotFoundError,
    RefusedError,
    ResultExpiredError,
    ResultNotReadyError,
    ServiceError,
    SettingError,
    StyleNotFoundError,
    UnknownAnswerError,
    UnreachableError,
)
from app.client.events import (
    DoneEvent,
    Event,
    NoEventStreamError,
    PreviewEvent,
    ProgressEvent,
    StatusEvent,
)
from app.client.operations.pictures import File, Picture
from app.client.operations.results import CSV, MEDIA_TYPES, SVG, PreviewImage
from app.client.retries import RetryPolicy
from app.client.shapes import (
    Batch,
    BatchJob,
    Dataset,
    Estimate,
    Job,
    Losses,
    LossPoint,
    Parameters,
    Queue,
    Readiness,
    Spread,
    Style,
    Upload,
    Validation,
)

__all__ = [
    "CSV",
    "DEFAULT_URL",
    "MEDIA_TYPES",
    "SVG",
    "AsyncImpastoClient",
    "AuthenticationError",
    "Batch",
    "BatchJob",
    "BatchNotFoundError",
    "BusyError",
    "ClientError",
    "ConflictError",
    "Dataset",
    "DoneEvent",
    "Estimate",
    "Event",
    "FieldRefusal",
    "File",
    "FileError",
    "ForbiddenError",
    "ImpastoClient",
    "Job",
    "JobCanceledError",
    "JobFailedError",
    "JobNotFoundError",
    "LossPoint",
    "Losses",
    "NoEventStreamError",
    "NotFoundError",
    "Parameters",
    "Picture",
    "PreviewEvent",
    "PreviewImage",
    "ProgressEvent",
    "Queue",
    "Readiness",
    "RefusedError",
    "ResultExpiredError",
    "ResultNotReadyError",
    "RetryPolicy",
    "ServiceError",
    "SettingError",
    "Spread",
    "StatusEvent",
    "Style",
    "StyleNotFoundError",
    "UnknownAnswerError",
    "UnreachableError",
    "Upload",
    "Validation",
]
