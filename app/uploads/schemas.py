"""An upload as clients see it."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.contract.uploads import Upload


class UploadView(BaseModel):
    """An upload; of a whole one also what was found in it, by the medium's name."""

    model_config = ConfigDict(extra="allow")

    id: Annotated[str, Field(examples=["upl_2f8c1d0b7a6e4f5c9b3a1d2e3f405162"])]
    object: Literal["upload"] = "upload"
    offset: Annotated[int, Field(ge=0, description="So many bytes have arrived.")]
    complete: Annotated[bool, Field(description="Whether nothing follows.")]
    bytes: Annotated[
        int | None, Field(description="How long it is; null while it is not complete.")
    ]
    sha256: Annotated[
        str | None, Field(description="Of all bytes; null while it is not complete.")
    ]
    media_type: Annotated[str, Field(examples=["video/mp4"])]
    expires_at: Annotated[
        datetime, Field(description="It is deleted then, unless a job names it.")
    ]

    @classmethod
    def of(cls, upload: Upload) -> "UploadView":
        """Return what a client may know of an upload."""
        return cls(
            id=upload.id,
            offset=upload.size_bytes,
            complete=upload.is_complete,
            bytes=upload.size_bytes if upload.is_complete else None,
            sha256=upload.sha256,
            media_type=upload.media_type,
            expires_at=upload.expires_at,
            **upload.facts,
        )
