"""Uploads: bytes that arrive before the job that will name them."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, JsonValue

from app.contract.records.wire import part_key

#: An upload may take so long until it is whole, and then wait so long to be used.
UPLOAD_TTL_S = 24 * 3600


class UploadPart(NamedTuple):
    """Bytes that follow on those of the part before it.

    Attributes:
        name: where they begin, and who wrote them: no two requests write one blob.
        size_bytes: above zero.
    """

    name: str
    size_bytes: int


class Upload(BaseModel):
    """An upload as it stood when it was looked at.

    Attributes:
        owner: id of the API key, None where there are none.
        parts: in order; none once it is whole.
        size_bytes: how much has arrived.
        sha256: of the whole; None while it is not whole.
        facts: what an inspection found, by the medium's name: `image`.
        is_expired: whether it is past its time, and its bytes gone or about to go.
        key_bytes: what all unused uploads of its owner hold together.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    owner: str | None
    media_type: str
    created_at: datetime
    expires_at: datetime
    parts: tuple[UploadPart, ...]
    size_bytes: int
    sha256: str | None
    facts: Mapping[str, JsonValue]
    is_expired: bool
    key_bytes: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing follows."""
        return self.sha256 is not None

    @property
    def part_keys(self) -> list[str]:
        """The keys of the blobs of its parts."""
        return [part_key(self.id, part.name) for part in self.parts]
