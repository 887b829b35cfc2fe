"""What docker-compose.s3.yml promises, laid over docker-compose.yml."""

import re
from typing import Any

import pytest
import yaml

from app.settings import ApiSettings, WebhookSettings
from app.stores.s3_blobs import S3BlobStore
from app.stores.settings import StoreSettings
from tests.object_storage import CREDENTIALS
from worker.settings import WorkerSettings

from .files import ROOT, compose, dockerfile, project

TEXT = (ROOT / "docker-compose.s3.yml").read_text()
OVER: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES = OVER["services"]
SETTINGS: dict[str, type[StoreSettings]] = {
    "api": ApiSettings,
    "webhooks": WebhookSettings,
    "worker": WorkerSettings,
    "worker-gpu": WorkerSettings,
}
#: What an operator would set, as docs/object-storage.md says.
GIVEN = {
    **CREDENTIALS,
    "IMPASTO_BLOBS_URL": "s3://pictures/impasto",
    "IMPASTO_S3_ENDPOINT_URL": "https://storage.example.org",
    "IMPASTO_SECRET": "a secret of 32 characters, at least",
}
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}")


def filled_in(value: str) -> str:
    """Put in what is given, else the default, as compose does."""
    return _VARIABLE.sub(lambda found: GIVEN.get(found[1], found[2] or ""), value)


def environment_of(name: str) -> dict[str, str]:
    below = compose()["services"][name]["environment"]
    merged = {**below, **SERVICES[name]["environment"]}
    return {key: filled_in(value) for key, value in merged.items()}


def test_it_lies_over_services_that_there_are() -> None:
    assert set(SERVICES) == set(SETTINGS) < set(compose()["services"])
    allowed = {"build", "environment", "networks"}
    assert all(set(service) <= allowed for service in SERVICES.values())


@pytest.mark.parametrize("name", SETTINGS)
def test_service_starts_with_what_it_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in environment_of(name).items():
        monkeypatch.setenv(key, value)
    settings = SETTINGS[name]()
    if name == "webhooks":
        assert settings.blobs_url is None, "it has no business with pictures"
        assert not any("AWS" in key for key in environment_of(name))
    else:
        assert isinstance(settings.open_blobs(), S3BlobStore)


def test_what_signs_is_the_same_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = set()
    for name in ("api", "webhooks"):
        for key, value in environment_of(name).items():
            monkeypatch.setenv(key, value)
        secrets.add(SETTINGS[name]().service_secret("links"))
    assert len(secrets) == 1


def test_workers_have_a_way_to_the_storage_and_still_none_in() -> None:
    assert "storage" in OVER["networks"]
    assert not (OVER["networks"]["storage"] or {}).get("internal")
    for name in ("worker", "worker-gpu"):
        assert SERVICES[name]["networks"] == ["storage"]


def test_images_are_built_with_what_a_storage_needs() -> None:
    assert SERVICES["api"]["build"] == SERVICES["webhooks"]["build"]
    assert "boto3" in " ".join(project()["optional-dependencies"]["s3"])
    for name, service in SERVICES.items():
        extras = service["build"]["args"]["EXTRAS"]
        file = dockerfile(compose()["services"][name]["build"]["dockerfile"])
        (own,) = [each for each in file.of("ARG") if each.startswith("EXTRAS=")]
        assert extras == f"{own.removeprefix('EXTRAS=')},s3"


def test_every_variable_that_can_be_set_is_documented() -> None:
    page = (ROOT / "docs" / "object-storage.md").read_text()
    variables = set(re.findall(r"\$\{(\w+)", TEXT))
    assert len(variables) == 8
    assert all(f"`{variable}`" in page for variable in variables)
