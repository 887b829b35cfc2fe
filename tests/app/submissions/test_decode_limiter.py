"""What bounds the API's memory: so many uploads, so many decodes, at once."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from app.settings import ApiSettings
from app.submissions.files.preparing import normalize
from tests.app.conftest import PICTURE, ApiHarness
from tests.app.pictures import plain


class SlowDecoder:
    """Counts how many are inside at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.inside = 0
        self.most = 0

    @contextmanager
    def pass_slowly(self) -> Any:
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.02)
        yield
        with self._lock:
            self.inside -= 1


#: What a test makes small.
LARGE = "app.submissions.files.decode_limiter.LARGE_PIXELS"


def submit_at_once(api: ApiHarness, count: int, style: bytes = PICTURE) -> list[int]:
    async def scenario() -> list[int]:
        transport = httpx.ASGITransport(api.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as http:
            files = {"content": ("a", PICTURE), "style": ("b", style)}
            answers = await asyncio.gather(
                *(http.post("/v1/jobs", files=files) for _ in range(count))
            )
        return [answer.status_code for answer in answers]

    return asyncio.run(scenario())


@pytest.fixture
def decoding(monkeypatch: pytest.MonkeyPatch) -> SlowDecoder:
    slow_decoder = SlowDecoder()

    def slowly(*args: Any) -> Any:
        with slow_decoder.pass_slowly():
            return normalize(*args)

    monkeypatch.setattr("app.submissions.files.preparing.normalize", slowly)
    return slow_decoder


def test_two_pictures_are_decoded_at_once(
    api: ApiHarness, decoding: SlowDecoder
) -> None:
    assert submit_at_once(api, 6) == [202] * 6
    assert decoding.most == 2


def test_of_large_pictures_one_is_decoded_at_once(
    api: ApiHarness, decoding: SlowDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LARGE, 48 * 36 - 1)
    assert submit_at_once(api, 4) == [202] * 4
    assert decoding.most == 1


def test_large_picture_is_decoded_alone(
    api: ApiHarness, decoding: SlowDecoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a small one is decoded meanwhile: there is no memory for both."""
    sizes = {"small": 48 * 36, "large": 49 * 36}
    monkeypatch.setattr(LARGE, sizes["small"])
    large = plain(size=(49, 36))
    decoded = []

    def note(sent: Any, *others: Any) -> Any:
        is_large = sent.source.file.seek(0, 2) == len(large)
        with decoding.pass_slowly():
            decoded.append((is_large, decoding.inside))
            return normalize(sent, *others)

    monkeypatch.setattr("app.submissions.files.preparing.normalize", note)
    assert submit_at_once(api, 6, style=large) == [202] * 6
    assert {inside for is_large, inside in decoded if is_large} == {1}
    assert {inside for is_large, inside in decoded if not is_large} == {1, 2}


def test_uploads_beyond_the_limit_wait_and_then_give_up(
    build_api: Callable[..., ApiHarness], decoding: SlowDecoder
) -> None:
    patient = ApiSettings(uploads_at_once=1)
    assert submit_at_once(build_api(settings=patient), 3) == [202] * 3
    assert decoding.most == 1
    hasty = ApiSettings(uploads_at_once=1, upload_patience_s=0.001)
    assert sorted(submit_at_once(build_api(settings=hasty), 3)) == [202, 503, 503]
