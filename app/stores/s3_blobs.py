"""Blobs in a bucket of an S3-compatible object store, for hosts without a common disk.

It knows keys, bytes and S3's errors; it does not know what a picture or a job is, nor
who may see one. A PUT, or an upload of many parts once it is completed, is whole or not
there, and durable when it is answered: S3 promises what a directory needs a rename and
an fsync for. boto3 is imported when a
store is opened: a service that keeps its pictures in a directory does without it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.contract.ports import (
    BlobEntry,
    BlobNotFoundError,
    BlobReader,
    StorageUnavailableError,
)
from app.stores.blob_keys import SEGMENTS, is_blob_key, sound_key
from app.stores.s3_errors import translating

#: A bucket's name is that of a host (S3's rules since 2018), a prefix that of a blob.
URL_PATTERN = (
    r"^s3://(?P<bucket>[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9])"
    rf"(?:/(?P<prefix>{SEGMENTS}))?/?$"
)
NEEDS_BOTO3 = "an object storage needs boto3: pip install 'impasto[s3]'"
#: As many requests at once as the API has threads; more would open, not reuse.
_CONNECTIONS = 40
#: What is longer is sent in parts, one after the other: so much is held in memory.
_PART_BYTES = 8 * 2**20
#: Overwritten by each check. No blob's key begins with a dot.
_PROBE = ".check"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a request may take: `attempts` times both, and pauses of some seconds.

    Attributes:
        connect_s: for a connection.
        read_s: between two parts of an answer.
        attempts: how often a request is sent at most.
    """

    connect_s: float = 3.0
    read_s: float = 20.0
    attempts: int = 3

    def __post_init__(self) -> None:
        if min(self.connect_s, self.read_s) <= 0 or self.attempts < 1:
            raise ValueError(f"{self} must be above zero")


class S3BlobStore:
    """Implements the `BlobStore` port: each blob is an object below one prefix."""

    # Any: boto3 makes its clients' classes while it runs.
    def __init__(
        self,
        client: Any,
        bucket: str,
        prefix: str = "",
        *,
        prober: Any = None,
        signer: Any = None,
        keys_a_page: int = 1000,
    ) -> None:
        """Use what boto3 calls a client; nothing is asked yet.

        Args:
            client: for reading and writing; used by many threads at once.
            bucket: which must be there.
            prefix: of all objects, without a slash at its end; empty for none.
            prober: a less patient client for `check`.
            signer: a client whose endpoint is the one that URLs shall lead to.
            keys_a_page: so many keys are asked for at once; 1,000 is S3's most.
        """
        self._client = client
        self._bucket = bucket
        self._root = f"{prefix}/" if prefix else ""
        self._prober = prober or client
        self._signer = signer or client
        self._keys_a_page = keys_a_page

    @classmethod
    def open(
        cls,
        url: str,
        *,
        endpoint_url: str | None = None,
        public_endpoint_url: str | None = None,
        patience: Patience | None = None,
    ) -> "S3BlobStore":
        """Return the store at `s3://bucket/prefix`; nothing is asked yet.

        Credentials and region are boto3's affair: AWS_ACCESS_KEY_ID and so on, a
        profile, or the role of the machine.

        Args:
            url: Bucket and prefix.
            endpoint_url: Of a store that is not Amazon's.
            public_endpoint_url: Where clients reach the same store, if elsewhere.
            patience: How long requests may take.

        Raises:
            StorageUnavailableError: boto3 is not installed, or its settings name a
                profile or a region that there is not.
        """
        match = re.fullmatch(URL_PATTERN, url)
        if match is None:
            raise ValueError(f"{url!r} is not s3://bucket or s3://bucket/prefix")
        patience = patience or Patience()
        # Who asks whether the store is well shall know within seconds.
        hasty = replace(patience, read_s=min(patience.read_s, 5.0), attempts=1)
        new_session = _boto3().session.Session
        with translating(f"open {url}"):
            # Its default session is not made for several threads.
            session = new_session()
            return cls(
                _client(session, endpoint_url, patience),
                match["bucket"],
                match["prefix"] or "",
                prober=_client(session, endpoint_url, hasty),
                signer=_client(session, public_endpoint_url or endpoint_url, patience),
            )

    def put(self, key: str, content: bytes) -> None:
        """Store durably: S3 answers when the object is safe."""
        where = self._where(key)
        with translating(f"write {key}"):
            self._client.put_object(**where, Body=content)

    def put_file(self, key: str, file: BlobReader, size_bytes: int) -> None:  # noqa: ARG002 - the port's
        """Store what is left in a file, as `put` does; if that fails nothing stays."""
        from boto3.s3.transfer import (  # noqa: PLC0415 - see the module's text
            TransferConfig,
        )

        where = self._where(key)
        in_turn = TransferConfig(
            multipart_threshold=_PART_BYTES,
            multipart_chunksize=_PART_BYTES,
            use_threads=False,
        )
        with translating(f"write {key}"):
            self._client.upload_fileobj(file, **where, Config=in_turn)

    def get(self, key: str) -> bytes:
        return self.reader(key).read()

    def reader(self, key: str) -> BlobReader:
        where = self._where(key)
        with translating(f"read {key}"):
            return _Body(key, self._client.get_object(**where)["Body"])

    def exists(self, key: str) -> bool:
        where = self._where(key)
        try:
            with translating(f"look for {key}"):
                self._client.head_object(**where)
        except BlobNotFoundError:
            # The answer has no body that could say what is missing: the bucket?
            with translating(f"look for {key}", is_missing_expected=False):
                self._client.head_bucket(Bucket=self._bucket)
            return False
        return True

    def keys(self, prefix: str) -> Iterator[str]:
        """Yield the keys in the folder `prefix`, in order; S3 lists in that order."""
        for entry in self.entries(prefix):
            yield entry.key

    def entries(self, prefix: str) -> Iterator[BlobEntry]:
        """Yield what `keys` yields, and when each was written by the store's clock."""
        folder = sound_key(prefix)
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket,
            Prefix=f"{self._root}{folder}/",
            PaginationConfig={"PageSize": self._keys_a_page},
        )
        with translating(f"list {folder}"):
            for page in pages:
                for found in page.get("Contents", ()):
                    key = found["Key"].removeprefix(self._root)
                    # Others may keep things in the same bucket.
                    if is_blob_key(key):
                        yield BlobEntry(key, found["LastModified"].timestamp())

    def delete(self, key: str) -> None:
        """Remove the blob; removing what is not there is no error, in S3 neither."""
        where = self._where(key)
        with translating(f"delete {key}"):
            self._client.delete_object(**where)

    def remove_unfinished(self, older_than_s: float) -> int:  # noqa: ARG002 - the port's
        """Return 0: what S3 keeps of an upload that died, a rule of the bucket ends."""
        return 0

    def check(self) -> None:
        with translating("write"):
            self._prober.put_object(
                Bucket=self._bucket, Key=f"{self._root}{_PROBE}", Body=b"impasto"
            )

    def signed_url(
        self,
        key: str,
        *,
        expires_s: int,
        media_type: str,
        file_name: str,
        is_download: bool,
    ) -> str:
        """Return a URL that opens this blob to anybody; the store is not asked."""
        kind = "attachment" if is_download else "inline"
        shown_as = {
            "ResponseContentType": media_type,
            "ResponseContentDisposition": f'{kind}; filename="{file_name}"',
        }
        with translating(f"sign a URL of {key}"):
            url: str = self._signer.generate_presigned_url(
                "get_object",
                Params={**self._where(key), **shown_as},
                ExpiresIn=expires_s,
            )
        return url

    def _where(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": f"{self._root}{sound_key(key)}"}


class _Body:
    """What a GET answers, read as it arrives."""

    # Any: botocore brings no types.
    def __init__(self, key: str, body: Any) -> None:
        self._key = key
        self._body = body

    def read(self, size: int = -1, /) -> bytes:
        with translating(f"read {self._key}"):
            # A body that ends too early is an error of its own.
            content: bytes = self._body.read(None if size < 0 else size)
        return content

    def close(self) -> None:
        """Give the connection back."""
        self._body.close()


# Any: boto3 brings no types and makes its clients' classes while it runs.
def _boto3() -> Any:
    try:
        import boto3  # noqa: PLC0415 - see the module's text
    except ImportError as error:
        raise StorageUnavailableError(NEEDS_BOTO3) from error
    return boto3


def _client(session: Any, endpoint_url: str | None, patience: Patience) -> Any:
    from botocore.config import Config  # noqa: PLC0415 - see the module's text

    config = Config(
        connect_timeout=patience.connect_s,
        read_timeout=patience.read_s,
        retries={"total_max_attempts": patience.attempts, "mode": "standard"},
        max_pool_connections=_CONNECTIONS,
        # URLs would be signed by version 2, which most stores have given up.
        signature_version="s3v4",
        # Stores that are not Amazon's may not know its newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return session.client("s3", endpoint_url=endpoint_url, config=config)
