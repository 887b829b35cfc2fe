"""Signatures against answers that others published and computed."""

import base64

import pytest

from app.webhooks.signatures import format_secret, parse_secret, signature_headers

#: From the test suites of the reference libraries (standardwebhooks 1.1).
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP_S = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_published_signature_is_computed() -> None:
    headers = signature_headers(MESSAGE_ID, TIMESTAMP_S, BODY, [parse_secret(SECRET)])
    assert headers == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": str(TIMESTAMP_S),
        "webhook-signature": SIGNATURE,
    }


def test_signature_of_the_reference_library_is_computed() -> None:
    """Computed by standardwebhooks 1.1.0: a 64-byte key, a body that is not ASCII."""
    key = bytes(range(64))
    headers = signature_headers("msg_2", 1767225600, '{"ü": "…"}'.encode(), [key])
    assert headers["webhook-signature"] == (
        "v1,Rc1XwL0oc54tApfuXq2YuvQRam50jv1y/hH4PAj87rM="
    )


def test_every_key_signs_while_a_secret_rotates() -> None:
    keys = [bytes(32), parse_secret(SECRET)]
    signature = signature_headers(MESSAGE_ID, TIMESTAMP_S, BODY, keys)[
        "webhook-signature"
    ]
    newest, oldest = signature.split(" ")
    assert newest != oldest == SIGNATURE
    assert newest.startswith("v1,")


@pytest.mark.parametrize("change", ["id", "timestamp", "body", "key"])
def test_signature_covers_everything(change: str) -> None:
    parts = {"id": "a", "timestamp": 1, "body": b"c", "key": bytes(range(24))}
    others = {"id": "b", "timestamp": 2, "body": b"d", "key": bytes(range(25))}

    def signature(id: str, timestamp: int, body: bytes, key: bytes) -> str:  # noqa: A002
        return signature_headers(id, timestamp, body, [key])["webhook-signature"]

    changed = {**parts, change: others[change]}
    assert signature(**parts) != signature(**changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("length", [24, 25, 26, 32, 64])
def test_secret_survives_being_written(length: int) -> None:
    key = bytes(range(length))
    assert parse_secret(format_secret(key)) == key
    assert parse_secret(format_secret(key).rstrip("=")) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_MfKQ9r8GKYqrTwjUPD8I!PZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwü",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA",
    ],
)
def test_what_is_no_secret_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="a webhook's secret") as caught:
        parse_secret(text)
    assert len(text) < 10 or text not in str(caught.value)
