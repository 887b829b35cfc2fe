"""Compares what is pinned with the weaknesses that are known: python -m security.audit.

Offline it knows `advisories.json` beside it, which is collected by hand and says when:
the one offline database on the package index, safety-db, is of 2021. With --online it
also asks the public database through pip-audit, where that can be reached. It fails if
a pin is known to be weak, and if something that is required is not pinned.
"""

import argparse
import json
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
ADVISORIES = Path(__file__).with_name("advisories.json")
#: Where pip-audit looks; of this version much is known. A mirror that has no advisories
#: would let everything pass.
_CANARY = "https://pypi.org/pypi/urllib3/1.24.1/json"
_PATIENCE_S = 5
_OURSELVES = "impasto"


@dataclass(frozen=True)
class Advisory:
    """A package is weak below a version."""

    package: str
    fixed: Version
    ids: tuple[str, ...]
    about: str


def read_advisories(path: Path = ADVISORIES) -> tuple[str, list[Advisory]]:
    """Return the day the list was collected on, and the list."""
    content = json.loads(path.read_text())
    listed = [
        Advisory(
            canonicalize_name(each["package"]),
            Version(each["fixed"]),
            tuple(each["ids"]),
            each["about"],
        )
        for each in content["advisories"]
    ]
    return content["collected"], listed


def requirements_of(pyproject: Path) -> list[Requirement]:
    """Return all that the project requires, with every extra, itself left out."""
    project = tomllib.loads(pyproject.read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    texts = [*project["dependencies"], *(each for extra in extras for each in extra)]
    required = [Requirement(text) for text in texts]
    return [each for each in required if each.name != _OURSELVES]


def pins_of(constraints: str, required: list[Requirement]) -> dict[str, Version]:
    """Return the one version of each package: of the constraints, or required so."""
    lines = [line.partition("#")[0].strip() for line in constraints.splitlines()]
    exact = [*(Requirement(line) for line in lines if line), *required]
    return {
        canonicalize_name(each.name): Version(specifier.version)
        for each in exact
        for specifier in each.specifier
        if specifier.operator == "==" and not specifier.version.endswith("*")
    }


def findings(
    pins: Mapping[str, Version],
    required: list[Requirement],
    advisories: list[Advisory],
) -> Iterator[str]:
    """Yield what is wrong, in words."""
    for each in required:
        pinned = pins.get(canonicalize_name(each.name))
        if pinned is None:
            yield f"{each.name} is required and not pinned in constraints.txt"
        elif not each.specifier.contains(pinned, prereleases=True):
            yield f"{each.name}=={pinned} is pinned, but {each.specifier} required"
    for known in advisories:
        pinned = pins.get(known.package)
        if pinned is not None and pinned < known.fixed:
            ids = ", ".join(known.ids) or "an advisory"
            weakness = f"{ids}, {known.about}"
            yield f"{known.package}=={pinned}: {weakness}; {known.fixed} is safe"


def main(words: list[str] | None = None) -> int:
    """Print what was found; return 1 if that is anything."""
    parser = argparse.ArgumentParser(description="Audit the dependencies.")
    parser.add_argument("--online", action="store_true", help="also run pip-audit")
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args(words)
    collected, advisories = read_advisories()
    required = requirements_of(options.root / "pyproject.toml")
    constraints = options.root / "constraints.txt"
    pins = pins_of(constraints.read_text(), required)
    found = list(findings(pins, required, advisories))
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(pins)} pins, {len(advisories)} advisories of {collected}")
    is_weak = bool(found)
    if options.online:
        is_weak |= not _ask_online(constraints)
    return int(is_weak)


def _ask_online(constraints: Path) -> bool:
    """Let pip-audit ask the public database; True if nothing was found, or asked."""
    if not _knows_advisories():
        print("the public database cannot be reached: only the list here was asked")
        return True
    command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip"]
    asked = subprocess.run([*command, "-r", str(constraints)], check=False)
    return asked.returncode == 0


def _knows_advisories() -> bool:
    """Tell whether the public database is there, and has what is asked for."""
    try:
        with urllib.request.urlopen(_CANARY, timeout=_PATIENCE_S) as answer:
            return bool(json.load(answer)["vulnerabilities"])
    except (OSError, ValueError, KeyError):
        return False


if __name__ == "__main__":
    sys.exit(main())
