"""Signs messages so that a receiver knows whom they are from.

Source: Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over
`id.timestamp.body`, the secret's bytes in base64 after `whsec_`.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

_PREFIX = "whsec_"
#: The specification's bounds: 192 to 512 bits.
MIN_SECRET_BYTES, MAX_SECRET_BYTES = 24, 64


def parse_secret(text: str) -> bytes:
    """Return the key that `text` holds.

    Raises:
        ValueError: It is no `whsec_` and base64 of 24 to 64 bytes.
    """
    if not text.startswith(_PREFIX):
        raise ValueError(f"a webhook's secret begins with {_PREFIX}")
    encoded = text.removeprefix(_PREFIX)
    padding = "=" * (-len(encoded) % 4)  # libraries take it with and without
    try:
        key = base64.b64decode(encoded + padding, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("a webhook's secret is base64 after its prefix") from error
    if not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise ValueError(
            f"a webhook's secret has {MIN_SECRET_BYTES} to {MAX_SECRET_BYTES} bytes, "
            f"got {len(key)}"
        )
    return key


def format_secret(key: bytes) -> str:
    """Return the text in which receivers expect a key."""
    return _PREFIX + base64.b64encode(key).decode()


def signature_headers(
    message_id: str, timestamp_s: int, body: bytes, keys: Iterable[bytes]
) -> dict[str, str]:
    """Return the three headers; one signature for each key, in their order."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    signatures = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    texts = [f"v1,{base64.b64encode(each).decode()}" for each in signatures]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": " ".join(texts),
    }
