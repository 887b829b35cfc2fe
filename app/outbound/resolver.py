"""Names to addresses, within a time: the system's own resolver knows no limit."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from ipaddress import ip_address

from app.outbound.addresses import Address
from app.outbound.errors import UnknownHostError

#: Given a name and how many seconds it may take, returns at least one address or
#: raises UnknownHostError.
Resolver = Callable[[str, float], tuple[Address, ...]]

#: A name server that hangs must not collect threads without end.
_LOOKUPS_AT_ONCE = 16


class SystemResolver:
    """Asks the operating system, in a thread that can be left behind."""

    def __init__(self) -> None:
        self._limiter = threading.BoundedSemaphore(_LOOKUPS_AT_ONCE)

    def __call__(self, host: str, timeout_s: float) -> tuple[Address, ...]:
        """Return every address of `host` in the system's order of preference."""
        answer: Future[tuple[Address, ...]] = Future()
        if not self._limiter.acquire(timeout=timeout_s):
            raise UnknownHostError("Too many names are being looked up.")
        # Not of a pool: those are waited for when the process ends.
        threading.Thread(
            target=self._look_up, args=(host, answer), name="resolver", daemon=True
        ).start()
        try:
            addresses = answer.result(timeout_s)
        except TimeoutError as error:
            raise UnknownHostError("Its host's name was not resolved in time.") from (
                error
            )
        except OSError as error:
            raise UnknownHostError("Its host's name is not known.") from error
        return addresses

    def _look_up(self, host: str, answer: Future[tuple[Address, ...]]) -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            # Once each, in their order.
            texts = dict.fromkeys(str(entry[4][0]) for entry in found)
            answer.set_result(tuple(ip_address(text) for text in texts))
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            answer.set_exception(OSError(str(error)))
        finally:
            self._limiter.release()
