"""Packages are held against our own metadata; torch and torchvision to each other."""

from importlib.metadata import PackageNotFoundError, version

import pytest

from app.commands.doctor.findings import Finding, Level
from app.commands.doctor.installation import look, pair


def findings(**versions: str | None) -> dict[str, Finding]:
    """Return what is found where these packages have other versions, or none."""

    def version_of(name: str) -> str:
        told = versions.get(name, "")
        if told is None:
            raise PackageNotFoundError(name)
        return told or version(name)

    return {each.check: each for each in look(version_of)}


def test_this_installation_is_well() -> None:
    found = findings()
    assert {each.level for each in found.values()} == {Level.OK}
    assert "httpx" in (found["packages"].details or "")


@pytest.mark.parametrize(
    ("versions", "check", "words"),
    [
        ({"httpx": None}, "packages", ">=0.28 (missing)"),
        ({"fastapi": "0.164.9"}, "packages", "(0.164.9 is installed)"),
        ({"celery": "5.8.0"}, "packages", "(5.8.0 is installed)"),
        ({"torch": "2.12.0"}, "workshop", "torch==2.13.0 (2.12.0 is installed)"),
        ({"torchvision": None}, "torchvision", "torchvision is missing"),
        ({"torchvision": "0.27.1"}, "torchvision", "do not belong together"),
    ],
)
def test_what_does_not_fit_is_named_with_what_to_do(
    versions: dict[str, str | None], check: str, words: str
) -> None:
    found = findings(**versions)[check]
    assert found.level is Level.PROBLEM
    assert words in found.message
    assert "install" in (found.advice or "")


def test_a_machine_without_torch_sends_pictures_only() -> None:
    found = findings(torch=None)
    assert found["workshop"].level is Level.WARNING
    assert "torchvision" not in found


@pytest.mark.parametrize(
    ("installed", "level"),
    [("5.1", Level.PROBLEM), ("5.10", Level.OK), ("6.0rc1", Level.OK)],
)
def test_versions_are_compared_as_numbers(installed: str, level: Level) -> None:
    assert findings(redis=installed)["packages"].level is level  # redis>=5.2


def test_a_build_of_a_version_is_that_version() -> None:
    assert findings(torch="2.13.0+cu130")["workshop"].level is Level.OK
    assert findings(torch="2.13.1")["workshop"].level is Level.PROBLEM


def test_torchvision_follows_torchs_minor_version() -> None:
    assert pair("2.13.0+cpu", "0.28.0").level is Level.OK
    assert "0.28.*" in (pair("2.13.0", "0.27.0").advice or "")
