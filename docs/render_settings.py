"""Writes settings.md from the settings classes: `python docs/render_settings.py`.

A test holds the file to them, so that no setting is undocumented.
"""

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from app.settings import ApiSettings, OutboundSettings, WebhookSettings
from app.stores.settings import StoreSettings
from worker.settings import WorkerSettings

PAGE = Path(__file__).with_name("settings.md")

_HEAD = """# Settings

Read from the environment once, when a process starts. A value that is not allowed ends
the process with a message that names it. `impasto serve` passes its environment on to
the parts that it starts, and sets the Redis URL, the data directory, host and port.
"""


def render() -> str:
    """Return the page."""
    shared = StoreSettings.model_fields
    outbound = _others(OutboundSettings, shared)
    sections = [
        _section("Shared: API and workers of one service must agree", shared),
        _section("API", _others(ApiSettings, {**shared, **outbound})),
        _section("Ways out: API and webhooks must agree", outbound),
        _section("Webhooks", _others(WebhookSettings, {**shared, **outbound})),
        _section("Worker", _others(WorkerSettings, shared)),
    ]
    return "\n".join([_HEAD, *sections])


def _others(
    settings: type[StoreSettings], known: dict[str, FieldInfo]
) -> dict[str, FieldInfo]:
    return {n: f for n, f in settings.model_fields.items() if n not in known}


def _section(title: str, fields: dict[str, FieldInfo]) -> str:
    lines = [f"## {title}\n", "| variable | default | meaning |", "| --- | --- | --- |"]
    for name, field in fields.items():
        variable, value = f"`IMPASTO_{name.upper()}`", _value(field.default)
        lines.append(f"| {variable} | {value} | {field.description} |")
    return "\n".join([*lines, ""])


# Any: a default may be of every type.
def _value(default: Any) -> str:
    if default in (None, {}, ()):
        return "not set"
    return f"`{','.join(default) if isinstance(default, tuple) else default}`"


if __name__ == "__main__":
    PAGE.write_text(render())
