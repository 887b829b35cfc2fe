"""What the handlers of uploads work with; `app.main` sets one up."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends, Request

from app.uploads.uploads import Uploads


@dataclass(frozen=True, kw_only=True)
class UploadDependencies:
    """The uploads, and how many arrive at once."""

    uploads: Uploads
    places: CapacityLimiter
    #: Another one waits so long for its turn.
    patience_s: float


def _dependencies_of(request: Request) -> UploadDependencies:
    upload_deps: UploadDependencies = request.app.state.upload_deps
    return upload_deps


TheUploadDependencies = Annotated[UploadDependencies, Depends(_dependencies_of)]
