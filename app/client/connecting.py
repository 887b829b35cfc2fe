"""Where the service is and who asks it, as people tell it.

Both come from shells, files and clipboards: blanks and line ends around them are left
off. What cannot be meant is refused before anything is sent, in words that repeat
neither a key nor a password.
"""

import ipaddress
import re
from importlib.metadata import version

import httpx

from app.client.errors import SettingError
from app.environment import environment_text

DEFAULT_URL = "http://127.0.0.1:8000"
#: RFC 6750 has fewer characters; which of them make a key is the service's to say.
_KEY = re.compile(r"[\x21-\x7e]+")
_MAX_PORT = 2**16 - 1
_SCHEMES = frozenset({"http", "https"})


def service_url(told: str | None) -> str:
    """Return the service's URL: http where no scheme is said, no slash at the end.

    Args:
        told: What was said; IMPASTO_URL, or this machine, if None.

    Raises:
        SettingError: It is empty, or no URL of a service.
    """
    if told is None:
        told = environment_text("IMPASTO_URL") or DEFAULT_URL
    text = told.strip()
    if not text:
        raise SettingError("the service's URL is empty")
    if "://" not in text:
        text = f"http://{_bracketed(text.removeprefix('//'))}"
    if not _is_sound(text):
        # With an @ in it a password may stand anywhere.
        shown = "" if "@" in text else f" {text!r}"
        raise SettingError(
            f"the service's URL{shown} is not of the form http://host:port"
        )
    return text.rstrip("/")


def client_headers(api_key: str | None) -> dict[str, str]:
    """Return what every request says of the client.

    Args:
        api_key: What the service knows it by; IMPASTO_API_KEY if None.

    Raises:
        SettingError: The key is empty or cannot be sent.
    """
    # The version is for the operator's logs.
    headers = {"User-Agent": f"impasto-client/{version('impasto')}"}
    if api_key is None:
        api_key = environment_text("IMPASTO_API_KEY")
    if api_key is None:
        return headers
    return {**headers, "Authorization": f"Bearer {_sound_key(api_key)}"}


def is_local(url: str) -> bool:
    """Tell whether the URL leads to this machine: no proxy of the environment does."""
    return httpx.URL(url).host in {"localhost", "127.0.0.1", "::1"}


def _sound_key(api_key: str) -> str:
    key = api_key.strip()
    if not key:
        raise SettingError("the API key is empty")
    if _KEY.fullmatch(key) is None:
        raise SettingError(
            "the API key has characters that no key has: blanks, control characters "
            "or letters beyond ASCII"
        )
    return key


def _bracketed(address: str) -> str:
    """Return a bare IPv6 address as URLs have it."""
    try:
        ipaddress.IPv6Address(address.rstrip("/"))
    except ValueError:
        return address
    return f"[{address.rstrip('/')}]"


def _is_sound(text: str) -> bool:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        return False
    is_plain = not any(letter.isspace() for letter in text)
    # A password with a slash ends what is taken for the host.
    is_plain = is_plain and b"@" not in url.raw_path
    is_port = url.port is None or 0 < url.port <= _MAX_PORT
    return url.scheme in _SCHEMES and bool(url.host) and is_plain and is_port
