"""A command as a shell starts it: full disks, closed pipes, paths that are refused."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.app.client.fakes import RESULT, job_json
from tests.app.commands.conftest import JPEG_HEAD

JOB = job_json("succeeded", 9, result=RESULT, id="job_0")
NOBODY = 65534
LONG = "n" * 256 + ".png"
DEEP = "folder-9/" * 460 + "x.png"
#: Each command with a path in the place of {}, and whatever else it needs.
PATHS = [
    "submit {} s.jpg",
    "submit p.jpg {}",
    "submit p.jpg s.jpg -o {}",
    "submit p.jpg s.jpg -c s.jpg -o {}",
    "submit p.jpg s.jpg --mask {}",
    "submit p.jpg s.jpg --style-mask {}",
    "submit p.jpg s.jpg --init {}",
    "submit p.jpg s.jpg -c {}",
    "watch job_0 --save {}",
    "result job_0 -o {}",
    "losses job_0 --csv -o {}",
    "styles show night -o {}",
    "styles add {}",
    "estimate {}",
    "keys create --name x --file {}",
    "keys create --name x --data {}",
    "keys list --file {}",
    "keys revoke key_1 --data {}",
    "serve --data {} --port 1",
    "demo {} s.jpg",
    "demo p.jpg s.jpg -o {}",
]


class Handler(BaseHTTPRequestHandler):
    """Answers a few GETs; what is large is larger than a pipe."""

    def do_GET(self) -> None:
        listing = {"object": "list", "data": [JOB] * 200, "next_cursor": None}
        bodies = {
            "/v1/jobs": json.dumps(listing).encode(),
            "/v1/jobs/job_0/result": b"x" * 300_000,
            "/v1/jobs/job_0/losses": b"1,2\n" * 60_000,
        }
        body = bodies.get(self.path.partition("?")[0], json.dumps(JOB).encode())
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}\r"
        server.shutdown()
        thread.join()


def start(url: str, *words: str, **options) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "app.cli", *words],
        # Buffered, as at people's: what is left would be tried once more at the end.
        env={**os.environ, "IMPASTO_URL": url, "PYTHONUNBUFFERED": ""},
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


OUTPUTS = [
    "result job_0 -o -",
    "losses job_0 --csv",
    "list",
    "list --json",
    "--help",
    "keys list --json",
]


@pytest.mark.parametrize("words", OUTPUTS)
def test_a_full_disk_is_told_in_one_line(url: str, words: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = start(url, *words.split(), stdout=full, cwd=tmp_path)
        _, told = command.communicate(timeout=60)
    assert command.returncode == 1, told
    why = "No space left on device"
    assert told == f"impasto: cannot write to standard output: {why}\n"


@pytest.mark.parametrize("words", OUTPUTS[:4])
def test_a_reader_that_has_gone_is_told_in_one_line(
    url: str, words: str, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = start(url, *words.split(), stdout=writing, cwd=tmp_path)
    os.close(writing)
    _, told = command.communicate(timeout=60)
    assert command.returncode == 1, told
    assert told == "impasto: cannot write to standard output: Broken pipe\n"


def test_a_closed_standard_output_is_told_in_one_line(url: str) -> None:
    script = f'exec {sys.executable} -m app.cli result job_0 -o - --url "$URL" >&-'
    done = subprocess.run(
        ["sh", "-c", script],
        env={**os.environ, "URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("impasto: cannot write to standard output: ")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("p.jpg", "s.jpg"):
        Path(name).write_bytes(JPEG_HEAD)
    Path("loop.png").symlink_to("loop.png")
    return tmp_path


@pytest.mark.parametrize(
    "path",
    [LONG, DEEP, "loop.png", "loop.png/x.png", "p.jpg/x.png"],
    ids=lambda p: p[:9],
)
@pytest.mark.parametrize("words", PATHS)
def test_a_path_that_the_system_refuses_is_told_in_one_line(
    run, places: Path, words: str, path: str
) -> None:
    done = run(*(word.format(path) for word in words.split()))
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("impasto: ")
    assert done.stderr.count("\n") == 1


#: Runs commands in one process, and tells how each ended.
MANY = """
import json, sys
from typer.testing import CliRunner
from app.cli import cli
for words in json.loads(sys.argv[1]):
    done = CliRunner().invoke(cli, words)
    print(json.dumps([words, done.exit_code, done.stderr]))
"""
#: Root has all rights, unless it is without these.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]


def test_a_folder_without_rights_is_told_in_one_line(places: Path) -> None:
    closed = Path("closed")
    closed.mkdir()
    dropping: list[str] = []
    if os.geteuid() == 0:
        dropping = WITHOUT_RIGHTS
        os.chown(closed, NOBODY, NOBODY)
    closed.chmod(0)
    commands = [words.format("closed/x.png").split() for words in PATHS]
    commands += [["submit", "closed", "s.jpg"], ["submit", "p.jpg", "closed"]]
    done = subprocess.run(
        [*dropping, sys.executable, "-c", MANY, json.dumps(commands)],
        capture_output=True,
        text=True,
        check=True,
    )
    closed.chmod(0o700)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [words for words, _, _ in told] == commands
    for words, code, line in told:
        assert code == 1, (words, line)
        assert line.startswith("impasto: "), (words, line)
        assert "Permission denied" in line, (words, line)
        assert line.count("\n") == 1, (words, line)


def test_a_name_that_is_no_text_is_printed(run, places: Path, url: str) -> None:
    name = os.fsdecode(b"\xff.png")
    command = start(url, "result", "job_0", "-o", name, stdout=subprocess.PIPE)
    command.stdout.reconfigure(errors="surrogateescape")
    told, words = command.communicate(timeout=60)
    assert (command.returncode, told) == (0, f"{name}\n"), words
