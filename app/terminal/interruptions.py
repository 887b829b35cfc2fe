"""How a command ends when it is told to: what was begun is ended."""

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind like a Ctrl-C: what was begun is ended."""
    numbers = [n for n in ("SIGTERM", "SIGHUP") if hasattr(signal, n)]
    before = {
        name: signal.signal(getattr(signal, name), signal.default_int_handler)
        for name in numbers
    }
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
