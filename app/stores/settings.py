"""Where the stores is: settings that the API and the workers must share."""

from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from redis.connection import parse_url

from app.contract.kind import Kinds
from app.contract.kinds import KINDS
from app.contract.ports import BlobStore
from app.logs import LogFormat
from app.stores.blobs import DirectoryBlobStore
from app.stores.ledger.rules import LedgerRules
from app.stores.s3_blobs import NEEDS_BOTO3, URL_PATTERN, Patience, S3BlobStore
from app.stores.secrets import derived_secret, service_secret

_DEFAULT_RULES = LedgerRules()
_RULES = {each.name for each in fields(LedgerRules)}
#: No user and no password: they would end up in logs.
ENDPOINT_PATTERN = r"^https?://[^\s/@?#]+(/[^\s@?#]*)?$"


def split(value: object) -> object:
    """Return the words between commas; what is no text is left as it is."""
    if not isinstance(value, str):
        return value
    return [word.strip() for word in value.split(",")]


_NETWORKS = [name for kind in KINDS for name in kind.networks]


def _known_network(value: str) -> str:
    if value not in _NETWORKS:
        raise ValueError(f"there are {', '.join(_NETWORKS)}")
    return value


#: One that there is, whether it is offered here or not.
NetworkName = Annotated[str, AfterValidator(_known_network)]
#: What a job gets that does not say.
_DEFAULT_NETWORK = _NETWORKS[0]


class StoreSettings(BaseSettings):
    """Read from the environment, `IMPASTO_` before each name."""

    model_config = SettingsConfigDict(
        env_prefix="IMPASTO_",
        env_ignore_empty=True,
        frozen=True,
        # A message must not repeat a password or a key that stands in a wrong place.
        hide_input_in_errors=True,
    )

    redis_url: Annotated[
        str,
        Field(
            pattern=r"^(redis|rediss|unix)://",
            repr=False,  # it may hold a password
            description="redis://, rediss:// or unix:///path; ledger and queue.",
        ),
    ] = "redis://127.0.0.1:6379/0"
    data_dir: Annotated[
        Path,
        Field(
            description="Pictures are stored here, and what else a machine keeps; the "
            "API and its workers share it unless IMPASTO_BLOBS_URL is set."
        ),
    ] = Path("data")
    blobs_url: Annotated[
        str | None,
        Field(
            pattern=URL_PATTERN,
            description="s3://bucket/prefix: pictures are stored in an object storage, "
            "so that no directory need be shared. Needs `impasto[s3]`; credentials "
            "come from AWS_ACCESS_KEY_ID and the like.",
        ),
    ] = None
    s3_endpoint_url: Annotated[
        str | None,
        Field(
            pattern=ENDPOINT_PATTERN,
            description="Of an object storage that is not Amazon's: "
            "https://storage.example.org.",
        ),
    ] = None
    s3_public_endpoint_url: Annotated[
        str | None,
        Field(
            pattern=ENDPOINT_PATTERN,
            description="Where clients reach the same object storage, if elsewhere: "
            "download redirects lead there.",
        ),
    ] = None
    datasets_dir: Annotated[
        Path | None,
        Field(
            description="Prepared sets of pictures, each a folder that `impasto "
            "dataset prepare` made; `datasets` in the data directory if not set."
        ),
    ] = None
    min_free_bytes: Annotated[
        int,
        Field(
            ge=0,
            description="Uploads are refused below this free disk space, results not.",
        ),
    ] = 256 * 2**20
    secret: Annotated[
        SecretStr | None,
        Field(
            min_length=32,
            description="What links and webhooks are signed with: 32 characters at "
            "least. Left out, secrets are drawn and kept in the data directory.",
        ),
    ] = None
    lease_s: Annotated[
        float, Field(gt=0, description="A worker silent for so long loses its job.")
    ] = _DEFAULT_RULES.lease_s
    max_attempts: Annotated[
        int, Field(ge=1, description="A job that kills so many workers fails.")
    ] = _DEFAULT_RULES.max_attempts
    queue_limit: Annotated[int, Field(ge=1, description="So many jobs may wait.")] = (
        _DEFAULT_RULES.queue_limit
    )
    active_limit: Annotated[
        int, Field(ge=1, description="So many unfinished jobs may an API key have.")
    ] = _DEFAULT_RULES.active_limit
    record_ttl_s: Annotated[
        float, Field(gt=0, description="A record outlives its pictures by so long.")
    ] = _DEFAULT_RULES.record_ttl_s
    preview_ttl_s: Annotated[
        float, Field(gt=0, description="A preview is kept so long.")
    ] = _DEFAULT_RULES.preview_ttl_s
    slice_s: Annotated[
        float,
        Field(
            ge=0,
            description="A job that has run for so long is handed back with its state "
            "when others wait, and goes on when its turn comes; 0: none is.",
        ),
    ] = _DEFAULT_RULES.slice_s
    state_bytes: Annotated[
        int,
        Field(
            ge=0,
            description="So much of jobs' states is kept for branches: each one's last "
            "and up to 8 older ones; what expires first goes first. 0 keeps none.",
        ),
    ] = _DEFAULT_RULES.state_bytes
    log_format: Annotated[
        LogFormat,
        Field(description="text for people, or json: one object a line."),
    ] = LogFormat.TEXT

    networks: Annotated[
        tuple[NetworkName, ...],
        NoDecode,  # the environment's text is no JSON: see `split`
        BeforeValidator(split),
        Field(
            description="Networks that a job may ask for, with commas between: "
            f"{', '.join(_NETWORKS)}; vgg19 must be there."
        ),
    ] = (_DEFAULT_NETWORK,)

    fast: Annotated[
        bool | None,
        Field(
            description="Whether jobs may ask for the engine `fast`; whether its "
            "networks are installed here if not set: set it where API and workers are "
            "not installed alike."
        ),
    ] = None

    kinds: Annotated[
        tuple[str, ...] | None,
        NoDecode,
        BeforeValidator(split),
        Field(
            description="Kinds of jobs that are offered, with commas between: image, "
            "video, pointcloud, training; if not set, those whose packages are here.",
        ),
    ] = None

    # Any: each setting's value is checked after this.
    @model_validator(mode="before")
    @classmethod
    def _without_line_ends(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Strip every text; what is empty then is not set, as with the environment."""
        tidy = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in values.items()
        }
        return {name: value for name, value in tidy.items() if value != ""}

    @field_validator("redis_url")
    @classmethod
    def _readable(cls, value: str) -> str:
        """Refuse here what would later be quoted, a part of the password with it."""
        behind_host = value.partition("://")[2].partition("/")[2]
        try:
            parse_url(value)  # type: ignore[no-untyped-call]  # redis-py's
            is_readable = "@" not in behind_host or value.startswith("unix:")
        except ValueError:
            is_readable = False
        if not is_readable:
            raise ValueError(
                "it cannot be read: in a password, / ? # % must be percent-encoded"
            )
        return value

    @field_validator("blobs_url")
    @classmethod
    def _with_what_it_needs(cls, value: str | None) -> str | None:
        if value is not None and find_spec("boto3") is None:
            raise ValueError(NEEDS_BOTO3)
        return value

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        known, default = [kind.name for kind in KINDS], KINDS.default.name
        for name in value or ():
            if name not in known:
                raise ValueError(f"there is no kind {name}; there is {known}")
        if value is not None and default not in value:
            raise ValueError(f"{default} must be there: it is what a job is of")
        return value

    @field_validator("networks")
    @classmethod
    def _with_the_default(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if _DEFAULT_NETWORK not in value:
            raise ValueError(f"{_DEFAULT_NETWORK} must be there: it is what a job gets")
        return value

    def offered(self, kinds: Kinds) -> Kinds:
        """Return those of the kinds that this process has, by setting and modules."""
        return Kinds(
            kind
            for kind in kinds.installed()
            if self.kinds is None or kind.name in self.kinds
        )

    @property
    def datasets_path(self) -> Path:
        """Where prepared sets of pictures lie."""
        return self.datasets_dir or self.data_dir / "datasets"

    @property
    def withheld(self) -> frozenset[str]:
        """The engines that this service does not have."""
        if self.fast is None:
            packages = (each for kind in KINDS for each in kind.packages)
            return frozenset(engine for engine, name in packages if not find_spec(name))
        return frozenset() if self.fast else frozenset({"fast"})

    @property
    def rules(self) -> LedgerRules:
        """The ledger's rules with these numbers."""
        return LedgerRules(**self.model_dump(include=_RULES))

    def open_blobs(self, patience: Patience | None = None) -> BlobStore:
        """Return the blob store in the data directory, or in the object storage.

        Raises:
            StorageUnavailableError: What reaches an object storage is not installed.
        """
        if self.blobs_url is None:
            return DirectoryBlobStore(
                self.data_dir / "blobs", min_free_bytes=self.min_free_bytes
            )
        return S3BlobStore.open(
            self.blobs_url,
            endpoint_url=self.s3_endpoint_url,
            public_endpoint_url=self.s3_public_endpoint_url,
            patience=patience,
        )

    def service_secret(self, name: str) -> bytes:
        """Return the secret of this name: 32 bytes, the same in every process.

        Raises:
            StorageUnavailableError: None is set, and none can be read or made.
        """
        if self.secret is not None:
            return derived_secret(self.secret.get_secret_value(), name)
        return service_secret(self.data_dir, name)
