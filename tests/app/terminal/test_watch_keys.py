"""Keys at a terminal steer the job that it shows."""

import json
import os
import time
from collections.abc import Iterator

import httpx
import pytest

from app.terminal.watch_keys import WatchKeys, listening
from tests.app.client.fakes import JOB_ID, Script, client_of, job_answer, problem

NOW = "2026-01-01T00:00:00Z"


def pressed(key: str, *answers: httpx.Response) -> tuple[Script, list[str]]:
    script, said = Script(*answers), list[str]()
    with client_of(script) as client:
        WatchKeys(client, JOB_ID, said.append).press(key)
    return script, said


def last_path(script: Script) -> str:
    return script.requests[-1].url.path.rpartition("/")[2]


def test_p_pauses_and_lets_go_on() -> None:
    script, _ = pressed("p", job_answer("processing"), job_answer())
    assert last_path(script) == "pause"
    script, said = pressed("p", job_answer(paused_at=NOW), job_answer())
    assert (last_path(script), said) == ("resume", ["goes on"])


def test_f_finishes_and_a_refusal_is_said() -> None:
    script, said = pressed("f", problem(409, "job_finished"))
    assert last_path(script) == "finish"
    assert said
    assert "This went wrong." in said[0]


@pytest.mark.parametrize(
    ("key", "now", "wanted"), [("+", 0.5, 0.55), ("-", 0.02, 0.0), ("+", 1, 1.0)]
)
def test_plus_and_minus_move_the_strength_within_its_bounds(
    key: str, now: float, wanted: float
) -> None:
    controls = {
        "revision": 1,
        "applied_revision": 1,
        "values": {"style_strength": now},
    }
    asked = httpx.Response(202, json={"revision": 2})
    script, _ = pressed(key, httpx.Response(200, json=controls), asked)
    assert json.loads(script.requests[-1].content) == {"style_strength": wanted}


def test_other_keys_do_nothing() -> None:
    script, said = pressed("x")
    assert (script.requests, said) == ([], [])


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Return what is written to as if somebody pressed keys."""
    ours, theirs = os.openpty()
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        yield ours
    os.close(ours)


def test_single_keys_are_heard_at_a_terminal_without_return(keyboard: int) -> None:
    heard: list[str] = []
    with listening(heard.append) as can_come:
        assert can_come
        os.write(keyboard, b"p+")
        end_s = time.monotonic() + 5
        while len(heard) < 2 and time.monotonic() < end_s:
            time.sleep(0.01)
    assert heard == ["p", "+"]


def test_without_a_terminal_no_key_can_come(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    (tmp_path / "empty").touch()
    with (tmp_path / "empty").open() as file:
        monkeypatch.setattr("sys.stdin", file)
        with listening(lambda _: None) as can_come:
            assert not can_come
