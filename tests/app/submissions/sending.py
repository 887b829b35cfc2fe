"""How tests send submissions in JSON, and stand-ins for what lies outside."""

import base64
from dataclasses import dataclass, field
from typing import Any

from app.problems import FieldError, ProblemCode, ProblemError
from app.submissions.dependencies import SubmissionDependencies
from tests.app.conftest import PICTURE, ApiHarness

STYLE_ID = "starry_night"


def data(content: bytes = PICTURE) -> dict[str, str]:
    """Return a picture as JSON holds it."""
    return {"data": base64.b64encode(content).decode()}


def a_job(**members: Any) -> dict[str, Any]:
    """Return the body of a job; a member that is ... is left out."""
    body = {"content": data(), "styles": [data()], **members}
    return {name: value for name, value in body.items() if value is not ...}


def send(api: ApiHarness, body: Any, path: str = "/v1/jobs", **headers: str) -> Any:
    """Send a body: text and bytes as they are, anything else as JSON."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, str | bytes):
        names = {"Content-Type": "application/json", **names}
        return api.client.post(path, content=body, headers=names)
    return api.client.post(path, json=body, headers=names)


@dataclass
class FakeFetcher:
    """Answers what it was given, by URL; notes what it was asked."""

    pictures: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fetch(self, url: str, field: str) -> bytes:
        self.asked.append(url)
        if url in self.pictures:
            return self.pictures[url]
        code = ProblemCode.URL_FETCH_FAILED
        raise ProblemError(
            code, "not there", [FieldError(field=field, code=code, message="no")]
        )


def receive_with(api: ApiHarness, **changes: Any) -> None:
    """Change what the API receives submissions with."""
    api.change(SubmissionDependencies, **changes)
