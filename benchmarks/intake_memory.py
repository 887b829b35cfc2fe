"""How much memory the API's process takes under large and hostile uploads.

The real process over a real Valkey; pictures at the limit of 40 megapixels in every
kind that costs memory, bombs, bodies of 64 MiB and batches, all at once. What counts is
the kernel's own peak of the process (VmHWM), not what a sample happens to see.
"""

import argparse
import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image

from app.demo import free_port
from app.launcher import valkey
from benchmarks.table import show

#: What is promised.
MOST_BYTES = 512 * 2**20
_LARGE = (8000, 5000)
_BODY_BYTES, _BASE64_BYTES = 64 * 2**20, 24 * 2**20
_PATIENCE_S = 300.0


@dataclass(frozen=True)
class Upload:
    """A request that costs memory."""

    path: str
    files: tuple[tuple[str, bytes], ...] = ()
    body: bytes = b""
    media_type: str = ""


def picture(kind: str, mode: str = "RGB", **options: object) -> bytes:
    """Return a flat picture of 40 megapixels: few bytes, all of the memory."""
    file = io.BytesIO()
    Image.new(mode, _LARGE).save(file, kind, **options)
    return file.getvalue()


def submission(content: bytes, style: bytes) -> Upload:
    """Return a job that is checked in full and not queued."""
    files = (("content", content), ("style", style))
    return Upload("/v1/jobs?validate_only=true", files)


@dataclass
class Api:
    """The process, and where it listens."""

    process: subprocess.Popen[bytes]
    url: str

    def memory_bytes(self, name: str = "VmHWM") -> int:
        """Return the peak that was resident, or another of proc(5)'s values."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = (each for each in status.splitlines() if each.startswith(name))
        return 1024 * int(line.split()[1])

    def send(self, upload: Upload) -> int:
        """Return the answer's status; 0 if the service hung up on us."""
        try:
            answer = httpx.post(
                self.url + upload.path,
                files=[(name, ("a", content)) for name, content in upload.files]
                or None,
                content=upload.body or None,
                headers={"Content-Type": upload.media_type} if upload.body else None,
                timeout=_PATIENCE_S,
            )
        except httpx.TransportError:
            return 0
        return answer.status_code

    def send_at_once(self, uploads: Sequence[Upload]) -> Counter[int]:
        """Return how often each status was answered."""
        with ThreadPoolExecutor(len(uploads)) as threads:
            return Counter(threads.map(self.send, uploads))


@contextlib.contextmanager
def serving(redis_url: str, data_dir: Path, **settings: str) -> Iterator[Api]:
    """Yield the API as a process of its own."""
    port = free_port()
    environment = {
        "IMPASTO_REDIS_URL": redis_url,
        "IMPASTO_DATA_DIR": str(data_dir),
        "IMPASTO_PORT": str(port),
        **settings,
    }
    with (data_dir / "api.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "api"],
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    api = Api(process, f"http://127.0.0.1:{port}")
    try:
        _wait_for(lambda: httpx.get(f"{api.url}/healthz").status_code == 200)
        yield api
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_for(is_there: Callable[[], bool], timeout_s: float = 60) -> None:
    end_s = time.monotonic() + timeout_s
    while time.monotonic() < end_s:
        with contextlib.suppress(httpx.TransportError):
            if is_there():
                return
        time.sleep(0.05)
    raise TimeoutError("the API did not start")


@contextlib.contextmanager
def _valkey(data_dir: Path) -> Iterator[str]:
    socket = valkey.socket_path(data_dir)
    command = valkey.command(valkey.find_binary(), socket, data_dir)
    with subprocess.Popen(command) as server:
        try:
            valkey.wait_until_ready(socket)
            yield f"unix://{socket}"
        finally:
            server.terminate()


def _sieges() -> Mapping[str, Callable[[], list[Upload]]]:
    small = io.BytesIO()
    Image.new("RGB", (64, 64)).save(small, "PNG")
    tiny = small.getvalue()

    def pairs(content: bytes) -> list[Upload]:
        return [submission(content, content)] * 8

    def batch(content: bytes) -> list[Upload]:
        files = (*[("content", content)] * 31, ("style", tiny))
        return [Upload("/v1/batches", files)] * 4

    junk = bytes(_BODY_BYTES - 100)
    base64 = b'{"content": {"data": "' + b"QUJD" * (_BASE64_BYTES // 4) + b'"}}'
    form = "multipart/form-data; boundary=x"
    return {
        "nothing": list,
        "8 x 2 JPEG": lambda: pairs(picture("JPEG")),
        "8 x 2 JPEG, progressive": lambda: pairs(picture("JPEG", progressive=True)),
        "8 x 2 JPEG, CMYK": lambda: pairs(picture("JPEG", "CMYK")),
        "8 x 2 JPEG, CMYK, progressive, 4:4:4": lambda: pairs(
            picture("JPEG", "CMYK", progressive=True, subsampling=0)
        ),
        "8 x 2 PNG, RGBA": lambda: pairs(picture("PNG", "RGBA")),
        "8 x 2 WebP, lossy": lambda: pairs(picture("WEBP", method=0)),
        "8 x 2 WebP, RGBA": lambda: pairs(
            picture("WEBP", "RGBA", lossless=True, method=0, quality=0)
        ),
        "4 batches of 31 large pictures": lambda: batch(picture("JPEG")),
        "32 bodies of 64 MiB": lambda: (
            [Upload("/v1/jobs", (), b"--x\r\n" + junk, form)] * 32
        ),
        "16 x 24 MiB of base64": lambda: (
            [Upload("/v1/jobs", (), base64, "application/json")] * 16
        ),
    }


def main(words: Sequence[str]) -> None:
    """Print a table of peaks."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks intake-memory")
    parser.parse_args(words)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        with (
            _valkey(data_dir) as redis_url,
            serving(redis_url, data_dir, IMPASTO_UPLOAD_PATIENCE_S="300") as api,
        ):
            for name, make in _sieges().items():
                Path(f"/proc/{api.process.pid}/clear_refs").write_text("5")
                uploads, began_s = make(), time.monotonic()
                statuses = api.send_at_once(uploads) if uploads else Counter()
                rows.append(
                    [
                        name,
                        " ".join(f"{n} x {s}" for s, n in sorted(statuses.items())),
                        f"{time.monotonic() - began_s:.0f}",
                        f"{api.memory_bytes() / 2**20:.0f}",
                        f"{api.memory_bytes('VmRSS') / 2**20:.0f}",
                    ]
                )
    show(
        "The API's memory under uploads at once",
        ["at once", "answers", "s", "peak MiB", "after MiB"],
        rows,
        [f"{MOST_BYTES >> 20} MiB are promised."],
    )
