"""Where webhooks go: it fails at first, then takes them and notes each one."""

import json
import threading
from collections import defaultdict
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Receipt:
    """One message as it came."""

    webhook_id: str
    job_id: str
    kind: str
    was_taken: bool


class Receiver:
    """Answers 500 to the first try of every `fails_each`-th message."""

    def __init__(self, fails_each: int = 4) -> None:
        self.receipts: list[Receipt] = []
        self._fails_each = fails_each
        self._tries: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take(self.headers["webhook-id"], body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def take(self, webhook_id: str, body: bytes) -> int:
        """Note a message; return the status that its sender gets."""
        message = json.loads(body)
        with self._lock:
            self._tries[webhook_id] += 1
            fails = len(self._tries) % self._fails_each == 0
            was_taken = not fails or self._tries[webhook_id] > 1
            self.receipts.append(
                Receipt(webhook_id, message["data"]["id"], message["type"], was_taken)
            )
        return 204 if was_taken else 500

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
