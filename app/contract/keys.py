"""API keys: what is known of one, and what is asked of those who keep them.

A key itself is seen once, when it is made; everything here knows only its SHA-256.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

from app.contract.ports import StoreError

#: `imp_` and 32 hexadecimal digits: 128 random bits.
KEY_PREFIX = "imp_"


class Scope(StrEnum):
    """What a key allows; the words are those of the API."""

    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    #: To ask for high priority, at the cost of other keys' jobs.
    JOBS_HIGH = "jobs:high"
    STYLES_WRITE = "styles:write"
    #: Allows all the others too.
    ADMIN = "admin"


ALL_SCOPES = frozenset(Scope)
DEFAULT_SCOPES = frozenset({Scope.JOBS_READ, Scope.JOBS_WRITE})


class KeysUnreadableError(StoreError):
    """Nobody knows which keys there are: nobody may come in."""


class ApiKey(BaseModel):
    """One key as it is stored; a field that is not known makes the record unreadable.

    Attributes:
        id: what a job's owner is called.
        name: what a person calls it.
        sha256: of the key, in hexadecimal digits.
        scopes: what it allows.
        created_at: None for a key that the environment sets.
        revoked_at: from when on it allows nothing.
        submissions_per_minute: instead of the service's own limit.
        polls_per_second: likewise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^key_[0-9a-f]{8}$")]
    #: Printable: it goes to terminals and into logs.
    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,100}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    created_at: datetime | None = None
    revoked_at: datetime | None = None
    submissions_per_minute: Annotated[int, Field(ge=1)] | None = None
    polls_per_second: Annotated[int, Field(ge=1)] | None = None

    @property
    def granted_scopes(self) -> frozenset[Scope]:
        """Everything it allows, what `admin` implies included."""
        if self.revoked_at is not None:
            return frozenset()
        return ALL_SCOPES if Scope.ADMIN in self.scopes else self.scopes


class KeyRing(Protocol):
    """All keys of a service, as they are now.

    Every method raises KeysUnreadableError if that is not known.
    """

    def is_on(self) -> bool:
        """Tell whether a key is needed: one was set, if only to be revoked later."""

    def find(self, token: str) -> ApiKey | None:
        """Return the key that `token` is, unless it is revoked.

        The work is the same for every token.
        """

    def get(self, key_id: str) -> ApiKey | None:
        """Return the key of this id, unless it is revoked."""
