"""Keys that steer a job while a terminal shows it: pause, finish, more or less style.

Only where somebody sits at a terminal that can tell single keys.
"""

import contextlib
import importlib.util
import os
import select
import sys
import threading
from collections.abc import Callable, Iterator

from app.client import ClientError, ImpastoClient

HINT = "p pauses, f finishes, + and - change the style's strength"
_LOOK_S = 0.1
_STRENGTH = "style_strength"
_STEP = 0.05


class WatchKeys:
    """What each key does to one job.

    Args:
        client: asks the service.
        job_id: of the job.
        say: tells a person what was asked, or why it was refused.
    """

    def __init__(
        self, client: ImpastoClient, job_id: str, say: Callable[[str], None]
    ) -> None:
        self._client = client
        self._job_id = job_id
        self._say = say

    def press(self, key: str) -> None:
        """Do what a key stands for; nothing if it stands for nothing."""
        actions = {
            "p": self._pause,
            "f": self._finish,
            "+": self._more,
            "-": self._less,
        }
        try:
            actions.get(key, lambda: None)()
        except ClientError as error:
            self._say(str(error))

    def _pause(self) -> None:
        if self._client.job(self._job_id).paused_at is None:
            self._client.pause(self._job_id)
            self._say("asked to pause; p again lets it go on")
        else:
            self._client.resume(self._job_id)
            self._say("goes on")

    def _finish(self) -> None:
        self._client.finish(self._job_id)
        self._say("asked to finish")

    def _more(self) -> None:
        self._change(_STEP)

    def _less(self) -> None:
        self._change(-_STEP)

    def _change(self, by: float) -> None:
        now = self._client.controls(self._job_id).values.get(_STRENGTH)
        if not isinstance(now, int | float):
            self._say(f"this job has no {_STRENGTH}")
            return
        wanted = round(min(1.0, max(0.0, now + by)), 2)
        self._client.control(self._job_id, {_STRENGTH: wanted})
        self._say(f"{_STRENGTH} {wanted} is on its way")


@contextlib.contextmanager
def listening(press: Callable[[str], None]) -> Iterator[bool]:
    """Hand each key to `press` until the block is left; yield whether any can come."""
    number = _terminal()
    if number is None:
        yield False
        return
    import termios  # noqa: PLC0415 - not everywhere
    import tty  # noqa: PLC0415 - likewise

    before = termios.tcgetattr(number)
    left = threading.Event()
    thread = threading.Thread(
        target=_listen, args=(number, press, left), name="keys", daemon=True
    )
    tty.setcbreak(number)
    try:
        thread.start()
        yield True
    finally:
        left.set()
        thread.join(1.0)
        termios.tcsetattr(number, termios.TCSADRAIN, before)


def _terminal() -> int | None:
    """Return the number of the terminal that keys come from, if there is one."""
    try:
        number = sys.stdin.fileno()
    except (OSError, ValueError):
        return None
    has_keys = importlib.util.find_spec("termios") is not None
    return number if has_keys and os.isatty(number) else None


def _listen(number: int, press: Callable[[str], None], left: threading.Event) -> None:
    while not left.is_set():
        if select.select([number], [], [], _LOOK_S)[0]:
            key = os.read(number, 1)
            if not key:
                return  # nobody sits there any more
            press(key.decode("ascii", "replace"))
