import asyncio
from collections.abc import Callable

from app.http.edge.write_coalescing import CoalescingTransport


class FakeTransport:
    def __init__(self) -> None:
        self.did: list[bytes | str] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.did.append(data)

    def close(self) -> None:
        self.did.append("close")
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def written(
    story: Callable[[CoalescingTransport, FakeTransport], object],
) -> list[bytes | str]:
    async def run() -> list[bytes | str]:
        fake = FakeTransport()
        loop = asyncio.get_running_loop()
        coalescing = CoalescingTransport(fake, loop)  # type: ignore[arg-type]
        outcome = story(coalescing, fake)
        if asyncio.iscoroutine(outcome):
            await outcome
        await asyncio.sleep(0)
        return fake.did

    return asyncio.run(run())


def test_a_head_and_its_body_are_one_packet() -> None:
    def story(coalescing: CoalescingTransport, fake: FakeTransport) -> None:
        for part in (b"head", b"body", b""):
            coalescing.write(part)
        assert fake.did == [], "not before the loop's next turn"

    assert written(story) == [b"headbody"]


def test_what_comes_later_is_another_packet() -> None:
    async def story(coalescing: CoalescingTransport, fake: FakeTransport) -> None:
        coalescing.write(b"first")
        await asyncio.sleep(0)
        assert fake.did == [b"first"]
        coalescing.write(b"second")

    assert written(story) == [b"first", b"second"]


def test_nothing_is_lost_when_the_connection_is_closed() -> None:
    def story(coalescing: CoalescingTransport, _fake: FakeTransport) -> None:
        coalescing.write(b"last words")
        coalescing.close()

    assert written(story) == [b"last words", "close"]


def test_nothing_is_written_once_the_connection_is_lost() -> None:
    def story(coalescing: CoalescingTransport, fake: FakeTransport) -> None:
        coalescing.write(b"nobody hears")
        fake.is_closed = True

    assert written(story) == []


def test_all_else_is_the_transports_own() -> None:
    def story(coalescing: CoalescingTransport, _fake: FakeTransport) -> None:
        assert coalescing.get_extra_info("socket") == "the socket"

    written(story)
