"""Where the pantry is: settings that the API and the workers must share."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.stores.blobs import DirectoryBlobStore
from app.stores.ledger.rules import LedgerRules

_DEFAULT_RULES = LedgerRules()


class StoreSettings(BaseSettings):
    """Read from the environment, `IMPASTO_` before each name."""

    model_config = SettingsConfigDict(
        env_prefix="IMPASTO_", env_ignore_empty=True, frozen=True
    )

    redis_url: Annotated[
        str,
        Field(
            pattern=r"^(redis|rediss|unix)://",
            description="redis://, rediss:// or unix:///path; ledger and queue.",
        ),
    ] = "redis://127.0.0.1:6379/0"
    data_dir: Annotated[
        Path, Field(description="Pictures are stored here; shared by API and workers.")
    ] = Path("data")
    min_free_bytes: Annotated[
        int, Field(ge=0, description="Uploads are refused below this free disk space.")
    ] = 256 * 2**20
    lease_s: Annotated[
        float, Field(gt=0, description="A worker silent for so long loses its job.")
    ] = _DEFAULT_RULES.lease_s
    max_attempts: Annotated[
        int, Field(ge=1, description="A job that kills so many workers fails.")
    ] = _DEFAULT_RULES.max_attempts
    queue_limit: Annotated[int, Field(ge=1, description="So many jobs may wait.")] = (
        _DEFAULT_RULES.queue_limit
    )

    @property
    def rules(self) -> LedgerRules:
        """The ledger's rules with these numbers."""
        return LedgerRules(
            lease_s=self.lease_s,
            max_attempts=self.max_attempts,
            queue_limit=self.queue_limit,
        )

    def open_blobs(self) -> DirectoryBlobStore:
        """Return the blob store in the data directory."""
        return DirectoryBlobStore(
            self.data_dir / "blobs", min_free_bytes=self.min_free_bytes
        )
