"""What was found out about an installation: a judgement, in words, with advice."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from rich.console import Console

from app.logs import without_credentials


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    #: It works, but not as well as it could, or not for everything.
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the doctor's.

    Attributes:
        check: what was looked at, a stable name: `python`, `disk`.
        level: how bad it is.
        message: what was found.
        advice: who should do what about it.
        details: what helps whoever is asked for help.
    """

    check: str
    level: Level
    message: str
    advice: str | None = None
    details: str | None = None

    def __post_init__(self) -> None:
        if self.level is not Level.OK and not self.advice:
            raise ValueError(f"{self.check} is no {Level.OK}: say what to do")
        # What failed often quotes the URL it was given, a password with it.
        object.__setattr__(self, "message", without_credentials(self.message))


def ok(check: str, message: str, details: str | None = None) -> Finding:
    """Return a finding that needs nothing done."""
    return Finding(check=check, level=Level.OK, message=message, details=details)


def warning(check: str, message: str, advice: str) -> Finding:
    """Return a finding that one may live with."""
    return Finding(check=check, level=Level.WARNING, message=message, advice=advice)


def problem(check: str, message: str, advice: str) -> Finding:
    """Return a finding that keeps pictures from being painted."""
    return Finding(check=check, level=Level.PROBLEM, message=message, advice=advice)


_COLORS = {Level.OK: "green", Level.WARNING: "yellow", Level.PROBLEM: "red"}


def show(findings: Iterable[Finding], console: Console, *, verbose: bool) -> None:
    """Print each finding as it comes; some take a while."""
    for each in findings:
        console.print(f"{each.level:<8}", style=_COLORS[each.level], end=" ")
        console.print(each.message, highlight=False, markup=False, soft_wrap=True)
        notes = [f"-> {each.advice}"] if each.advice else []
        if verbose and each.details:
            notes.append(each.details)
        for note in notes:
            line = f"{'':<8} {note}"
            console.print(line, highlight=False, markup=False, soft_wrap=True)


def as_json(findings: Iterable[Finding]) -> dict[str, object]:
    """Return all of it for a program."""
    told = [vars(each) for each in findings]
    is_well = all(each["level"] != Level.PROBLEM for each in told)
    return {"object": "diagnosis", "ok": is_well, "findings": told}
