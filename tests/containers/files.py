"""Reads Dockerfiles, .dockerignore and the compose file as a builder would."""

import json
import re
import shlex
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Instruction:
    word: str
    rest: str

    @property
    def command(self) -> list[str]:
        """The exec form after the last keyword: `CMD ["a", "b"]`."""
        words: list[str] = json.loads(self.rest[self.rest.index("[") :])
        return words


@dataclass(frozen=True)
class Dockerfile:
    instructions: tuple[Instruction, ...]

    def of(self, word: str) -> list[str]:
        return [one.rest for one in self.instructions if one.word == word]

    def last(self, word: str) -> Instruction:
        return [one for one in self.instructions if one.word == word][-1]

    @property
    def environment(self) -> dict[str, str]:
        pairs = [pair for rest in self.of("ENV") for pair in shlex.split(rest)]
        return dict(pair.split("=", 1) for pair in pairs)

    @property
    def context_sources(self) -> list[str]:
        """What COPY takes from the repository, not from another stage."""
        copies = [rest.split() for rest in self.of("COPY") if "--from" not in rest]
        return [source for words in copies for source in words[:-1]]


def dockerfile(name: str) -> Dockerfile:
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    words = [line.split(maxsplit=1) for line in lines if line.strip()]
    return Dockerfile(tuple(Instruction(word, rest.strip()) for word, rest in words))


def compose() -> dict[str, Any]:  # as YAML gives it
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


def project() -> dict[str, Any]:  # as TOML gives it
    content = tomllib.loads((ROOT / "pyproject.toml").read_text())
    table: dict[str, Any] = content["project"]
    return table


def enters_build(path: str) -> bool:
    """Whether .dockerignore lets a path through: the last line that matches decides.

    A line that matches a folder matches all that is in it.
    """
    patterns = (ROOT / ".dockerignore").read_text().splitlines()
    parts = Path(path).parts
    prefixes = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    enters = True
    for line in patterns:
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        if pattern.startswith("**/"):
            hit = any(fnmatch(part, pattern[3:]) for part in parts)
        else:
            hit = any(fnmatch(prefix, pattern) for prefix in prefixes)
        if hit:
            enters = line.startswith("!")
    return enters
