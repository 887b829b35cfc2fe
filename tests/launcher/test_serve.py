"""What a launcher says when it cannot start: in words, at once, with an exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.demo import free_port
from app.launcher.serve import ServeOptions
from app.launcher.supervisor import Child


def serve(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "app.cli", "serve", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


def test_data_directory_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    done = serve(f"--data={tmp_path / 'data'}", f"--port={free_port()}")
    assert done.returncode == 1
    assert "cannot use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "environment",
    [{"IMPASTO_REDIS_URL": "http://x"}, {"IMPASTO_LEASE_S": "-1"}],
    ids=str,
)
def test_setting_that_is_not_allowed_is_named(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    done = serve(f"--data={tmp_path}", **environment)
    assert done.returncode == 2
    assert next(iter(environment)).removeprefix("IMPASTO_").lower() in done.stderr
    assert "Traceback" not in done.stderr


def test_file_in_the_current_directory_is_not_taken_for_ours(tmp_path: Path) -> None:
    """Its name is one of the commonest; and running it would be running anything."""
    trap = "import pathlib; pathlib.Path('sprung').touch()\\n"
    for name in ("app.py", "worker.py"):
        (tmp_path / name).write_text(trap)
    impasto = Path(sys.executable).with_name("impasto")
    done = subprocess.run(
        [impasto, "worker"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "IMPASTO_THREADS": "0"},
    )
    assert done.returncode == 2
    assert "threads" in done.stderr
    assert not (tmp_path / "sprung").exists()


def test_worker_with_wrong_settings_is_not_started_again(tmp_path: Path) -> None:
    done = serve(f"--data={tmp_path}", f"--port={free_port()}", IMPASTO_THREADS="0")
    assert done.returncode == 1
    assert 1 <= done.stderr.count("threads") <= 2, "once a worker"
    assert "cannot start" in done.stderr


#: How Python reads names and prints them: as UTF-8 and nothing else, or as ASCII.
STRICT = {"PYTHONIOENCODING": "utf-8:strict"}
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("name", "environment"),
    [(b"caf\xe9", STRICT), ("d\u00e4t\u00e4 \u65e5".encode(), ASCII)],
)
def test_name_of_the_data_directory_may_be_any(
    name: bytes, environment: dict[str, str], tmp_path: Path
) -> None:
    directory = tmp_path / os.fsdecode(name)
    directory.mkdir()
    data_dir = os.fsencode(directory)

    def run(*arguments: str | bytes) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            capture_output=True,
            timeout=60,
            check=False,
            env={
                **os.environb,
                b"IMPASTO_DATA_DIR": data_dir,
                b"IMPASTO_THREADS": b"0",
                **{os.fsencode(k): os.fsencode(v) for k, v in environment.items()},
            },
        )

    for done in (
        run("doctor", "--data", data_dir),
        run("keys", "create", "--name", "x"),
        # It gets as far as its worker, which is told nonsense.
        run("serve", "--data", data_dir, f"--port={free_port()}", "--grace=0"),
    ):
        assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert b"threads" in done.stderr
    assert (directory / "appendonlydir").is_dir()


def test_port_out_of_range_is_refused(tmp_path: Path) -> None:
    done = serve(f"--data={tmp_path}", "--port=99999")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_server_that_cannot_start_is_given_up_in_words(tmp_path: Path) -> None:
    (tmp_path / "valkey.sock").mkdir()
    done = serve(f"--data={tmp_path}", f"--port={free_port()}")
    assert done.returncode == 1
    assert "valkey does not start: Failed opening Unix socket" in done.stderr
    assert "Traceback" not in done.stderr


def test_relative_directory_of_a_directory_that_is_gone_is_refused(
    tmp_path: Path,
) -> None:
    lost = tmp_path / "lost"
    lost.mkdir()
    impasto = Path(sys.executable).with_name("impasto")
    done = subprocess.run(
        ["sh", "-c", f"rmdir {lost}; exec {impasto} serve --port={free_port()}"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=lost,
    )
    assert done.returncode == 1
    assert "cannot use data: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_passwords_are_in_no_repr(tmp_path: Path) -> None:
    url = "redis://:a-password@redis.test:6379/0"
    options = ServeOptions(
        host="127.0.0.1", port=8000, data_dir=tmp_path, redis_url=url, grace_s=1
    )
    child = Child(name="api", command=["x"], environment={"IMPASTO_REDIS_URL": url})
    assert "a-password" not in repr(options) + repr(child)
