"""Random bytes to the server's own protocol: answered or hung up on, never an error."""

import asyncio
from typing import Any

import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState

from app.server import uvicorn_options
from tests.fuzz.asking import roomy_api
from tests.fuzz.effort import LONGEST_S, effort
from tests.fuzz.mutations import damaged
from tests.intake_corpus.raw import CASES

API = roomy_api()
CONFIG = uvicorn.Config(API.app, **uvicorn_options(API.settings))
CONFIG.load()
SOUND = [b"".join(case.pieces)[:3000] for case in CASES]


class FakeTransport(asyncio.Transport):
    """Takes what is written; knows nothing of a network."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self._is_closing = False

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self._is_closing = True

    def is_closing(self) -> bool:
        return self._is_closing

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def set_write_buffer_limits(self, *_: Any, **__: Any) -> None:
        pass


async def converse(pieces: list[bytes]) -> bytes:
    """Return what the server writes to one who sends the pieces and leaves."""
    loop, faults, transport = asyncio.get_running_loop(), [], FakeTransport()
    loop.set_exception_handler(lambda _, context: faults.append(context))
    state = ServerState()
    protocol: Any = CONFIG.http_protocol_class(
        config=CONFIG, server_state=state, app_state={}, _loop=loop
    )
    protocol.connection_made(transport)
    for piece in pieces:
        if transport.is_closing():
            break
        protocol.data_received(piece)
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    async with asyncio.timeout(LONGEST_S):
        while state.tasks:
            await asyncio.sleep(0)
    assert faults == []
    return transport.written


@effort(100)
@given(
    sent=st.one_of(damaged(st.sampled_from(SOUND)), st.binary(max_size=200)),
    cut=st.floats(0, 1),
)
def test_any_bytes_are_answered_or_hung_up_on(sent: bytes, cut: float) -> None:
    middle = int(cut * len(sent))
    # No loop hands over nothing: to h11 that would be the end.
    pieces = [sent[:middle], sent[middle:]]
    answer = asyncio.run(converse([each for each in pieces if each]))
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
    assert b"HTTP/1.1 5" not in answer
