"""An object storage for tests: moto's server, a process of its own."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import httpx

from app.demo import free_port
from app.stores import s3_blobs
from app.stores.s3_blobs import Patience, S3BlobStore

#: moto takes any; AWS's own documentation has these.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_DEFAULT_REGION": "us-east-1",
    # Whatever this machine has in its home directory is not for tests.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
#: A test shall not wait for what will not come.
HASTY = Patience(connect_s=1.0, read_s=0.3, attempts=2)


@dataclass(frozen=True)
class ObjectStorage:
    """A running server; each test has a bucket of its own."""

    endpoint_url: str
    #: boto3's; each one more costs a tenth of a second and more.
    client: Any

    def new_bucket(self) -> str:
        """Make a bucket; return the store's URL, with a prefix."""
        name = f"impasto-{uuid.uuid4().hex}"
        self.client.create_bucket(Bucket=name)
        return f"s3://{name}/some/where"

    def store(self, url: str, **options: Any) -> S3BlobStore:
        """Return what reads and writes there."""
        _, _, rest = url.partition("://")
        bucket, _, prefix = rest.partition("/")
        return S3BlobStore(self.client, bucket, prefix, **options)

    def open(self, url: str) -> S3BlobStore:
        """Return a store as the service opens it, with clients of its own."""
        return S3BlobStore.open(url, endpoint_url=self.endpoint_url)

    def environment(self, url: str) -> Mapping[str, str]:
        """Return what a process of the service is told."""
        return {
            **CREDENTIALS,
            "IMPASTO_BLOBS_URL": url,
            "IMPASTO_S3_ENDPOINT_URL": self.endpoint_url,
            "IMPASTO_SECRET": "a secret of 32 characters, at least",
        }


@contextmanager
def running(host: str = "127.0.0.1") -> Iterator[ObjectStorage]:
    """Start a server; stop it at the end."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", host, "-p", str(port)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = _when_ready(process, f"http://{host}:{port}")
        yield ObjectStorage(url, _client(url))
    finally:
        process.terminate()
        process.wait(10)


def _client(url: str) -> Any:
    """Return a client as the service makes them; this process need have no keys."""
    session = boto3.session.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
    )
    return s3_blobs._client(session, url, Patience())


def _when_ready(process: subprocess.Popen[bytes], url: str) -> str:
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s and process.poll() is None:
        try:
            httpx.get(f"{url}/moto-api/", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return url
    raise AssertionError("moto's server did not start")
