"""Every measurement runs at its smallest, so that none stops working unseen.

What is measured says nothing here.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from benchmarks import __main__ as benchmarks
from benchmarks import (
    ceiling,
    checkpoints,
    controls,
    front,
    intake_memory,
    naive,
    scores,
    step,
)
from benchmarks.front import polls, streams, submissions
from benchmarks.front.photographs import jpeg
from benchmarks.front.running_api import RunningApi, running_api
from benchmarks.peers import compare
from benchmarks.pictures import content_picture
from benchmarks.service import running, scaleout, soak
from benchmarks.service.running import Service
from tests.engine.conftest import SMALL, new_small_engine
from worker.engine import StyleEngine

#: The command line of each; `{out}` is a folder.
WORDS = {
    "step": "--sizes 64 --rounds 1",
    "profile": "--sizes 64",
    "ceiling": "--sizes 64",
    "peers": "--sizes 64 --rounds 1 --picture-size 64 --most-steps 1",
    "presets": "--sizes 64 --presets draft",
    "controls": "--size 64 --rounds 1",
    "remembered": "--sizes 64 --rounds 1",
    "winograd": "--sizes 64 --layers 64 --rounds 1",
    "fast": "--sizes 64 --rounds 1",
    "fast-floors": "--size 64",
    "linear": "--sizes 64",
    "pointcloud": "--points 500 --views 4 --view-px 64 --steps 3 --only points",
    "video": "--size 64 --frames 2 --job-frames 2 --first-steps 1 --frame-steps 1",
    "gray": "--size 64 --preset draft",
    "quality": "--size 64 --steps 1 --quick",
    "sizes": "--sizes 64 --out {out}/sizes.jpg",
    "checkpoints": "--sizes 64",
    "front": "--seconds 0.2 --rounds 1",
    "scaleout": "--jobs 1 --rounds 1 --size 64 --steps 1",
    "load": "--jobs 4 --clients 2 --active 1",
    "soak": "--minutes 0.08 --clients 1 --every 0.2",
    "steering": "--sizes 64 --rounds 1 --drafts 1 --draft-size 64 --long-steps 6 "
    "--size 64 --steps 2",
    "training": "--crop 64 --batch 1 --steps 1 --rounds 1 --ways scratch",
    "intake-memory": "",
}
#: Numbers that are no options, made small.
SMALLER: list[tuple[object, str, object]] = [
    (step, "STEPS", 4),
    (controls, "STEPS", 2),
    (checkpoints, "STEPS", 5),
    (compare, "STEPS", 4),
    (compare, "TIMED_STEPS", 1),
    (streams, "_STREAMS", 4),
    (streams, "_JOBS", 2),
    (streams, "_REPORTS", 1),
    (submissions, "_ROUNDS", 1),
    (submissions, "photograph", lambda _: jpeg(content_picture(), 64)),
    (polls, "_CLIENTS", 2),
    (polls, "_CROWD", 4),
    (intake_memory, "_LARGE", (80, 50)),
    (intake_memory, "_BODY_BYTES", 2**16),
    (intake_memory, "_BASE64_BYTES", 2**16),
    (polls, "_PAINTED_PX", 64),
]


#: Whose weights, and whose engine, are a small network's; the others run as processes.
ON_WEIGHTS = (ceiling, compare, naive, scores)
PEER = """#!{python}
import shutil
import sys
sys.path.insert(0, ".")
del sys.argv[1:3]  # -m and a module
from benchmarks.peers.request import answer, read_request
request = read_request()
shutil.copy(request.content, request.result)
seconds = [float(step) for step in range(request.steps)]
answer(request, 0.0, seconds, float(request.steps))
"""


@pytest.fixture(scope="module")
def caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for weights and kernels, which are made once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def one_service(caches: Path) -> Iterator[Service]:
    """A service for the measurements that need no keys."""
    with running.service({"XDG_CACHE_HOME": str(caches)}) as (ours, _):
        yield ours


@pytest.fixture
def one_api() -> Iterator[RunningApi]:
    """A front for all three of its measurements."""
    with running_api() as ours:
        yield ours


@pytest.fixture
def tiny(caches: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make small what is no option; a peer is a script that copies the photograph."""
    peer = tmp_path / "peer"
    peer.write_text(PEER.format(python=sys.executable))
    peer.chmod(0o755)
    monkeypatch.setattr(compare, "INTERPRETER", peer)
    monkeypatch.setenv("XDG_CACHE_HOME", str(caches))
    for owner, constant, value in SMALLER:
        monkeypatch.setattr(owner, constant, value)
    for module in ON_WEIGHTS:
        monkeypatch.setattr(module, "load_weights", lambda: SMALL)
    monkeypatch.setattr(scores, "_weights", lambda: SMALL)
    monkeypatch.setattr(StyleEngine, "load", lambda **_: new_small_engine())


def test_every_measurement_is_run_here() -> None:
    assert WORDS.keys() == benchmarks.MEASUREMENTS.keys()
    assert {*benchmarks.HABIT, *benchmarks.LONG} <= WORDS.keys()


@pytest.mark.vgg_weights
@pytest.mark.parametrize("name", WORDS)
def test_a_measurement_prints_its_tables(
    name: str,
    tiny: None,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if name in ("scaleout", "soak"):
        ours = request.getfixturevalue("one_service"), []
        module = {"scaleout": scaleout, "soak": soak}[name]
        monkeypatch.setattr(module, "service", lambda: nullcontext(ours))
    if name == "front":
        one_api = request.getfixturevalue("one_api")
        monkeypatch.setattr(front, "running_api", lambda: nullcontext(one_api))
    words = WORDS[name].format(out=tmp_path).split()
    code = exit_code(lambda: benchmarks.MEASUREMENTS[name](words))
    printed = capsys.readouterr().out
    # A day of three seconds may seem to grow; no other measurement may fail.
    assert code == 0 or name == "soak", printed
    assert re.search(r"^### .+\n\n\|.+\|\n\|[ |-]+\|\n\|.+\|$", printed, re.MULTILINE)
    assert "failed" not in printed
    assert "can not run" not in printed


def exit_code(action: Callable[[], None]) -> int:
    try:
        action()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_measurements_need_nothing_that_only_developers_install() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    names = {
        Requirement(each).name.lower()
        for each in project["optional-dependencies"]["dev"]
    } - {"impasto"}
    modules = [
        module
        for module, owners in packages_distributions().items()
        if names & {owner.lower() for owner in owners}
    ]
    assert "psutil" in modules
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({modules!r}))\n"
        "import benchmarks.__main__"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
