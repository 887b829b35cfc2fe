"""`styles`, `estimate`, `queue`, and the ids that a Tab offers."""

import json
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from app.commands.completion import complete_job_ids, complete_style_ids
from tests.app.client.fakes import JOB_ID, job_json, problem
from tests.app.commands.conftest import Counter
from tests.app.pictures import plain
from tests.packs import a_pack

STYLE = {
    "id": "sty_1",
    "object": "style",
    "title": "Waves [1]",
    "artist": None,
    "width": 64,
    "height": 48,
    "builtin": False,
    "pack": {"sha256": "0" * 64},
}
ESTIMATE = {
    "predict_seconds": {"p50": 65.0, "p90": 70.0},
    "wait_seconds": None,
    "memory_bytes": 2**30,
    "fits": False,
    "largest_size": 1024,
    "samples": 3,
    "based_on": "3 finished jobs",
}
QUEUE = {"depth": 2, "limit": 100, "running": 1, "workers": 1}


def styles(*found: dict) -> httpx.Response:
    return httpx.Response(200, json={"data": list(found), "next_cursor": None})


def test_the_library_is_listed_and_shown(run, service: Counter) -> None:
    service.on("GET /v1/styles", styles(STYLE))
    service.on("GET /v1/styles/sty_1", httpx.Response(200, json=STYLE))
    service.on("GET /v1/styles/sty_1/image", httpx.Response(200, content=b"png"))
    assert run("styles", "list").stdout.splitlines()[1].split() == [
        *["sty_1", "64x48", "an", "upload", "of", "its", "own", "Waves", "[1]"]
    ]
    shown = run("styles", "show", "sty_1", "-o", "s.png")
    assert "title     Waves [1]" in shown.stdout
    assert Path("s.png").read_bytes() == b"png"
    assert json.loads(run("styles", "show", "sty_1", "--json").stdout)["id"] == "sty_1"


def test_sets_for_trainings_are_listed(run, service: Counter) -> None:
    split = {"train": 65, "held_out": 6}
    told = {"name": "mine", "pictures": 71, "split": split, "licenses": ["CC0", "x"]}
    service.on("GET /v1/datasets", httpx.Response(200, json={"data": [told]}))
    shown = run("datasets").stdout.splitlines()[1]
    assert shown.split() == ["mine", "71", "6", "CC0,", "x"]
    assert json.loads(run("datasets", "--json").stdout)["data"][0]["name"] == "mine"


def test_a_network_is_exported_as_a_pack_and_as_onnx(run, service: Counter) -> None:
    path = "GET /v1/styles/sty_1/pack"
    service.on(path, httpx.Response(200, content=b"network"))
    done = run("styles", "export", "sty_1")
    assert (done.exit_code, done.stdout) == (0, "sty_1.safetensors\n")
    assert Path("sty_1.safetensors").read_bytes() == b"network"
    done = run("styles", "export", "sty_1", "--format", "onnx", "-o", "waves.onnx")
    assert (done.exit_code, done.stdout) == (0, "waves.onnx\n")
    accepted = [each.headers["accept"] for each in service.requests]
    assert accepted == ["application/x-safetensors", "application/onnx"]
    again = run("styles", "export", "sty_1", "--json")
    assert again.exit_code != 0
    service.on(path, problem(404, "pack_not_found"))
    assert run("styles", "export", "sty_1", "--force").exit_code == 1


def test_a_pack_is_imported_with_what_shows_it(run, service: Counter) -> None:
    Path("waves.safetensors").write_bytes(a_pack("waves"))
    Path("painted.png").write_bytes(plain())
    service.on("POST /v1/styles", httpx.Response(201, json=STYLE))
    done = run("styles", "import", "waves.safetensors", "--sample", "painted.png")
    assert (done.exit_code, done.stdout) == (0, "sty_1\n")
    sent = service.requests[-1].content
    assert b'name="pack"' in sent
    assert b'name="sample"' in sent
    Path("other.safetensors").write_bytes(b"PK" * 50)
    done = run("styles", "import", "other.safetensors", "--sample", "painted.png")
    assert done.exit_code == 1
    assert "can not be read" in str(done.exception)
    assert len(service.requests) == 1


def test_a_painting_is_added_under_its_files_name(run, service: Counter) -> None:
    Path("Great wave.png").write_bytes(plain())
    service.on("POST /v1/styles", httpx.Response(201, json=STYLE))
    done = run("styles", "add", "Great wave.png", "--license", "CC0-1.0")
    assert (done.exit_code, done.stdout) == (0, "sty_1\n")
    assert b"Great wave" in service.requests[0].content
    assert b"CC0-1.0" in service.requests[0].content


def test_a_painting_is_removed_or_why_not_is_told(run, service: Counter) -> None:
    path = "DELETE /v1/styles/sty_1"
    service.on(path, httpx.Response(204))
    assert run("styles", "remove", "sty_1").exit_code == 0
    service.on(path, problem(404, "style_not_found"))
    assert run("styles", "remove", "sty_1").exit_code == 1


def test_an_estimate_reads_the_photographs_head_and_speaks_plainly(
    run, service: Counter
) -> None:
    Path("photo.png").write_bytes(plain(size=(120, 90)))
    service.on("POST /v1/estimates", httpx.Response(200, json=ESTIMATE))
    done = run("estimate", "photo.png", "--size", "1500", "--set", "memory=whole")
    assert done.stdout.splitlines() == [
        "painting   1 min 5 s (nine of ten: at most 1 min 10 s)",
        "waiting    not known yet",
        "memory     1024 MiB",
        "fits       no; the largest that does is --size 1024",
        "learnt     3 finished jobs",
    ]
    assert json.loads(service.requests[0].content) == {
        "width": 120,
        "height": 90,
        "params": {"preset": "standard", "size": 1500, "memory": "whole"},
        "styles": 1,
    }


def test_an_estimate_needs_a_photograph_or_its_size(run, service: Counter) -> None:
    Path("text.png").write_text("hello")
    service.on("POST /v1/estimates", httpx.Response(200, json=ESTIMATE))
    assert run("estimate").exit_code == 2
    assert run("estimate", "--width", "10").exit_code == 2
    assert "it is a text file" in run("estimate", "text.png").stderr
    assert "No such file" in run("estimate", "nowhere.png").stderr
    assert run("estimate", "--width", "10", "--height", "9", "--json").exit_code == 0
    assert len(service.requests) == 1


def test_the_queue_is_told_with_its_workers_to_those_who_may_see_them(
    run, service: Counter
) -> None:
    service.on("GET /v1/queue", httpx.Response(200, json=QUEUE))
    worker = {"name": "vm:1", "device": "cpu", "heartbeat_age_seconds": 0.4}
    service.on("GET /v1/workers", httpx.Response(200, json={"data": [worker]}))
    told = run("queue").stdout
    assert "waiting    2 of at most 100" in told
    assert "vm:1" in told
    service.on("GET /v1/workers", problem(403, "forbidden"))
    done = run("queue", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["workers"] == []


def test_a_tab_offers_ids_that_begin_so(service: Counter) -> None:
    service.on("GET /v1/styles", styles(STYLE, STYLE | {"id": "night"}))
    jobs = {"data": [job_json("failed")], "next_cursor": None}
    service.on("GET /v1/jobs", httpx.Response(200, json=jobs))
    context = SimpleNamespace(params={})
    assert complete_style_ids(context, "sty") == [("sty_1", "Waves [1]")]
    assert complete_job_ids(context, "") == [(JOB_ID, "failed")]


@pytest.mark.parametrize(
    "answer", [httpx.ConnectError("refused"), problem(401, "unauthenticated")]
)
def test_a_tab_is_quiet_where_nobody_answers(service: Counter, answer) -> None:
    service.on("GET /v1/styles", answer)
    assert complete_style_ids(SimpleNamespace(params={}), "") == []


def test_help_is_grouped_and_tells_the_exit_codes(run) -> None:
    words = " ".join(run("--help").stdout.split())
    for panel in ("Paint pictures", "Look after jobs", "Ask the service"):
        assert panel in words
    assert "3 service not" in words
