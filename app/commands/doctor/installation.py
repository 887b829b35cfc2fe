"""Python and its packages: what is installed against what this version asks for.

Looks at metadata only; imports none of the packages.
"""

import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement
from packaging.version import Version

from app.commands.doctor.findings import Finding, ok, problem, warning

OUR_PACKAGE = "impasto"
_OLDEST_PYTHON = (3, 11)
#: torchvision 0.N goes with torch 2.(N - 15): its releases follow torch's.
_MINOR_AHEAD = 15

#: How a package's version is looked up.
VersionOf = Callable[[str], str]


def look(version_of: VersionOf = version) -> Iterator[Finding]:
    """Yield what there is to say of Python and the packages."""
    yield _python(sys.version_info[:2])
    wanted = [Requirement(line) for line in requires(OUR_PACKAGE) or ()]
    front = [each for each in wanted if not each.marker or _is_for("api", each)]
    yield _packages("packages", "the client and the API", front, version_of, "api")
    if _installed("torch", version_of) is None:
        yield warning(
            "workshop",
            "torch is not installed: this machine sends pictures, it paints none",
            "to paint here: pip install 'impasto[local]'",
        )
        return
    workshop = [each for each in wanted if each.marker and _is_for("worker", each)]
    yield _packages("workshop", "the worker", workshop, version_of, "worker")
    yield pair(version_of("torch"), _installed("torchvision", version_of))


def pair(torch: str, torchvision: str | None) -> Finding:
    """Return whether torch and torchvision were released for each other."""
    if torchvision is None:
        return problem(
            "torchvision", "torchvision is missing", "pip install 'impasto[worker]'"
        )
    ours, theirs = Version(torch).release, Version(torchvision).release
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
        f"{each.name}{each.specifier} "
        f"({'missing' if there is None else f'{there} is installed'})"
        for each, there in found.items()
        if there is None or not each.specifier.contains(there, prereleases=True)
    ]
    if wrong:
        return problem(
            check,
            f"packages of {whose} do not fit: {', '.join(wrong)}",
            f"pip install --upgrade 'impasto[{extra}]'",
        )
    told = ", ".join(f"{each.name} {there}" for each, there in found.items())
    return ok(check, f"all {len(found)} packages of {whose} fit", told)


def _is_for(extra: str, requirement: Requirement) -> bool:
    marker = requirement.marker
    return marker is not None and marker.evaluate({"extra": extra})


def _installed(name: str, version_of: VersionOf) -> str | None:
    try:
        return version_of(name)
    except PackageNotFoundError:
        return None
