"""`impasto serve`: the whole service on one machine, in one terminal.

Order of starting: Valkey, workers, API, webhooks. Order of stopping: those three
together, then Valkey, so that a job handed back is still written down.
"""

import fcntl
import logging
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

from app.contract.kind import Lane
from app.contract.ports import LedgerUnavailableError
from app.launcher import valkey
from app.launcher.supervisor import (
    PYTHON,
    WRONG_SETTINGS,
    Child,
    restart_the_dead,
)
from app.launcher.valkey_child import ValkeyChild
from app.stores.connections import connect
from app.stores.ledger import LedgerRules
from app.stores.settings import StoreSettings
from app.stores.worker_registry import RedisWorkerRegistry

logger = logging.getLogger(__name__)

_WATCH_INTERVAL_S = 0.2
_ASK_INTERVAL_S = 0.5

#: How a worker ends whose child could not be started, again and again.
_WORKER_CANNOT_START = 1

#: What is added to the grace before a child that does not leave is killed.
_MARGIN_S = 7.0


class LauncherError(Exception):
    """The service cannot be started; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """What `impasto serve` was asked for."""

    host: str
    port: int
    data_dir: Path
    #: An external Redis; None starts the embedded Valkey.
    redis_url: str | None = field(repr=False)  # a password may be in it
    #: A running job may end for so long after the first Ctrl-C.
    grace_s: float


def serve(options: ServeOptions) -> None:
    """Run until SIGINT or SIGTERM, then leave nothing behind.

    Raises:
        LauncherError: The data are in use, the port is taken, no server binary.
        CrashLoopError: A part of the service died again and again.
    """
    data_dir = _resolved(options.data_dir)
    with _only_launcher_on(data_dir) as lock, _Signals() as signals:
        _require_free_port(options.host, options.port)
        children = _children(options, data_dir, lock, signals)
        try:
            for child in children:
                if signals.count == 0:
                    logger.info("starting %s", child.name)
                    child.start()
            _watch(children, options, signals)
        finally:
            _stop(children, options.grace_s, signals)


class _Signals:
    """Counts SIGINT and SIGTERM instead of raising: the loop decides."""

    def __init__(self) -> None:
        self.count = 0
        # Any: what the signal module calls a handler is one of four things.
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # What nohup ignores stays ignored.
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._count)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _count(self, *_: object) -> None:
        self.count += 1


def _resolved(data_dir: Path) -> Path:
    try:
        return data_dir.resolve()
    except OSError as error:  # the current directory is gone, a loop of links
        raise LauncherError(f"cannot use {data_dir}: {error.strerror}") from error
    except RuntimeError as error:  # Python before 3.13 says so of a loop
        raise LauncherError(f"cannot use {data_dir}: {error}") from error


@contextmanager
def _only_launcher_on(data_dir: Path) -> Iterator[int]:
    """Hold the data directory; yield the lock's file descriptor.

    Valkey inherits it: as long as a server writes there, no other may start, even if
    its launcher was killed. The kernel lets go of the lock with the last of them.
    """
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("w")
    except OSError as error:
        raise LauncherError(f"cannot use {data_dir}: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LauncherError(f"Impasto already runs on {data_dir}") from error
        yield lock.fileno()


def _require_free_port(host: str, port: int) -> None:
    """Fail before anything is started, not in a child's crash loop."""
    if not 0 < port < 2**16:
        raise LauncherError(f"port is {port}, must be 1 to 65535")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise LauncherError(
                f"cannot listen on {host}:{port}: {error.strerror}; choose another port"
            ) from error


def _children(
    options: ServeOptions, data_dir: Path, lock: int, signals: _Signals
) -> list[Child]:
    """Return the processes in the order in which they start."""
    first: list[Child] = []
    redis_url = options.redis_url
    if redis_url is None:
        server = _valkey_child(data_dir, lock, signals)
        first, redis_url = [server], server.environment["IMPASTO_REDIS_URL"]
    environment = {
        "IMPASTO_REDIS_URL": redis_url,
        "IMPASTO_DATA_DIR": str(data_dir),
        "IMPASTO_HOST": options.host,
        "IMPASTO_PORT": str(options.port),
        "IMPASTO_GRACE_S": str(options.grace_s),
    }
    worker = Child(
        name="worker",
        command=[*PYTHON, "app.cli", "worker"],
        environment=environment,
        hurry_signal=signal.SIGQUIT,
        orphan_signal=signal.SIGKILL,
        hopeless=frozenset({WRONG_SETTINGS, _WORKER_CANNOT_START}),
        explain=partial(_why_no_worker, redis_url),
    )
    api = Child(
        name="api",
        command=[*PYTHON, "app.cli", "api"],
        environment=environment,
        hurry_signal=signal.SIGINT,
    )
    webhooks = Child(
        name="webhooks",
        command=[*PYTHON, "app.cli", "webhooks"],
        environment=environment,
        hurry_signal=signal.SIGQUIT,
    )
    return [*first, *_workers(worker), api, webhooks]


def _workers(worker: Child) -> list[Child]:
    """Return one worker, or two where short jobs need no large network.

    A fast picture never waits for a slow one then, nor for its processor.
    """
    if "IMPASTO_LANES" in os.environ or "fast" in StoreSettings().withheld:
        return [worker]
    niceness = os.environ.get("IMPASTO_NICENESS", "0")
    short = {"IMPASTO_LANES": Lane.SHORT.value, "IMPASTO_NICENESS": niceness}
    return [
        _with(worker, "worker", IMPASTO_LANES=Lane.LONG.value),
        _with(worker, "light worker", **short),
    ]


def _with(child: Child, name: str, **environment: str) -> Child:
    return replace(child, name=name, environment={**child.environment, **environment})


def _why_no_worker(redis_url: str) -> str | None:
    """Return what a worker told last, if it could."""
    with connect(redis_url) as client, suppress(LedgerUnavailableError):
        return RedisWorkerRegistry(client, LedgerRules()).explanation()
    return None


def _valkey_child(data_dir: Path, lock: int, signals: _Signals) -> Child:
    try:
        binary = valkey.find_binary()
        path = valkey.socket_path(data_dir)
    except (valkey.ValkeyNotFoundError, OSError) as error:
        raise LauncherError(str(error)) from error
    return ValkeyChild(
        name="valkey",
        command=valkey.command(binary, path, data_dir),
        environment={"IMPASTO_REDIS_URL": f"unix://{path}"},
        keeps=(lock,),
        binary=binary,
        data_dir=data_dir,
        socket=path,
        go_on=lambda: signals.count == 0,
    )


def _watch(children: list[Child], options: ServeOptions, signals: _Signals) -> None:
    """Keep the children alive until a signal comes; say once when all is ready."""
    url = _local_url(options)
    asked_s, announced = time.monotonic(), False
    while signals.count == 0:
        restart_the_dead(children)
        if not announced and time.monotonic() - asked_s > _ASK_INTERVAL_S:
            asked_s = time.monotonic()
            if announced := _is_ready(url):
                logger.info("ready: %s", url)
        time.sleep(_WATCH_INTERVAL_S)


def _local_url(options: ServeOptions) -> str:
    """Return how this machine reaches the API."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options.host, options.host)  # noqa: S104
    return (
        f"http://[{host}]:{options.port}"
        if ":" in host
        else (f"http://{host}:{options.port}")
    )


def _is_ready(url: str) -> bool:
    # Whatever proxy the environment names: it does not lead to this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/readyz", timeout=2):
            return True
    except OSError:
        return False


def _stop(children: list[Child], grace_s: float, signals: _Signals) -> None:
    """Stop all but the store together, it last; another signal ends the grace."""
    store = [child for child in children if child.name == "valkey"]
    others = [child for child in children if child.name != "valkey"]
    logger.info("stopping: a running job may end for %.0f s (again: at once)", grace_s)
    for child in others:
        child.send(signal.SIGTERM)
    heard = signals.count
    end_s = time.monotonic() + grace_s + _MARGIN_S
    while any(child.is_running for child in others) and time.monotonic() < end_s:
        if signals.count > heard:
            break
        time.sleep(_WATCH_INTERVAL_S / 2)
    for child in others:
        child.stop(child.hurry_signal, _MARGIN_S)
    for child in store:
        child.stop(signal.SIGTERM, _MARGIN_S)
    logger.info("stopped; jobs that wait go on at the next start")
