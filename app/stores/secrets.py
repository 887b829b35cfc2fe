"""Secrets that the service draws for itself and shares among its processes.

A secret is drawn at its first use and stays in the data directory, so that a signature
outlives a restart. What it signs is not this room's business.
"""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import tempfile
from pathlib import Path

from app.contract.ports import StorageUnavailableError
from app.stores.files import TEMPORARY_PREFIX, make_directories, sync_directory

SECRET_BYTES = 32
_NAME = re.compile(r"[a-z0-9_\-]+")


def service_secret(data_dir: Path, name: str) -> bytes:
    """Return the secret of this name; the first call of any process draws it.

    It is in `data_dir/secrets/<name>`, readable by the service's user alone. Processes
    that ask for it at the same moment all get the same bytes.

    Args:
        data_dir: The data directory that the processes of one service share.
        name: What the secret is for: lower-case letters, digits, `_` and `-`.

    Returns:
        32 random bytes.

    Raises:
        StorageUnavailableError: It can be neither read nor made, or is damaged.
    """
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"not a secret's name: {name!r}")
    path = data_dir / "secrets" / name
    try:
        return _read(path)
    except FileNotFoundError:
        return _draw(path)
    except OSError as error:
        raise StorageUnavailableError(f"cannot read {path}: {error}") from error


def derived_secret(master: str, name: str) -> bytes:
    """Return the secret of this name for an operator who sets one for all of them.

    One secret for each purpose: a signature for one of them is worth nothing for
    another (HMAC as a key derivation, as in RFC 5869, 2.3).
    """
    return hmac.digest(master.encode(), b"impasto:" + name.encode(), hashlib.sha256)


def _read(path: Path) -> bytes:
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise StorageUnavailableError(
            f"{path} has {len(secret)} bytes, must have {SECRET_BYTES}; delete it to "
            "have another one drawn, which makes everything signed so far void"
        )
    return secret


def _draw(path: Path) -> bytes:
    """Put a whole new file under the name, unless another process was faster."""
    try:
        make_directories(path.parent.parent)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        sync_directory(path.parent.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=TEMPORARY_PREFIX)
        temporary = Path(name)  # mkstemp makes it 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(SECRET_BYTES))
                file.flush()
                os.fsync(file.fileno())
            # Unlike a rename, a link never replaces what is there: the first one wins.
            with contextlib.suppress(FileExistsError):
                path.hardlink_to(temporary)
        finally:
            temporary.unlink()
        sync_directory(path.parent)
        return _read(path)
    except OSError as error:
        raise StorageUnavailableError(f"cannot make {path}: {error}") from error
