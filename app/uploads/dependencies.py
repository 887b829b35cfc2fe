"""What the handlers of uploads work with; `app.main` sets one up."""

from dataclasses import dataclass
from typing import Annotated

from anyio import CapacityLimiter
from fastapi import Depends

from app.http.services import dependency
from app.uploads.uploads import Uploads


@dataclass(frozen=True, kw_only=True)
class UploadDependencies:
    """The uploads, and how many arrive at once."""

    uploads: Uploads
    places: CapacityLimiter
    #: Another one waits so long for its turn.
    patience_s: float


TheUploadDependencies = Annotated[
    UploadDependencies, Depends(dependency(UploadDependencies))
]
