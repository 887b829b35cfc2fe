"""The audit fails where it should, and has nothing to say about what is pinned."""

from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from security import audit
from security.audit import (
    ROOT,
    findings,
    main,
    pins_of,
    read_advisories,
    requirements_of,
)

REQUIRED = requirements_of(ROOT / "pyproject.toml")
CONSTRAINTS = (ROOT / "constraints.txt").read_text()
PINS = pins_of(CONSTRAINTS, REQUIRED)
_, ADVISORIES = read_advisories()


def test_what_is_pinned_is_known_to_be_safe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0, capsys.readouterr().out
    assert "advisories of 20" in capsys.readouterr().out


def test_each_requirement_is_pinned() -> None:
    assert len(REQUIRED) > 30
    assert list(findings(PINS, REQUIRED, [])) == []


def test_advisories_speak_of_what_is_used() -> None:
    assert {each.package for each in ADVISORIES} <= set(PINS)
    assert len(ADVISORIES) >= 30


@pytest.mark.parametrize("advisory", ADVISORIES, ids=lambda a: f"{a.package}-{a.fixed}")
def test_a_version_below_is_found_and_the_mended_one_is_not(advisory: object) -> None:
    old = PINS | {advisory.package: Version(f"{advisory.fixed}.dev0")}  # type: ignore[attr-defined]
    (found,) = findings(old, [], [advisory])  # type: ignore[list-item]
    assert str(advisory.fixed) in found  # type: ignore[attr-defined]
    new = PINS | {advisory.package: advisory.fixed}  # type: ignore[attr-defined]
    assert list(findings(new, [], [advisory])) == []  # type: ignore[list-item]


def test_a_bad_pin_fails_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    weak = CONSTRAINTS.replace("urllib3==", "urllib3==1.0 # ")
    (tmp_path / "constraints.txt").write_text(weak)
    assert main(["--root", str(tmp_path)]) == 1
    assert "CVE-2026-97687" in capsys.readouterr().out


def test_what_is_not_pinned_is_found() -> None:
    required = [*REQUIRED, Requirement("leftpad>=1")]
    assert list(findings(PINS, required, [])) == [
        "leftpad is required and not pinned in constraints.txt"
    ]
    (found,) = findings(PINS | {"redis": Version("1.0")}, REQUIRED, [])
    assert found.startswith("redis==1.0 is pinned, but")


def test_names_are_compared_as_the_index_does() -> None:
    assert pins_of("Pillow_X.y==1 # why\n\n# a comment", []) == {
        "pillow-x-y": Version("1")
    }


@pytest.mark.parametrize(
    "body", [b"no JSON", b"{}", b'{"vulnerabilities": []}'], ids=repr
)
def test_a_mirror_without_advisories_is_not_taken_for_good_news(
    body: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit.urllib.request, "urlopen", lambda *_, **__: BytesIO(body))
    assert main(["--online"]) == 0
    assert "only the list here was asked" in capsys.readouterr().out


def test_the_public_database_is_asked_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = b'{"vulnerabilities": [{"id": "x"}]}'
    asked: list[list[str]] = []

    def run(command: list[str], *, check: bool) -> object:
        asked.append(command)
        return SimpleNamespace(returncode=1)

    monkeypatch.setattr(
        audit.urllib.request, "urlopen", lambda *_, **__: BytesIO(known)
    )
    monkeypatch.setattr(audit.subprocess, "run", run)
    assert main(["--online"]) == 1
    assert "pip_audit" in asked[0]
