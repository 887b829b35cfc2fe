"""Python and its packages: what is installed against what this version asks for.

Looks at metadata only; imports none of the packages.
"""

import platform
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

from app.commands.doctor.findings import Finding, ok, problem, warning

OUR_PACKAGE = "impasto"
_OLDEST_PYTHON = (3, 11)
_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?(?P<bounds>[^;]*)"
    r"(;\s*extra\s*==\s*[\"'](?P<extra>[^\"']+)[\"'])?"
)
_BOUND = re.compile(r"(?P<sign>==|>=|<=|<|>)\s*(?P<version>[0-9][^,\s]*)")
#: torchvision 0.N goes with torch 2.(N - 15): its releases follow torch's.
_MINOR_AHEAD = 15

#: How a package's version is looked up.
VersionOf = Callable[[str], str]


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """One line of our own metadata.

    Attributes:
        bounds: (sign, version) pairs, all of which must hold.
        extra: what installs it; empty for what is always there.
    """

    name: str
    bounds: tuple[tuple[str, str], ...]
    extra: str

    def admits(self, installed: str) -> bool:
        """Whether this version will do."""
        return all(_compare(installed, sign, wanted) for sign, wanted in self.bounds)

    def __str__(self) -> str:
        return self.name + ",".join(f"{sign}{wanted}" for sign, wanted in self.bounds)


def look(version_of: VersionOf = version) -> Iterator[Finding]:
    """Yield what there is to say of Python and the packages."""
    yield _python(sys.version_info[:2])
    wanted = [requirement_of(line) for line in requires(OUR_PACKAGE) or ()]
    front = [each for each in wanted if each.extra in {"", "api"}]
    yield _packages("packages", "the client and the API", front, version_of, "api")
    if _installed("torch", version_of) is None:
        yield warning(
            "workshop",
            "torch is not installed: this machine sends pictures, it paints none",
            "to paint here: pip install 'impasto[local]'",
        )
        return
    workshop = [each for each in wanted if each.extra == "worker"]
    yield _packages("workshop", "the worker", workshop, version_of, "worker")
    yield pair(version_of("torch"), _installed("torchvision", version_of))


def requirement_of(line: str) -> Requirement:
    """Return what a line of metadata asks for.

    Raises:
        ValueError: It is no requirement.
    """
    form = _REQUIREMENT.match(line)
    if form is None:
        raise ValueError(f"{line!r} is no requirement")
    return Requirement(
        name=form["name"],
        bounds=tuple(
            (each["sign"], each["version"]) for each in _BOUND.finditer(form["bounds"])
        ),
        extra=form["extra"] or "",
    )


def pair(torch: str, torchvision: str | None) -> Finding:
    """Return whether torch and torchvision were released for each other."""
    if torchvision is None:
        return problem(
            "torchvision", "torchvision is missing", "pip install 'impasto[worker]'"
        )
    ours, theirs = _numbers(torch), _numbers(torchvision)
    words = f"torch {torch} and torchvision {torchvision}"
    if ours[0] == 2 and theirs[:2] != (0, ours[1] + _MINOR_AHEAD):
        expected = f"0.{ours[1] + _MINOR_AHEAD}"
        return problem(
            "torchvision",
            f"{words} do not belong together",
            f"install torchvision {expected}.*, the one for this torch",
        )
    return ok("torchvision", f"{words} belong together")


def _python(found: tuple[int, int]) -> Finding:
    words = f"Python {platform.python_version()} at {sys.executable}"
    if found < _OLDEST_PYTHON:
        return problem("python", words, "Impasto needs Python 3.11 or newer")
    return ok("python", words)


def _packages(
    check: str,
    whose: str,
    wanted: Sequence[Requirement],
    version_of: VersionOf,
    extra: str,
) -> Finding:
    found = {each: _installed(each.name, version_of) for each in wanted}
    wrong = [
        f"{each} ({'missing' if there is None else f'{there} is installed'})"
        for each, there in found.items()
        if there is None or not each.admits(there)
    ]
    if wrong:
        return problem(
            check,
            f"packages of {whose} do not fit: {', '.join(wrong)}",
            f"pip install --upgrade 'impasto[{extra}]'",
        )
    told = ", ".join(f"{each.name} {there}" for each, there in found.items())
    return ok(check, f"all {len(found)} packages of {whose} fit", told)


def _installed(name: str, version_of: VersionOf) -> str | None:
    try:
        return version_of(name)
    except PackageNotFoundError:
        return None


def _compare(installed: str, sign: str, wanted: str) -> bool:
    """Compare numbers alone: `2.13.0+cpu` is 2.13.0."""
    if sign == "==":
        return installed.partition("+")[0] == wanted.partition("+")[0]
    here, there = _numbers(installed), _numbers(wanted)
    length = max(len(here), len(there))
    here += (0,) * (length - len(here))
    there += (0,) * (length - len(there))
    return {
        ">=": here >= there,
        "<=": here <= there,
        "<": here < there,
        ">": here > there,
    }[sign]


def _numbers(text: str) -> tuple[int, ...]:
    """Return a version's leading numbers: `1.10.0rc1` begins 1, 10, 0."""
    release = re.match(r"[0-9]+(\.[0-9]+)*", text)
    return tuple(int(each) for each in release[0].split(".")) if release else (0,)
