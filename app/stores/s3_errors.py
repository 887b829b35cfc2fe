"""What botocore raises, in the words of the blob store's port."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.contract.ports import BlobNotFoundError, StorageUnavailableError

_MISSING_CODES = frozenset({"NoSuchKey", "404"})


@contextmanager
def translating(doing: str, *, is_missing_expected: bool = True) -> Iterator[None]:
    """Turn what botocore raises into the port's errors; none of them holds a secret."""
    from botocore.exceptions import (  # noqa: PLC0415 - it takes a while to load
        BotoCoreError,
        ClientError,
        HTTPClientError,
    )

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code")
        if is_missing_expected and code in _MISSING_CODES:
            raise BlobNotFoundError(f"cannot {doing}: there is none") from error
        raise StorageUnavailableError(f"cannot {doing}: {error}") from error
    except BotoCoreError as error:
        if type(error) is HTTPClientError:
            # It quotes headers that cannot be sent: the access key, a session's token.
            raise StorageUnavailableError(
                f"cannot {doing}: the request cannot be sent; are there characters in "
                "the credentials (AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN) that do not "
                "belong there?"
            ) from None
        raise StorageUnavailableError(f"cannot {doing}: {error}") from error
